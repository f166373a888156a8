"""One whole session with ib_async or ib_insync: asyncio_client.py LIBRARY VERSION PORT.

Asks for everything the library can ask. Each request has to come to an end in the library's own
view: an answer, or an error with the request's id.
"""

import asyncio
import importlib
import logging
import sys
import time
from importlib.metadata import version

NOTICES = {2104, 2106, 2158}
ACCOUNT = "DU9000021"
# Seconds for what takes milliseconds: long enough for a busy machine.
PATIENCE = 20
# The pause between two steps of most streams is one second.
PACE = 1.0


class Session:
    """A library that is connected, and what it was told."""

    def __init__(self, library):
        self.api = importlib.import_module(library)
        self.ib = self.api.IB()
        self.errors = []
        self.answered = 0
        self.ib.errorEvent += self.note

    def note(self, req_id, code, text, _contract):
        if code not in NOTICES:
            self.errors.append((req_id, code, text))

    async def ask(self, request, error=None):
        """What the request gives; `error` is the number that is expected instead."""
        before = len(self.errors)
        task = asyncio.ensure_future(request)
        if error:
            await self.until(error, lambda: len(self.errors) > before, error)
            # ib_async takes 321 as a warning and goes on waiting.
            task.cancel()
            return None
        result = await asyncio.wait_for(task, PATIENCE)
        assert self.errors[before:] == [], self.errors[before:]
        self.answered += 1
        return result

    async def until(self, what, done, error=None):
        """Waits until something has come, and expects this error or none."""
        before = len(self.errors)
        deadline = time.monotonic() + PATIENCE
        while not done() or (error and len(self.errors) == before):
            assert time.monotonic() < deadline, f"{what}: no answer; {self.errors}"
            await asyncio.sleep(0.01)
        codes = [code for _, code, _ in self.errors[before:]]
        assert codes == ([error] if error else []), f"{what}: {self.errors[before:]}"
        self.answered += 1


async def account(session):
    ib = session.ib
    positions = await session.ask(ib.reqPositionsAsync())
    held = sorted((p.contract.symbol, p.contract.strike, p.position) for p in positions)
    assert held == [("AAPL", 0.0, 100.0), ("SPY", 600.0, 2.0)], held
    summary = await session.ask(ib.accountSummaryAsync())
    worth = [row.value for row in summary if row.tag == "NetLiquidation"]
    assert worth == ["1000010.00"], summary
    # The library asks for the ledger of every currency, too.
    assert any(row.currency == "BASE" for row in summary), summary
    await session.ask(ib.reqAccountUpdatesMultiAsync("DU1"), error=321)
    # The library has no call that waits for these.
    family = []
    ib.client.reqFamilyCodes()
    ib.wrapper.familyCodes = family.extend
    await session.until("family codes", lambda: family)
    positions = []
    ib.wrapper.positionMultiEnd = positions.append
    ib.wrapper.positionMulti = lambda *_: None
    ib.client.reqPositionsMulti(9001, ACCOUNT, "")
    await session.until("positions of an account", lambda: positions == [9001])
    if ib.client.serverVersion() >= 167 and hasattr(ib, "reqUserInfoAsync"):
        await session.ask(ib.reqUserInfoAsync())
    pnl = ib.reqPnL(ACCOUNT)
    single = ib.reqPnLSingle(ACCOUNT, "", 265598)
    await session.until("profit", lambda: pnl.unrealizedPnL == 541.0)
    await session.until("profit of one", lambda: single.unrealizedPnL == 541.0)
    ib.cancelPnL(ACCOUNT)
    ib.cancelPnLSingle(ACCOUNT, "", 265598)


