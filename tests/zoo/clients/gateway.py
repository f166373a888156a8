"""A Gateway that takes one connection, closes it and stays: gateway.py FILE, for its port"""
import os
import socket
import sys
import time

server = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as said:
    said.write(f"{server.getsockname()[1]}\n")
os.rename(sys.argv[1] + ".new", sys.argv[1])
if os.fork() == 0:
    server.accept()[0].close()
    time.sleep(1000)
