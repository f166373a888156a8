"""A client or a Gateway's listener of which much is called after an account.

usage: SCRIPT [ANYTHING], with ROLE in the environment

ROLE=listen accepts connections and closes each at once, and says "port NUMBER". ROLE=client connects to
PORT and says "ready PID". ROLE=boss starts a client of its own: the script in CHILD. NAME is what the
process is called, and all of them end when their parent does.
"""
import ctypes
import os
import socket
import subprocess
import sys
import time

PR_SET_PDEATHSIG, PR_SET_NAME, SIGKILL = 1, 15, 9
LIBC = ctypes.CDLL(None)
LIBC.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
LIBC.prctl(PR_SET_NAME, os.environ.pop("NAME", "python3").encode(), 0, 0, 0)
role = os.environ["ROLE"]
if role == "listen":
    server = socket.create_server(("127.0.0.1", 0))
    print("port", server.getsockname()[1], flush=True)
    while True:
        server.accept()[0].close()
elif role == "boss":
    subprocess.run([sys.executable, os.environ["CHILD"]], env={**os.environ, "ROLE": "client"})
else:
    kept = socket.create_connection(("127.0.0.1", int(os.environ["PORT"])))
    print("ready", os.getpid(), flush=True)
    time.sleep(1000)
