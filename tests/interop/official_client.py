"""One whole session with the official Python client: official_client.py VERSION PORT."""

import sys
import threading
import time
from importlib.metadata import version

from ibapi.client import EClient
from ibapi.wrapper import EWrapper

NOTICES = {2104, 2106, 2158}
# Seconds for what takes milliseconds: long enough for a busy machine.
PATIENCE = 20


class Client(EWrapper, EClient):
    """Keeps what came, and tells when each part was complete."""

    def __init__(self):
        EClient.__init__(self, self)
        self.accounts = self.next_id = self.time = None
        self.held, self.summary, self.errors = [], {}, []
        self.complete = {name: threading.Event() for name in ("start", "time", "positions", "summary")}

    def wait(self, name):
        assert self.complete[name].wait(PATIENCE), f"no {name} in {PATIENCE} s; errors: {self.errors}"

    def started(self):
        if self.accounts is not None and self.next_id is not None:
            self.complete["start"].set()

    def managedAccounts(self, accountsList):
        self.accounts = accountsList
        self.started()

    def nextValidId(self, orderId):
        self.next_id = orderId
        self.started()

    def currentTime(self, time):
        self.time = time
        self.complete["time"].set()

    def position(self, account, contract, position, avgCost):
        self.held.append((contract.symbol, contract.strike, position))

    def positionEnd(self):
        self.complete["positions"].set()

    def accountSummary(self, reqId, account, tag, value, currency):
        self.summary[tag] = value

    def accountSummaryEnd(self, reqId):
        self.complete["summary"].set()

    def error(self, reqId, errorCode, errorString):
        if errorCode not in NOTICES:
            self.errors.append((errorCode, errorString))


def main(negotiated: int, port: int) -> None:
    client = Client()
    client.connect("127.0.0.1", port, 7)
    reader = threading.Thread(target=client.run, daemon=True)
    reader.start()
    client.wait("start")
    assert client.serverVersion() == negotiated, client.serverVersion()
    assert client.accounts == "DU9000021", client.accounts
    assert client.next_id >= 1, client.next_id
    client.reqCurrentTime()
    client.wait("time")
    assert abs(client.time - time.time()) < 60, client.time
    client.reqPositions()
    client.wait("positions")
    assert sorted(client.held) == [("AAPL", 0.0, 100.0), ("SPY", 600.0, 2.0)], client.held
    client.cancelPositions()
    client.reqAccountSummary(1, "All", "NetLiquidation,AccountType")
    client.wait("summary")
    assert client.summary == {"NetLiquidation": "1000010.00", "AccountType": "INDIVIDUAL"}, client.summary
    client.cancelAccountSummary(1)
    assert not client.errors, client.errors
    client.disconnect()
    reader.join(PATIENCE)
    assert not reader.is_alive(), "its reader did not end"
    print(f"ok ibapi {version('ibapi')} at version {negotiated}")


main(int(sys.argv[1]), int(sys.argv[2]))
