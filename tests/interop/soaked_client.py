"""A program for `ibdoc soak --exec`: soaked_client.py good|leaking|blocking, with ib_async.

The Gateway is where IBDOC_TARGET_HOST and IBDOC_TARGET_PORT say.
"""

import asyncio
import os
import sys
import time

import ib_async

# Seconds for what takes milliseconds: long enough for a busy machine.
PATIENCE = 20


async def main(kind: str) -> None:
    ib = ib_async.IB()
    host, port = os.environ["IBDOC_TARGET_HOST"], int(os.environ["IBDOC_TARGET_PORT"])
    await ib.connectAsync(host, port, clientId=7, timeout=PATIENCE)
    assert ib.managedAccounts() == ["DU9000021"], ib.managedAccounts()
    await asyncio.wait_for(ib.reqCurrentTimeAsync(), PATIENCE)
    if kind == "leaking":
        # A worker that nobody tells to end inherits the connection, which nobody closes.
        if os.fork() == 0:
            time.sleep(30)
        os._exit(0)
    if kind == "blocking":
        ib.client.reqPositions()
        # The request goes out, and then the loop does not run.
        await asyncio.sleep(0)
        # Longer than the second after which unread bytes count.
        time.sleep(5)
    if kind == "good":
        # Long enough to be seen while it is connected.
        await asyncio.sleep(1)
    ib.disconnect()
    await asyncio.sleep(0.2)


asyncio.run(main(sys.argv[1]))
