"""Small clients of a Gateway: `bots.py KIND PORT`. Each reads for a moment, then does what its kind says.

None outlives two minutes, whatever becomes of the test.
"""

import asyncio
import concurrent.futures
import fcntl
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

KIND, PORT = sys.argv[1], int(sys.argv[2])
SOME = 300
LONG = 120


def blocked():
    """Never comes back."""
    if KIND == "sleep":
        time.sleep(LONG)
    elif KIND == "compute":
        while True:
            pass
    elif KIND == "unix-socket":
        one, other = socket.socketpair()
        one.recv(10)
    elif KIND == "tcp-socket":
        listener = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(listener.getsockname())
        client.recv(10)
    elif KIND == "lock":
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()
    elif KIND == "future":
        async def nothing():
            pass
        loop = asyncio.get_running_loop()
        asyncio.run_coroutine_threadsafe(nothing(), loop).result()
    elif KIND == "executor":
        concurrent.futures.ThreadPoolExecutor().submit(time.sleep, LONG).result()
    elif KIND == "child":
        subprocess.run(["sleep", str(LONG)])
    elif KIND == "file-lock":
        with tempfile.NamedTemporaryFile() as one, open(one.name) as other:
            fcntl.flock(one, fcntl.LOCK_EX)
            fcntl.flock(other, fcntl.LOCK_EX)


class Bot(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.received = transport, 0

    def data_received(self, data):
        self.received += len(data)
        if KIND == "busy":
            busy(0.02)
        if self.received > SOME:
            self.received = 0
            if KIND == "pause":
                self.transport.pause_reading()
            blocked()


def busy(seconds):
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


async def loop():
    await asyncio.get_running_loop().create_connection(Bot, "127.0.0.1", PORT)
    if KIND == "bursts":
        while True:
            busy(0.25)
            await asyncio.sleep(0.02)
    await asyncio.sleep(LONG)


def threads():
    """As the official client: a thread that reads, a queue, and the main thread at work."""
    connection = socket.create_connection(("127.0.0.1", PORT))
    if KIND == "threads-timeout":
        connection.settimeout(1)
    messages, lock = queue.Queue(), threading.Lock()

    def read():
        received = 0
        while True:
            try:
                data = connection.recv(4096)
            except socket.timeout:
                continue
            received += len(data)
            messages.put(data)
            if received > SOME and KIND == "threads-lock":
                lock.acquire()
                lock.acquire()
            if received > SOME and KIND == "threads-sleep":
                time.sleep(LONG)

    threading.Thread(target=read, daemon=True).start()
    time.sleep(LONG)


signal.alarm(LONG)
if KIND.startswith("threads"):
    threads()
else:
    asyncio.run(loop())
