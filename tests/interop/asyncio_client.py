"""One whole session with ib_async or ib_insync: asyncio_client.py LIBRARY VERSION PORT."""

import asyncio
import importlib
import sys
import time
from importlib.metadata import version

NOTICES = {2104, 2106, 2158}
# Seconds for what takes milliseconds: long enough for a busy machine.
PATIENCE = 20


async def main(library: str, negotiated: int, port: int) -> None:
    module = importlib.import_module(library)
    ib = module.IB()
    errors = []
    ib.errorEvent += lambda _id, code, text, _contract: code in NOTICES or errors.append((code, text))
    # Without it ib_async only logs a request that was not answered during its connect.
    strict = {"raiseSyncErrors": True} if library == "ib_async" else {}
    await ib.connectAsync("127.0.0.1", port, clientId=7, timeout=PATIENCE, **strict)
    try:
        assert ib.client.serverVersion() == negotiated, ib.client.serverVersion()
        assert ib.managedAccounts() == ["DU9000021"], ib.managedAccounts()
        assert ib.client.getReqId() >= 1
        now = await asyncio.wait_for(ib.reqCurrentTimeAsync(), PATIENCE)
        assert abs(now.timestamp() - time.time()) < 60, now
        positions = await asyncio.wait_for(ib.reqPositionsAsync(), PATIENCE)
        held = sorted((p.contract.symbol, p.contract.strike, p.position) for p in positions)
        assert held == [("AAPL", 0.0, 100.0), ("SPY", 600.0, 2.0)], held
        summary = await asyncio.wait_for(ib.accountSummaryAsync(), PATIENCE)
        worth = [row.value for row in summary if row.tag == "NetLiquidation"]
        assert worth == ["1000010.00"], summary
        assert not errors, errors
    finally:
        ib.disconnect()
    print(f"ok {library} {version(library)} at version {negotiated}")


asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
