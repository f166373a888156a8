"""The smallest bot there is: connect, wait for the accounts, ask for the time, leave.

It needs nothing but Python, and asks the Gateway that IBDOC_TARGET_HOST and IBDOC_TARGET_PORT
name, which `ibdoc soak --exec` sets:

    ibdoc soak paper --exec -- python3 examples/bot.py
"""
import os
import socket
import struct

START_API, CURRENT_TIME = 71, 49
TIME, NEXT_ID, ACCOUNTS = b"49", b"9", b"15"


def frame(*fields):
    payload = b"".join(str(field).encode() + b"\0" for field in fields)
    return struct.pack(">I", len(payload)) + payload


def reply(gateway):
    """The fields of the next message."""
    (length,) = struct.unpack(">I", gateway.recv(4, socket.MSG_WAITALL))
    return gateway.recv(length, socket.MSG_WAITALL).split(b"\0")


def connect(client_id):
    """A session whose accounts and next order id have come."""
    host = os.environ.get("IBDOC_TARGET_HOST", "127.0.0.1")
    port = int(os.environ.get("IBDOC_TARGET_PORT", "4002"))
    gateway = socket.create_connection((host, port), timeout=10)
    versions = b"v157..178"
    gateway.sendall(b"API\0" + struct.pack(">I", len(versions)) + versions)
    reply(gateway)
    gateway.sendall(frame(START_API, 2, client_id, ""))
    missing = {NEXT_ID, ACCOUNTS}
    while missing:
        missing.discard(reply(gateway)[0])
    return gateway


def leave(gateway):
    """Says the end, and waits for that of the Gateway: nothing stays half closed."""
    gateway.shutdown(socket.SHUT_WR)
    while gateway.recv(4096):
        pass
    gateway.close()


if __name__ == "__main__":
    session = connect(client_id=os.getpid() % 9000)
    session.sendall(frame(CURRENT_TIME, 1))
    # Notices come whenever the Gateway likes.
    while (answer := reply(session))[0] != TIME:
        pass
    print("the Gateway's clock:", answer[2].decode())
    leave(session)
