"""One whole session with an official Python client: official_client.py VERSION PORT.

Asks for everything the client can ask. Each request has to come to an end in the client's own view:
an answer, or an error with the request's id.
"""

import inspect
import sys
import threading
import time
from collections import namedtuple

import ibapi
from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.order import Order
from ibapi.scanner import ScannerSubscription
from ibapi.wrapper import EWrapper

NOTICES = {2104, 2106, 2158}
ACCOUNT = "DU9000021"
# Seconds for what takes milliseconds: long enough for a busy machine.
PATIENCE = 20
# What the client says by itself of a request that the server's version does not have.
TOO_OLD = 503

Event = namedtuple("Event", "name args")


class Client(EWrapper, EClient):
    """Keeps every callback, and waits for those that end a request."""

    def __init__(self):
        EClient.__init__(self, self)
        self.events = []
        self.came = threading.Condition()
        self.answered = 0
        self.refused = {}

    def keep(self, name, *args):
        with self.came:
            self.events.append(Event(name, args))
            self.came.notify_all()

    def error(self, reqId, *args):
        # Newer clients have the time of the error in front of its number.
        number = args[1] if len(args) > 2 and isinstance(args[1], int) else args[0]
        if number not in NOTICES:
            self.keep("error", reqId, number, args)

    def of(self, names, req_id=None):
        return [e for e in self.events if e.name in names and (req_id is None or e.args[0] == req_id)]

    def wait(self, what, done):
        with self.came:
            assert self.came.wait_for(done, PATIENCE), f"{what}: no answer; {self.events[-5:]}"

    def ask(self, what, names, call, req_id=None, error=None):
        """Makes the request, and waits for one of the callbacks or for an error with its id.

        `error` is the number that is expected instead of an answer.
        """
        if not hasattr(self, what):
            return []
        with self.came:
            before = len(self.events)

        def fresh(names_, id_):
            found = self.events[before:]
            return [e for e in found if e.name in names_ and (id_ is None or e.args[0] == id_)]

        def errors():
            own = fresh(("error",), -1 if req_id is None else req_id)
            # What the client itself says carries no id for some requests.
            return own + [e for e in fresh(("error",), -1) if e.args[1] == TOO_OLD]

        call(getattr(self, what))
        self.wait(what, lambda: fresh(names, req_id) or errors())
        with self.came:
            failed = errors()
            got = fresh(names, req_id)
        if failed and failed[0].args[1] == TOO_OLD:
            return []
        numbers = [e.args[1] for e in failed]
        assert numbers == ([error] if error else []), f"{what}: {failed}"
        self.answered += 1
        return got


# The callbacks of the library, each kept under its own name.
for _name, _ in inspect.getmembers(EWrapper, inspect.isfunction):
    if not _name.startswith("_") and _name not in ("error", "logAnswer"):
        setattr(Client, _name, lambda self, *args, _name=_name: self.keep(_name, *args))


def contract(**fields):
    it = Contract()
    for name, value in fields.items():
        setattr(it, name, value)
    return it


STOCK = contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD")
FOREX = contract(symbol="EUR", secType="CASH", exchange="IDEALPRO", currency="USD")
FUTURE = contract(symbol="ES", secType="FUT", exchange="CME", currency="USD", lastTradeDateOrContractMonth="202712")
OPTION = contract(
    symbol="SPY", secType="OPT", exchange="SMART", currency="USD",
    lastTradeDateOrContractMonth="20271217", strike=600.0, right="C", multiplier="100",
)
UNKNOWN = contract(symbol="NOSUCH", secType="STK", exchange="SMART", currency="USD")
NOT_SUBSCRIBED = contract(conId=14204, symbol="SAP", secType="STK", exchange="SMART", currency="EUR")


def order():
    it = Order()
    it.action, it.totalQuantity, it.orderType, it.lmtPrice = "BUY", 10, "LMT", 100.0
    # Older clients set these, and newer servers refuse them in the client itself.
    it.eTradeOnly = it.firmQuoteOnly = False
    return it


