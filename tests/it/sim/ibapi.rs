//! The real Rust client library against the simulated Gateway.

use ibapi::accounts::{AccountSummaryResult, AccountUpdate, PositionUpdate};
use ibapi::prelude::{AccountGroup, AccountId, Client, StreamExt, SubscriptionItem};
use tokio::time::timeout;

use crate::helpers::command::PATIENCE;
use crate::sim::sockets::Running;

pub(crate) async fn connected(gateway: &Running, client_id: i32) -> Client {
    let connecting = Client::builder()
        .address(gateway.address.to_string())
        .client_id(client_id)
        .max_reconnect_attempts(0)
        .connect();
    timeout(PATIENCE, connecting)
        .await
        .expect("in time")
        .expect("connects")
}

#[tokio::test]
async fn ibapi_connects_and_reads_accounts_time_positions_and_summary() {
    for version in [213, 219, 226] {
        let gateway = Running::start(version, "normal").await;
        let client = connected(&gateway, 7).await;
        assert_eq!(client.server_version(), i32::from(version));
        assert_eq!(client.handshake_managed_accounts(), ["DU9000021"]);
        assert_eq!(client.next_order_id(), 1);
        assert!(client.connection_time().is_some());
        assert_eq!(client.managed_accounts().await.unwrap(), ["DU9000021"]);
        client.server_time().await.unwrap();
        timeout(PATIENCE, read_positions(&client)).await.unwrap();
        timeout(PATIENCE, read_summary(&client)).await.unwrap();
        timeout(PATIENCE, read_updates(&client)).await.unwrap();
        client.disconnect().await;
        gateway.stop().await;
    }
}

async fn read_positions(client: &Client) {
    let mut stream = client.positions().await.expect("positions");
    let mut quantities = Vec::new();
    loop {
        match stream
            .next()
            .await
            .expect("not the end")
            .expect("a position")
        {
            SubscriptionItem::Data(PositionUpdate::Position(it)) => quantities.push(it.position),
            SubscriptionItem::Data(PositionUpdate::PositionEnd) => break,
            SubscriptionItem::Notice(_) => {}
        }
    }
    assert_eq!(quantities, [100.0, 2.0]);
}

async fn read_summary(client: &Client) {
    let group = AccountGroup("All".to_owned());
    let tags = ["NetLiquidation", "AccountType"];
    let mut stream = client
        .account_summary(&group, &tags)
        .await
        .expect("a summary");
    let mut values = Vec::new();
    loop {
        match stream.next().await.expect("not the end").expect("a value") {
            SubscriptionItem::Data(AccountSummaryResult::Summary(it)) => values.push(it.value),
            SubscriptionItem::Data(AccountSummaryResult::End) => break,
            SubscriptionItem::Notice(_) => {}
        }
    }
    values.sort();
    assert_eq!(values, ["1000010.00", "INDIVIDUAL"]);
}

async fn read_updates(client: &Client) {
    let account = AccountId("DU9000021".to_owned());
    let mut stream = client.account_updates(&account).await.expect("updates");
    let mut lines = 0;
    loop {
        match stream
            .next()
            .await
            .expect("not the end")
            .expect("an update")
        {
            SubscriptionItem::Data(AccountUpdate::End) => break,
            SubscriptionItem::Data(_) => lines += 1,
            SubscriptionItem::Notice(_) => {}
        }
    }
    assert_eq!(lines, 25);
}

#[tokio::test]
async fn ibapi_is_told_that_its_client_id_is_taken() {
    let gateway = Running::start(226, "client-id-in-use").await;
    let connecting = Client::builder()
        .address(gateway.address.to_string())
        .client_id(7)
        .max_reconnect_attempts(0)
        .connect();
    let error = timeout(PATIENCE, connecting)
        .await
        .unwrap()
        .err()
        .map(|error| error.to_string());
    assert!(
        error.as_ref().is_some_and(|error| error.contains('7')),
        "{error:?}"
    );
    gateway.stop().await;
}
