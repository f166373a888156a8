"""Programs for `ibdoc soak --exec`, well behaved and not, on the standard library alone.

usage: exec_clients.py KIND [FILE]

The Gateway is where IBDOC_TARGET_HOST and IBDOC_TARGET_PORT say. FILE gets the pids of those
that a test asks about. Whatever is not ended ends by itself after half a minute.
"""
import os
import signal
import socket
import struct
import sys
import time

KIND = sys.argv[1]
FILE = sys.argv[2] if len(sys.argv) > 2 else None
HALF_A_MINUTE = 30


# A test run under nohup hands its ignored SIGHUP down, and who ignores that is left on purpose.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def told(*pids):
    """Writes the pids in one piece, so that whoever sees the file sees them all."""
    with open(FILE + ".part", "w") as part:
        part.write(" ".join(str(pid) for pid in pids))
    os.rename(FILE + ".part", FILE)


def tcp():
    address = (os.environ["IBDOC_TARGET_HOST"], int(os.environ["IBDOC_TARGET_PORT"]))
    return socket.create_connection(address, timeout=5)


def frame(*fields):
    payload = b"".join(str(field).encode() + b"\0" for field in fields)
    return struct.pack(">I", len(payload)) + payload


def reply(connection):
    length = struct.unpack(">I", connection.recv(4, socket.MSG_WAITALL))[0]
    return connection.recv(length, socket.MSG_WAITALL)


def session():
    """A connection on which the accounts and the next id have come."""
    connection = tcp()
    versions = b"v157..178"
    connection.sendall(b"API\0" + struct.pack(">I", len(versions)) + versions)
    reply(connection)
    connection.sendall(frame(71, 2, os.getpid() % 9000, ""))
    missing = {b"9", b"15"}
    while missing:
        missing.discard(reply(connection).split(b"\0")[0])
    # Long enough to be seen, also on a busy machine.
    time.sleep(0.6)
    return connection


def leave(connection):
    """Closes, and reads until the Gateway has closed too, or does not."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(0.3)
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        pass
    connection.close()


def good():
    print("connected to", os.environ["IBDOC_TARGET_HOST"])
    leave(session())


def leaky():
    """Leaves its connection to a child that it does not wait for."""
    connection = session()
    child = os.fork()
    if child == 0:
        time.sleep(HALF_A_MINUTE)
        os._exit(0)
    if FILE:
        told(child)
    connection.close()


def blocked():
    """Asks, and then does something else than read for too long."""
    connection = session()
    connection.sendall(frame(61, 1))
    time.sleep(4)
    leave(connection)


def stuck():
    """Never reads again, and never ends."""
    connection = session()
    connection.sendall(frame(61, 1))
    time.sleep(HALF_A_MINUTE)
    connection.close()


def hanging():
    """Hangs, as does a child that ignores SIGTERM."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        told(os.getppid(), os.getpid())
    time.sleep(HALF_A_MINUTE)


def daemon():
    """Leaves a process outside its group."""
    if os.fork() == 0:
        os.setsid()
        told(os.getpid())
        time.sleep(HALF_A_MINUTE)
        os._exit(0)
    while not os.path.exists(FILE):
        time.sleep(0.01)


def gateway():
    """Starts what it is to connect to."""
    listener = socket.create_server(("127.0.0.1", int(os.environ["IBDOC_TARGET_PORT"])))
    told(os.getpid())
    time.sleep(HALF_A_MINUTE)
    listener.close()


def starting(waits=HALF_A_MINUTE):
    """Starts a Gateway, which is a script in its folder yet."""
    folder = os.path.join(os.path.dirname(FILE), "Jts", "ibgateway", "1030")
    os.makedirs(folder, exist_ok=True)
    script = os.path.join(folder, "ibgateway")
    with open(script, "w") as text:
        text.write(f"#!/bin/sh\nprintf %s $$ > {FILE}.part && mv {FILE}.part {FILE}\nsleep 30; :\n")
    os.chmod(script, 0o755)
    if os.fork() == 0:
        os.execv(script, [script])
    while not os.path.exists(FILE):
        time.sleep(0.01)
    time.sleep(waits)


def starting_and_gone():
    """Starts one, and is done."""
    starting(0)


def heir(connected=False):
    """Leaves a process that is meant to stay, as nohup does."""
    connection = session() if connected else None
    if os.fork() == 0:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        told(os.getpid())
        time.sleep(HALF_A_MINUTE)
        os._exit(0)
    while not os.path.exists(FILE):
        time.sleep(0.01)
    if connection:
        connection.close()


def connected_heir():
    heir(True)


def deadline_heir():
    """Is waited for too long, with a process that is meant to stay."""
    heir()
    time.sleep(HALF_A_MINUTE)


def port_check():
    tcp().close()


def sometimes():
    """Fails in every other run."""
    if os.path.exists(FILE):
        os.remove(FILE)
        sys.exit(3)
    told(os.getpid())
    good()


def idle():
    pass


{
    "good": good, "leaky": leaky, "blocked": blocked, "stuck": stuck, "hanging": hanging,
    "daemon": daemon, "gateway": gateway, "port-check": port_check, "sometimes": sometimes,
    "idle": idle, "starting": starting, "starting-and-gone": starting_and_gone, "heir": heir,
    "connected-heir": connected_heir, "deadline-heir": deadline_heir,
}[KIND]()
