"""A bot with a mistake that costs people nights: a worker process keeps its connection.

`ibdoc soak --exec` tells that the connection outlives the program:

    ibdoc soak --sim --attempts 3 --exec -- python3 examples/leaky.py
"""
import os
import time

from bot import connect

if __name__ == "__main__":
    session = connect(client_id=os.getpid() % 9000)
    if os.fork() == 0:
        # The worker inherits the connection, and nothing ends it.
        time.sleep(20)
        os._exit(0)
    time.sleep(0.5)
