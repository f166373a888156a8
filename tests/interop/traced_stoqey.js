// The requests of a start-up by @stoqey/ib, for a recording: traced_stoqey.js PORT.
"use strict";

const { EventName, IBApi } = require("@stoqey/ib");

const ib = new IBApi({ host: "127.0.0.1", port: Number(process.argv[2]), clientId: 7 });
ib.on(EventName.error, () => {});
ib.once(EventName.nextValidId, () => {
  ib.reqPositions();
  ib.reqOpenOrders();
  ib.reqCompletedOrders(false);
  ib.reqAccountUpdates(true, "DU9000021");
  ib.reqAccountUpdatesMulti(1, "DU9000021", "", false);
  ib.reqExecutions(2, {});
  setTimeout(() => ib.disconnect(), 4200);
});
ib.connect();
