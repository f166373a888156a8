//! The real Rust client library asks the simulated Gateway for everything else, at the versions that
//! it speaks.

use std::fmt::Debug;
use std::future::Future;

use ibapi::Error;
use ibapi::contracts::{OptionRight, SecurityType};
use ibapi::prelude::{
    AccountId, Client, Contract, ContractId, ExecutionFilter, HistoricalBarSize,
    HistoricalWhatToShow, IgnoreSize, MarketDataType, RealtimeWhatToShow, StreamExt, ToDuration,
    TradingHours,
};
use ibapi::subscriptions::SubscriptionItemStreamExt;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::helpers::command::PATIENCE;
use crate::sim::ibapi::connected;
use crate::sim::sockets::Running;

/// Twelve of the fourteen versions.
const VERSIONS: [u16; 12] = [213, 214, 215, 216, 217, 218, 219, 221, 222, 223, 224, 226];

/// The answer to a request that is served.
async fn good<T: Debug>(what: &str, asked: impl Future<Output = Result<T, Error>>) -> T {
    let answer = timeout(PATIENCE, asked).await;
    let answer = answer.unwrap_or_else(|_| panic!("{what} is never answered"));
    answer.unwrap_or_else(|error| panic!("{what}: {error}"))
}

/// Holds a request against the error that answers it.
async fn refused<T: Debug>(code: i32, asked: impl Future<Output = Result<T, Error>>) {
    let answer = timeout(PATIENCE, asked).await.expect("an answer");
    let error = answer.expect_err("a refusal").to_string();
    assert!(error.contains(&code.to_string()), "{error} is no {code}");
}

/// The first item of a stream.
macro_rules! first {
    ($what:expr, $asked:expr) => {{
        let stream = timeout(PATIENCE, $asked).await;
        let stream = stream.unwrap_or_else(|_| panic!("{} is never answered", $what));
        let stream = stream.unwrap_or_else(|error| panic!("{}: {error}", $what));
        let mut items = stream.filter_data();
        let item = timeout(PATIENCE, items.next()).await;
        let item = item.unwrap_or_else(|_| panic!("{} sends nothing", $what));
        let item = item.unwrap_or_else(|| panic!("{} ends", $what));
        item.unwrap_or_else(|error| panic!("{}: {error}", $what))
    }};
}

#[tokio::test]
async fn ibapi_is_answered_to_everything_at_twelve_versions() {
    let mut sessions = JoinSet::new();
    let session = |version: u16| async move {
        let gateway = Running::start(version, "normal").await;
        let client = connected(&gateway, 7).await;
        contracts(&client).await;
        history(&client).await;
        streams(&client).await;
        accounts(&client).await;
        news(&client).await;
        orders(&client).await;
        client.disconnect().await;
        gateway.stop().await;
    };
    for version in VERSIONS {
        sessions.spawn(session(version));
    }
    sessions.join_all().await;
}

async fn contracts(client: &Client) {
    let stock = Contract::stock("AAPL").build();
    let option = Contract::option("SPY", "20271217", 600.0, OptionRight::Call);
    for contract in [&stock, &option, &Contract::forex("EUR", "USD").build()] {
        let details = good("details", client.contract_details(contract)).await;
        assert_eq!(details.len(), 1, "{details:?}");
        assert!(details[0].contract.contract_id > 0, "{details:?}");
    }
    refused(
        200,
        client.contract_details(&Contract::stock("NOSUCH").build()),
    )
    .await;
    assert_eq!(
        good("symbols", client.matching_symbols("AA")).await.len(),
        1
    );
    good("a rule", client.market_rule(26)).await;
    assert_eq!(
        good("components", client.smart_components("9c0001"))
            .await
            .len(),
        4
    );
    good("depth exchanges", client.market_depth_exchanges()).await;
    let price = good(
        "a price",
        client.calculate_option_price(&option, 0.2, 600.0),
    )
    .await;
    assert!(
        price.option_price.is_some_and(|price| price > 0.0),
        "{price:?}"
    );
    good(
        "a volatility",
        client.calculate_implied_volatility(&option, 50.0, 600.0),
    )
    .await;
    let chain = client
        .option_chain("SPY", SecurityType::Stock, 756_733)
        .subscribe();
    let chain = first!("a chain", chain);
    assert!(
        chain.expirations.contains(&"20271217".to_owned()),
        "{chain:?}"
    );
}