def account(client):
    positions = client.ask("reqPositions", ["positionEnd"], lambda f: f())
    assert positions
    held = sorted((e.args[1].symbol, e.args[1].strike, float(e.args[2])) for e in client.of(["position"]))
    assert held == [("AAPL", 0.0, 100.0), ("SPY", 600.0, 2.0)], held
    client.cancelPositions()
    end = ["accountSummaryEnd"]
    client.ask("reqAccountSummary", end, lambda f: f(1, "All", "NetLiquidation,AccountType,$LEDGER"), 1)
    values = {(e.args[2], e.args[4]): e.args[3] for e in client.of(["accountSummary"], 1)}
    assert values["NetLiquidation", "USD"] == "1000010.00", values
    assert values["CashBalance", "BASE"] == "969210.00", values
    client.cancelAccountSummary(1)
    client.ask("reqAccountSummary", end, lambda f: f(2, "Nobody", "NetLiquidation"), 2, error=321)
    client.ask("reqAccountUpdates", ["accountDownloadEnd"], lambda f: f(True, ACCOUNT))
    client.reqAccountUpdates(False, ACCOUNT)
    client.ask("reqAccountUpdates", ["accountDownloadEnd"], lambda f: f(True, "DU1"), error=321)
    client.ask("reqAccountUpdatesMulti", ["accountUpdateMultiEnd"], lambda f: f(3, ACCOUNT, "", True), 3)
    client.cancelAccountUpdatesMulti(3)
    client.ask("reqAccountUpdatesMulti", ["accountUpdateMultiEnd"], lambda f: f(4, "DU1", "", True), 4, error=321)
    client.ask("reqPositionsMulti", ["positionMultiEnd"], lambda f: f(5, ACCOUNT, ""), 5)
    client.cancelPositionsMulti(5)
    client.ask("reqFamilyCodes", ["familyCodes"], lambda f: f())
    client.ask("reqUserInfo", ["userInfo"], lambda f: f(6), 6)
    client.ask("reqManagedAccts", ["managedAccounts"], lambda f: f())
    client.ask("requestFA", ["receiveFA"], lambda f: f(1), error=321)
    if len(inspect.signature(client.replaceFA).parameters) > 2 and client.serverVersion() >= 157:
        client.ask("replaceFA", ["replaceFAEnd"], lambda f: f(10, 1, "<x/>"), 10, error=321)
    client.ask("reqAutoOpenOrders", ["openOrderEnd"], lambda f: f(True), error=327)
    client.setServerLogLevel(5)


def contracts(client):
    for number, wanted in enumerate((STOCK, FOREX, FUTURE, OPTION), 100):
        client.ask("reqContractDetails", ["contractDetailsEnd"], lambda f: f(number, wanted), number)
        (details,) = [e.args[1] for e in client.of(["contractDetails"], number)]
        found = getattr(details, "contract", None) or details.summary
        assert found.symbol == wanted.symbol and found.conId > 0, vars(found)
        assert found.exchange == wanted.exchange and details.minTick > 0, vars(details)
        assert found.secType != "OPT" or (found.strike, found.right) == (600.0, "C"), vars(found)
    client.ask("reqContractDetails", ["contractDetailsEnd"], lambda f: f(110, UNKNOWN), 110, error=200)
    client.ask("reqMatchingSymbols", ["symbolSamples"], lambda f: f(111, "AA"), 111)
    client.ask(
        "reqSecDefOptParams", ["securityDefinitionOptionParameterEnd"], lambda f: f(112, "SPY", "", "STK", 756733), 112
    )
    chains = client.of(["securityDefinitionOptionParameter"], 112)
    assert chains or client.serverVersion() < 104
    assert all("20271217" in e.args[5] and 600.0 in e.args[6] for e in chains), chains
    client.ask("reqMarketRule", ["marketRule"], lambda f: f(26), 26)
    client.ask("reqMktDepthExchanges", ["mktDepthExchanges"], lambda f: f())
    client.ask("reqSmartComponents", ["smartComponents"], lambda f: f(113, "9c0001"), 113)
    client.ask("reqSoftDollarTiers", ["softDollarTiers"], lambda f: f(114), 114)
    client.ask("reqFundamentalData", ["fundamentalData"], lambda f: f(115, STOCK, "ReportSnapshot", []), 115, error=430)
    for number, what in ((116, "calculateImpliedVolatility"), (117, "calculateOptionPrice")):
        given = 50.0 if number == 116 else 0.2
        client.ask(what, ["tickOptionComputation"], lambda f: f(number, OPTION, given, 600.0, []), number)


