// One whole session with @stoqey/ib: stoqey_client.js VERSION PORT.
"use strict";

const assert = require("node:assert/strict");
const { EventName, IBApi } = require("@stoqey/ib");
const { version } = require("@stoqey/ib/package.json");

const NOTICES = [2104, 2106, 2158];
const [negotiated, port] = process.argv.slice(2).map(Number);
const ib = new IBApi({ host: "127.0.0.1", port, clientId: 7 });

// The arguments of the next event of this name.
const next = (name) => new Promise((resolve) => ib.once(name, (...args) => resolve(args)));

async function main() {
  ib.on(EventName.error, (error, code) => {
    if (!NOTICES.includes(code)) throw new Error(`error ${code}: ${error.message}`);
  });
  const server = next(EventName.server);
  const accounts = next(EventName.managedAccounts);
  const nextId = next(EventName.nextValidId);
  ib.connect();
  assert.equal((await server)[0], negotiated);
  assert.equal((await accounts)[0], "DU9000021");
  assert.ok((await nextId)[0] >= 1);

  const time = next(EventName.currentTime);
  ib.reqCurrentTime();
  assert.ok(Math.abs((await time)[0] - Date.now() / 1000) < 60);

  const held = [];
  ib.on(EventName.position, (_account, contract, quantity) => held.push([contract.symbol, quantity]));
  const positions = next(EventName.positionEnd);
  ib.reqPositions();
  await positions;
  assert.deepEqual(held.sort(), [["AAPL", 100], ["SPY", 2]]);
  ib.cancelPositions();

  const values = {};
  ib.on(EventName.accountSummary, (_id, _account, tag, value) => (values[tag] = value));
  const summary = next(EventName.accountSummaryEnd);
  ib.reqAccountSummary(1, "All", "NetLiquidation,AccountType");
  await summary;
  assert.deepEqual(values, { NetLiquidation: "1000010.00", AccountType: "INDIVIDUAL" });
  ib.cancelAccountSummary(1);

  const disconnected = next(EventName.disconnected);
  ib.disconnect();
  await disconnected;
  console.log(`ok @stoqey/ib ${version} at version ${negotiated}`);
}

const patience = setTimeout(() => {
  console.error("no answer in 60 s");
  process.exit(1);
}, 60_000);

main().then(
  () => clearTimeout(patience),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