async fn history(client: &Client) {
    let stock = Contract::stock("AAPL").build();
    let bars = client
        .historical_data(&stock, HistoricalBarSize::Hour)
        .duration(1.days());
    let bars = good(
        "bars",
        bars.what_to_show(HistoricalWhatToShow::Trades).fetch(),
    )
    .await;
    assert_eq!(bars.bars.len(), 24, "{bars:?}");
    let forex = Contract::forex("EUR", "USD").build();
    let trades = client
        .historical_data(&forex, HistoricalBarSize::Hour)
        .duration(1.days());
    refused(
        162,
        trades.what_to_show(HistoricalWhatToShow::Trades).fetch(),
    )
    .await;
    let sessions = client.historical_schedules(&stock, 5.days()).fetch();
    assert_eq!(good("a schedule", sessions).await.sessions.len(), 5);
    let what = HistoricalWhatToShow::Trades;
    good(
        "the first time",
        client.head_timestamp(&stock, what, TradingHours::Regular),
    )
    .await;
    let histogram = client.histogram_data(&stock, TradingHours::Regular, HistoricalBarSize::Day);
    assert!(!good("a histogram", histogram).await.is_empty());
}

async fn streams(client: &Client) {
    let stock = Contract::stock("AAPL").build();
    first!("quotes", client.market_data(&stock).subscribe());
    first!(
        "a snapshot",
        client.market_data(&stock).snapshot().subscribe()
    );
    first!("depth", client.market_depth(&stock, 5).subscribe());
    let bars = client
        .realtime_bars(&stock)
        .what_to_show(RealtimeWhatToShow::Trades);
    first!("bars of five seconds", bars.subscribe());
    first!("trades", client.tick_by_tick(&stock, 0).all_last());
    first!(
        "single quotes",
        client.tick_by_tick(&stock, 0).bid_ask(IgnoreSize::No)
    );
    first!(
        "prices in the middle",
        client.tick_by_tick(&stock, 0).mid_point()
    );
    good(
        "delayed data",
        client.switch_market_data_type(MarketDataType::Delayed),
    )
    .await;
}

async fn accounts(client: &Client) {
    let account = AccountId("DU9000021".to_owned());
    let profit = first!("profit", client.pnl(&account, None));
    assert_eq!(profit.unrealized_pnl, Some(541.0));
    first!(
        "profit of one",
        client.pnl_single(&account, ContractId(265_598), None)
    );
    first!("positions", client.positions_multi(Some(&account), None));
    first!(
        "updates",
        client.account_updates_multi(Some(&account), None)
    );
    assert_eq!(good("families", client.family_codes()).await.len(), 1);
    good("the user", client.user_info()).await;
    good("milliseconds", client.server_time_millis()).await;
    assert!(good("tiers", client.soft_dollar_tiers()).await.is_empty());
}

async fn news(client: &Client) {
    assert_eq!(good("providers", client.news_providers()).await.len(), 2);
    good("an article", client.news_article("BRFG", "BRFG$00000001")).await;
    refused(10172, client.news_article("BRFG", "none")).await;
    first!("bulletins", client.news_bulletins(true));
    let xml = good("the scanner's parameters", client.scanner_parameters()).await;
    assert!(xml.contains("MOST_ACTIVE"), "{xml}");
    refused(10276, client.wsh_metadata()).await;
    assert_eq!(good("groups", client.display_groups()).await, [1, 2, 3]);
}

async fn orders(client: &Client) {
    let stock = Contract::stock("AAPL").build();
    let order = client
        .order(&stock)
        .buy(10)
        .limit(100.0)
        .build_order()
        .expect("an order");
    let id = good("an id", client.next_valid_order_id()).await;
    let placed = timeout(PATIENCE, client.place_order(id, &stock, &order)).await;
    let mut answers = placed.expect("an answer").expect("an order").filter_data();
    let first = timeout(PATIENCE, answers.next()).await.expect("the order");
    let first = format!("{first:?}");
    assert!(
        first.contains("Inactive") && first.contains("places no orders"),
        "{first}"
    );
    let reason = timeout(PATIENCE, answers.next()).await.expect("the reason");
    assert!(format!("{reason:?}").contains("201"), "{reason:?}");
    assert_eq!(
        good("the next id", client.next_valid_order_id()).await,
        id + 1
    );
    good("the end of all orders", client.global_cancel()).await;
    let executions = timeout(PATIENCE, client.executions(ExecutionFilter::default())).await;
    let mut executions = executions
        .expect("an answer")
        .expect("executions")
        .filter_data();
    let end = timeout(PATIENCE, executions.next())
        .await
        .expect("their end");
    assert!(end.is_none(), "{end:?}");
}
