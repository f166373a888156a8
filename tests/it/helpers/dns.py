"""A DNS server on 127.0.0.1:53 that answers by the first label of the name; prints a line when it listens.

nx: no such name. servfail, refused: the code. hang: nothing at all. empty: a name without an address.
half: A at once, AAAA never. garbage: bytes that are no answer. Everything else has the addresses that
the command line gives it: `name=10.0.0.1,10.0.0.2,fd00::1`.
"""

import socket
import struct
import sys

ZONE = dict(word.split("=") for word in sys.argv[1:])
CODES = {"nx": 3, "servfail": 2, "refused": 5}
A, AAAA = 1, 28


def answer(query):
    label = query[13 : 13 + query[12]].decode("ascii", "replace").lower()
    end = query.index(b"\0", 12) + 5
    kind = struct.unpack("!H", query[end - 4 : end - 2])[0]
    if label == "hang" or label == "half" and kind == AAAA:
        return None
    if label == "garbage":
        return query[:2] + b"\xff" * 9
    found = []
    for text in ZONE.get(label, "").split(","):
        family = socket.AF_INET6 if ":" in text else socket.AF_INET
        if text and kind == (AAAA if ":" in text else A):
            found.append(socket.inet_pton(family, text))
    code = CODES.get(label, 0 if label in ZONE or label == "empty" else 3)
    header = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(found), 0, 0)
    rows = [
        struct.pack("!HHHIH", 0xC00C, kind, 1, 1, len(address)) + address
        for address in found
    ]
    return header + query[12:end] + b"".join(rows)


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("listening", flush=True)
while True:
    query, client = server.recvfrom(4096)
    reply = answer(query)
    if reply is not None:
        server.sendto(reply, client)
