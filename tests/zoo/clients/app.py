"""What gunicorn serves: each worker connects when it loads this."""
import os
import socket

kept = socket.create_connection(("127.0.0.1", int(os.environ["BOT_PORT"])))
with open("pid.new", "w") as said:
    said.write(str(os.getpid()))
os.rename("pid.new", "pid")


def app(_, start_response):
    start_response("200 OK", [])
    return [b""]