def history(client):
    bars = ["historicalDataEnd"]
    client.ask(
        "reqHistoricalData", bars, lambda f: f(200, STOCK, "", "1 D", "1 hour", "TRADES", 1, 1, False, []), 200
    )
    got = [e.args[1] for e in client.of(["historicalData"], 200)]
    assert len(got) == 24 and all(b.low <= b.open <= b.high and b.low <= b.close <= b.high for b in got), got
    days = ("20261120 00:00:00", "5 D", "1 day", "MIDPOINT")
    client.ask("reqHistoricalData", bars, lambda f: f(201, FOREX, *days, 1, 1, False, []), 201)
    client.ask("reqHistoricalData", bars, lambda f: f(202, UNKNOWN, *days, 1, 1, False, []), 202, error=200)
    trades = (*days[:3], "TRADES")
    client.ask("reqHistoricalData", bars, lambda f: f(203, FOREX, *trades, 1, 1, False, []), 203, error=162)
    wrong = (*days[:3], "NONSENSE")
    client.ask("reqHistoricalData", bars, lambda f: f(204, STOCK, *wrong, 1, 1, False, []), 204, error=321)
    if client.serverVersion() >= 165:
        plan = ("", "5 D", "1 day", "SCHEDULE")
        client.ask("reqHistoricalData", ["historicalSchedule"], lambda f: f(205, STOCK, *plan, 1, 1, False, []), 205)
    client.ask("reqHeadTimeStamp", ["headTimestamp"], lambda f: f(206, STOCK, "TRADES", 1, 1), 206)
    client.ask("reqHistogramData", ["histogramData"], lambda f: f(207, STOCK, True, "3 days"), 207)
    for number, (what, name) in enumerate(
        (("TRADES", "historicalTicksLast"), ("BID_ASK", "historicalTicksBidAsk"), ("MIDPOINT", "historicalTicks")), 210
    ):
        span = ("20261120 15:00:00", "", 20, what, 1, False, [])
        client.ask("reqHistoricalTicks", [name], lambda f: f(number, STOCK, *span), number)
        assert all(len(e.args[1]) == 20 and e.args[2] for e in client.of([name], number))


def news_and_scanners(client):
    client.ask("reqNewsProviders", ["newsProviders"], lambda f: f())
    client.ask("reqNewsArticle", ["newsArticle"], lambda f: f(300, "BRFG", "BRFG$00000001", []), 300)
    client.ask("reqNewsArticle", ["newsArticle"], lambda f: f(301, "BRFG", "none", []), 301, error=10172)
    client.ask("reqHistoricalNews", ["historicalNewsEnd"], lambda f: f(302, 265598, "BRFG+DJNL", "", "", 2, []), 302)
    client.ask("reqNewsBulletins", ["updateNewsBulletin"], lambda f: f(True))
    client.cancelNewsBulletins()
    client.ask("reqScannerParameters", ["scannerParameters"], lambda f: f())
    scan = ScannerSubscription()
    scan.instrument, scan.locationCode, scan.scanCode = "STK", "STK.US.MAJOR", "MOST_ACTIVE"
    client.ask("reqScannerSubscription", ["scannerDataEnd"], lambda f: f(303, scan, [], []), 303)
    client.cancelScannerSubscription(303)
    scan.scanCode = "NONSENSE"
    client.ask("reqScannerSubscription", ["scannerDataEnd"], lambda f: f(304, scan, [], []), 304, error=162)
    client.ask("queryDisplayGroups", ["displayGroupList"], lambda f: f(305), 305)
    client.ask("subscribeToGroupEvents", ["displayGroupUpdated"], lambda f: f(306, 1), 306)
    client.ask("updateDisplayGroup", ["displayGroupUpdated"], lambda f: f(306, "8314@SMART"), 306)
    client.unsubscribeFromGroupEvents(306)
    if client.serverVersion() >= 161 and hasattr(client, "reqWshMetaData"):
        client.ask("reqWshMetaData", ["wshMetaData"], lambda f: f(307), 307, error=10276)


STREAMS = (
    ("reqMktData", "cancelMktData", ["tickPrice"], lambda f, i: f(i, STOCK, "", False, False, [])),
    ("reqMktData", "cancelMktData", ["tickOptionComputation"], lambda f, i: f(i, OPTION, "", False, False, [])),
    ("reqMktDepth", "cancelMktDepth", ["updateMktDepth"], lambda f, i: f(i, STOCK, 5, False, [])),
    ("reqRealTimeBars", "cancelRealTimeBars", ["realtimeBar"], lambda f, i: f(i, STOCK, 5, "TRADES", True, [])),
    ("reqTickByTickData", "cancelTickByTickData", ["tickByTickAllLast"], lambda f, i: f(i, STOCK, "Last", 0, False)),
    ("reqTickByTickData", "cancelTickByTickData", ["tickByTickBidAsk"], lambda f, i: f(i, STOCK, "BidAsk", 0, True)),
    ("reqTickByTickData", "cancelTickByTickData", ["tickByTickMidPoint"], lambda f, i: f(i, FOREX, "MidPoint", 0, True)),
    ("reqPnL", "cancelPnL", ["pnl"], lambda f, i: f(i, ACCOUNT, "")),
    ("reqPnLSingle", "cancelPnLSingle", ["pnlSingle"], lambda f, i: f(i, ACCOUNT, "", 265598)),
)
# The pause between two steps of most streams is one second.
PACE = 1.0