async def contracts(session):
    api, ib = session.api, session.ib
    stock = api.Stock("AAPL", "SMART", "USD")
    others = [
        api.Forex("EURUSD"),
        api.Future("ES", "202712", "CME"),
        api.Option("SPY", "20271217", 600, "C", "SMART"),
        api.Index("SPX", "CBOE"),
    ]
    found = await session.ask(ib.qualifyContractsAsync(stock, *others))
    assert len(found) == 5 and stock.conId == 265598, found
    details = await session.ask(ib.reqContractDetailsAsync(stock))
    assert details[0].contract.primaryExchange == "NASDAQ" and details[0].longName == "APPLE INC", details
    unknown = api.Stock("NOSUCH", "SMART", "USD")
    await session.ask(ib.reqContractDetailsAsync(unknown), error=200)
    chain = await session.ask(ib.reqContractDetailsAsync(api.Option("SPY", "20271217", exchange="SMART")))
    assert len(chain) == 10, chain
    symbols = await session.ask(ib.reqMatchingSymbolsAsync("AA"))
    assert [it.contract.symbol for it in symbols] == ["AAPL"], symbols
    chains = await session.ask(ib.reqSecDefOptParamsAsync("SPY", "", "STK", 756733))
    assert {it.exchange for it in chains} == {"SMART", "CBOE"}, chains
    rule = await session.ask(ib.reqMarketRuleAsync(26))
    assert rule[0].increment == 0.01, rule
    assert await session.ask(ib.reqMktDepthExchangesAsync())
    assert await session.ask(ib.reqSmartComponentsAsync("9c0001"))
    await session.ask(ib.reqFundamentalDataAsync(stock, "ReportSnapshot"), error=430)
    option = others[2]
    implied = await session.ask(ib.calculateImpliedVolatilityAsync(option, 50.0, 600.0))
    price = await session.ask(ib.calculateOptionPriceAsync(option, 0.2, 600.0))
    assert implied.impliedVol > 0 and price.optPrice > 0, (implied, price)
    return stock, others[0], option, unknown


async def history(session, stock, forex, unknown):
    ib = session.ib

    def bars(contract, what="TRADES", size="1 hour", length="1 D"):
        return ib.reqHistoricalDataAsync(contract, "", length, size, what, True, 1)

    got = await session.ask(bars(stock))
    assert len(got) == 24 and all(it.low <= it.open <= it.high for it in got), got
    assert len(await session.ask(bars(forex, "MIDPOINT", "1 day", "5 D"))) == 5
    await session.ask(bars(forex), error=162)
    await session.ask(bars(unknown), error=200)
    await session.ask(bars(stock, "NONSENSE"), error=321)
    if ib.client.serverVersion() >= 165:
        assert (await session.ask(ib.reqHistoricalScheduleAsync(stock, 5))).sessions
    assert await session.ask(ib.reqHeadTimeStampAsync(stock, "TRADES", True, 1))
    assert await session.ask(ib.reqHistogramDataAsync(stock, True, "3 days"))
    for what in ("TRADES", "BID_ASK", "MIDPOINT"):
        ticks = await session.ask(ib.reqHistoricalTicksAsync(stock, "", "20261120 15:00:00", 20, what, True))
        assert len(ticks) == 20, ticks
    live = await session.ask(ib.reqHistoricalDataAsync(stock, "", "1 D", "1 hour", "TRADES", True, 1, True))
    ib.cancelHistoricalData(live)


async def news_and_scanners(session):
    api, ib = session.api, session.ib
    assert [it.code for it in await session.ask(ib.reqNewsProvidersAsync())] == ["BRFG", "DJNL"]
    article = await session.ask(ib.reqNewsArticleAsync("BRFG", "BRFG$00000001"))
    assert article.articleText.startswith("Simulated"), article
    await session.ask(ib.reqNewsArticleAsync("BRFG", "none"), error=10172)
    await session.ask(ib.reqHistoricalNewsAsync(265598, "BRFG+DJNL", "", "", 2))
    assert (await session.ask(ib.reqScannerParametersAsync())).startswith("<?xml")
    scan = api.ScannerSubscription(instrument="STK", locationCode="STK.US.MAJOR", scanCode="MOST_ACTIVE")
    assert await session.ask(ib.reqScannerDataAsync(scan))
    ib.reqNewsBulletins(True)
    await session.until("a bulletin", ib.newsBulletins)
    ib.cancelNewsBulletins()
    if ib.client.serverVersion() >= 161:
        await session.ask(ib.getWshMetaDataAsync(), error=10276)


