"""A client that connects, says its pid and never reads: bot.py PORT FILE [WHAT ELSE IT HAS…]"""
import os
import socket
import subprocess
import sys
import time

port, file = int(sys.argv[1]), sys.argv[2]
kept = []


def connect(to=port):
    kept.append(socket.create_connection(("127.0.0.1", to)))


for extra in sys.argv[3:]:
    kind, _, value = extra.partition("=")
    if kind == "sockets":
        for _ in range(int(value) - 1):
            connect()
    elif kind == "also":
        connect(int(value))
    elif kind == "unix":
        kept.append(socket.socket(socket.AF_UNIX))
        kept[-1].connect(value)
    elif kind == "udp":
        kept.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        kept[-1].connect(("127.0.0.1", int(value)))
    elif kind == "serves":
        kept.append(socket.socket(socket.AF_UNIX))
        kept[-1].bind(value)
        kept[-1].listen()
    elif kind == "tracker":
        from multiprocessing import resource_tracker
        resource_tracker.ensure_running()
    elif kind == "sleep":
        kept.append(subprocess.Popen(["sleep", "1000"]))
connect()
for extra in sys.argv[3:]:
    kind, _, value = extra.partition("=")
    # Workers that share its sockets.
    if kind == "workers" and any(os.fork() == 0 for _ in range(int(value))):
        time.sleep(1000)
    # Another program that has got them, as from a client in C that marks nothing close-on-exec.
    elif kind == "heir":
        kept[0].set_inheritable(True)
        subprocess.Popen(value.split(",") if value else ["tail", "-f", "/dev/null"], close_fds=False)
    # On its way to whoever reads from a unix socket, which is this program itself, and it reads nothing.
    elif kind == "sent":
        kept += socket.socketpair()
        socket.send_fds(kept[-1], [b"x"], [kept[0].fileno()])
        kept.pop(0).close()
    # It has said all, and reads nothing.
    elif kind == "half":
        kept[0].shutdown(socket.SHUT_WR)
with open(file + ".new", "w") as said:
    said.write(str(os.getpid()))
os.rename(file + ".new", file)
while True:
    time.sleep(1000)