def streams(client):
    client.ask("reqMktData", ["tickSnapshotEnd"], lambda f: f(400, STOCK, "", True, False, []), 400)
    prices = {e.args[1]: e.args[2] for e in client.of(["tickPrice"], 400)}
    assert 0 < prices[1] < prices[2], prices
    client.ask("reqMktData", ["tickSnapshotEnd"], lambda f: f(401, NOT_SUBSCRIBED, "", True, False, []), 401, error=354)
    client.reqMarketDataType(3)
    client.ask("reqMktData", ["tickSnapshotEnd"], lambda f: f(402, NOT_SUBSCRIBED, "", True, False, []), 402)
    client.reqMarketDataType(1)
    client.ask("reqMktData", ["tickPrice"], lambda f: f(403, UNKNOWN, "", False, False, []), 403, error=200)
    running = []
    for number, (what, cancel, names, call) in enumerate(STREAMS, 410):
        if client.ask(what, names, lambda f: call(f, number), number):
            running.append((number, cancel, names))
    for number, _, names in running[:2]:
        client.wait("another tick", lambda: len(client.of(names, number)) > len(names) * 4)
    for number, cancel, _ in running:
        arguments = (number, False) if cancel == "cancelMktDepth" else (number,)
        getattr(client, cancel)(*arguments)
    client.ask("reqIds", ["nextValidId"], lambda f: f(1))
    before = len(client.events)
    time.sleep(1.5 * PACE)
    late = [e for e in client.events[before:] if e.args and e.args[0] in range(410, 420)]
    assert not late, late


def orders(client):
    if client.serverVersion() >= 108:
        extra = () if len(inspect.signature(client.exerciseOptions).parameters) == 6 else ("", "", False)
        client.ask("exerciseOptions", ["orderStatus"], lambda f: f(6, OPTION, 1, 1, ACCOUNT, 0, *extra), 6, error=201)
    placed = client.answered
    client.ask("placeOrder", ["orderStatus"], lambda f: f(7, STOCK, order()), 7, error=201)
    # Below version 108 the client refuses by itself to place an order.
    known = client.answered > placed
    if known:
        client.wait("the status", lambda: client.of(["orderStatus"], 7))
        (status,) = client.of(["orderStatus"], 7)
        (placed,) = client.of(["openOrder"], 7)
        _, contract_, order_, state = placed.args
        assert (contract_.symbol, order_.action, float(order_.totalQuantity)) == ("AAPL", "BUY", 10), placed
        assert (order_.orderType, order_.lmtPrice, state.status) == ("LMT", 100, "Inactive"), placed
        assert status.args[1] == "Inactive" and float(status.args[2]) == 0, status
    cancel = inspect.signature(client.cancelOrder).parameters
    if len(cancel) > 1:
        from ibapi.order_cancel import OrderCancel

        extra = (OrderCancel(),)
    else:
        extra = ()
    client.ask("cancelOrder", ["orderStatus"], lambda f: f(7, *extra), 7, error=10148 if known else 10147)
    client.ask("cancelOrder", ["orderStatus"], lambda f: f(99, *extra), 99, error=10147)
    client.reqGlobalCancel(*extra)
    client.ask("reqOpenOrders", ["openOrderEnd"], lambda f: f())
    client.ask("reqAllOpenOrders", ["openOrderEnd"], lambda f: f())
    client.ask("reqCompletedOrders", ["completedOrdersEnd"], lambda f: f(False))
    from ibapi.execution import ExecutionFilter

    client.ask("reqExecutions", ["execDetailsEnd"], lambda f: f(8, ExecutionFilter()), 8)
    (next_id,) = client.ask("reqIds", ["nextValidId"], lambda f: f(1))
    assert next_id.args[0] == (8 if known else 1), next_id


def session(client: Client, negotiated: int) -> None:
    client.wait("start", lambda: client.of(["managedAccounts"]) and client.of(["nextValidId"]))
    assert client.serverVersion() == negotiated, client.serverVersion()
    assert client.of(["managedAccounts"])[0].args[0] == ACCOUNT
    (now,) = client.ask("reqCurrentTime", ["currentTime"], lambda f: f())
    assert abs(now.args[0] - time.time()) < 60, now
    for part in (account, contracts, history, news_and_scanners, streams, orders):
        part(client)
    client.ask("reqCurrentTimeInMillis", ["currentTimeInMillis"], lambda f: f())
    unexpected = [e for e in client.of(["error"], -1) if e.args[1] not in (TOO_OLD, 321, 327)]
    assert not unexpected, unexpected


def main(negotiated: int, port: int) -> None:
    client = Client()
    client.connect("127.0.0.1", port, 7)
    reader = threading.Thread(target=client.run, daemon=True)
    reader.start()
    try:
        session(client, negotiated)
    finally:
        client.disconnect()
    reader.join(PATIENCE)
    assert not reader.is_alive(), "its reader did not end"
    print(f"ok ibapi {ibapi.get_version_string()} at version {negotiated}: {client.answered} requests came to an end")


main(int(sys.argv[1]), int(sys.argv[2]))
