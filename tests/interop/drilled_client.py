"""An ib_async program in a drill of `ibdoc tap`: drilled_client.py returns|forgets|stays.

It holds a session with market data. When that ends, `returns` connects and subscribes again, `forgets`
connects and does not subscribe, and `stays` does not notice.
"""

import asyncio
import logging
import os
import sys
import time

from ib_async import IB, Stock

# Longer than the drill, and than what a client is given to come back.
LASTS = 17


async def main(kind):
    ib = IB()
    host, port = os.environ["IBDOC_TARGET_HOST"], int(os.environ["IBDOC_TARGET_PORT"])
    stock = Stock("AAPL", "SMART", "USD", conId=265598)
    subscribes = True
    until = time.monotonic() + LASTS
    while time.monotonic() < until:
        if not ib.isConnected() and (subscribes or kind != "stays"):
            try:
                await ib.connectAsync(host, port, clientId=7, timeout=4)
                if subscribes:
                    ib.reqMktData(stock)
                subscribes = kind == "returns"
            except (OSError, TimeoutError):
                pass
        await asyncio.sleep(0.2)
    ib.disconnect()


# What a drill does is an error to the library, and none here.
logging.disable()
asyncio.run(main(sys.argv[1]))