async def streams(session, stock, forex, option, unknown):
    ib = session.ib
    (ticker,) = await session.ask(ib.reqTickersAsync(stock))
    assert 0 < ticker.bid < ticker.ask, ticker
    unknown.conId = 999
    for contract, error in ((unknown, 200), (session.api.Stock("SAP", "SMART", "EUR", conId=14204), 354)):
        ib.reqMktData(contract)
        await session.until("a refusal", lambda: True, error=error)
    ib.client.cancelMktData(0)
    await session.until("no such stream", lambda: True, error=300)
    running = [ib.reqMktData(stock), ib.reqMktDepth(stock, 5), ib.reqMktData(option)]
    bars = ib.reqRealTimeBars(stock, 5, "TRADES", True)
    last = ib.reqTickByTickData(stock, "AllLast")
    middle = ib.reqTickByTickData(forex, "MidPoint")
    await session.until("quotes", lambda: running[0].bid > 0 and running[0].time)
    await session.until("a book", lambda: len(running[1].domBids) == len(running[1].domAsks) == 5)
    await session.until("an option's figures", lambda: running[2].modelGreeks)
    await session.until("bars", lambda: bars)
    await session.until("trades", lambda: last.tickByTicks)
    await session.until("prices in the middle", lambda: middle.tickByTicks)
    ib.cancelMktData(stock)
    ib.cancelMktData(option)
    ib.cancelMktDepth(stock)
    ib.cancelRealTimeBars(bars)
    ib.cancelTickByTickData(stock, "AllLast")
    ib.cancelTickByTickData(forex, "MidPoint")
    await session.ask(ib.reqNewsProvidersAsync())
    late = []
    ib.pendingTickersEvent += late.append
    await asyncio.sleep(1.5 * PACE)
    assert not late, late


async def orders(session, stock):
    api, ib = session.api, session.ib
    trade = ib.placeOrder(stock, api.LimitOrder("BUY", 10, 100.0))
    await session.until("an order", lambda: trade.orderStatus.status == "Inactive", error=201)
    assert trade.filled() == 0, trade
    assert trade.contract.symbol == "AAPL" and trade.order.lmtPrice == 100.0, trade
    ib.client.cancelOrder(trade.order.orderId, "")
    await session.until("no order to cancel", lambda: True, error=10148)
    ib.reqGlobalCancel()
    await session.ask(ib.reqOpenOrdersAsync())
    await session.ask(ib.reqAllOpenOrdersAsync())
    await session.ask(ib.reqCompletedOrdersAsync(False))
    await session.ask(ib.reqExecutionsAsync())


async def main(library: str, negotiated: int, port: int) -> None:
    session = Session(library)
    ib = session.ib
    # Without it ib_async only logs a request that was not answered during its connect.
    strict = {"raiseSyncErrors": True} if library == "ib_async" else {}
    await ib.connectAsync("127.0.0.1", port, clientId=7, timeout=PATIENCE, **strict)
    try:
        assert ib.client.serverVersion() == negotiated, ib.client.serverVersion()
        assert ib.managedAccounts() == [ACCOUNT], ib.managedAccounts()
        assert ib.client.getReqId() >= 1
        now = await session.ask(ib.reqCurrentTimeAsync())
        assert abs(now.timestamp() - time.time()) < 60, now
        stock, forex, option, unknown = await contracts(session)
        await history(session, stock, forex, unknown)
        await news_and_scanners(session)
        await streams(session, stock, forex, option, unknown)
        await orders(session, stock)
        await account(session)
    finally:
        ib.disconnect()
    print(f"ok {library} {version(library)} at version {negotiated}: {session.answered} requests came to an end")


class Undecoded(logging.Handler):
    """What the library could not read: it logs it and goes on."""

    def emit(self, record):
        if record.name.lower().endswith((".decoder", "asyncio")):
            UNDECODED.append(record.getMessage())


UNDECODED = []
# What is refused on purpose is an error to the library, too, and none here.
logging.basicConfig(level=logging.ERROR, handlers=[Undecoded()])
asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
assert not UNDECODED, UNDECODED
