"""Holds one session through drops and restarts, and says what happens to it.

    python3 hold.py PORT [SECONDS] [IBDOC [ARGUMENT…]]

Without SECONDS, or with 0, it goes on until it is interrupted. PORT 0 takes the Gateway of `--sim`.
"""

import sys
import threading
import time

from ibdoc_worker import Refused, Worker

# A connection a minute is as much as a Gateway with an open dialog should get: the worker says
# `too-soon` before that, and when the next one may be made.
BETWEEN_CONNECTS = 5
BETWEEN_LOOKS = 5


def say(text):
    print(time.strftime("%H:%M:%S"), text, flush=True)


def tell(events):
    """Says what the worker tells unasked."""
    while (event := events.get()) is not None:
        kind = event["event"]
        if kind == "dropped":
            say(f"dropped: {event['code']}: {event['message']}")
        elif kind == "reconnected":
            say(f"reconnected after {event['down_ms'] / 1000:.1f} s, {event['tries']} tries")
        elif kind == "reconnect-failed":
            say(f"no session yet: {event['code']}: {event['message']}")
        elif kind == "restarted":
            say(f"restarted: {event['reason']}; lost commands: {event['ids']}")
        elif kind == "notice":
            say(f"notice {event['code']}: {event['message']}")


def connect(worker, params, until):
    """Connects, however long that takes; False when the time is over."""
    while time.monotonic() < until:
        try:
            session = worker.call("connect", **params)
        except Refused as refused:
            say(f"not connected: {refused}")
            wait = refused.answer.get("retry_after_ms", 0) / 1000
            time.sleep(min(max(wait, BETWEEN_CONNECTS), max(until - time.monotonic(), 0)))
            continue
        say(f"connected to {session['address']}, version {session['server_version']}, "
            f"{len(session['accounts'])} account(s)")
        return True
    return False


def hold(worker, params, until):
    """Asks every few seconds whether the session answers, and for the positions when it does."""
    was_healthy = None
    while time.monotonic() < until:
        health = worker.call("health")
        if health["healthy"] != was_healthy:
            was_healthy = health["healthy"]
            say("healthy" if was_healthy else f"not healthy: {health['code']}: {health['message']}")
        if health["state"] == "idle" and not connect(worker, params, until):
            return
        if health["healthy"]:
            try:
                positions = worker.call("positions")["positions"]
                say(f"{len(positions)} position(s), round trip {health['rtt_ms']:.1f} ms")
            except Refused as refused:
                say(f"no positions: {refused}")
        time.sleep(min(BETWEEN_LOOKS, max(until - time.monotonic(), 0)))


def main(port, seconds=0.0, program="ibdoc", *arguments):
    params = {"port": int(port)} if int(port) else {}
    until = time.monotonic() + float(seconds) if float(seconds) else float("inf")
    worker = Worker(program, *arguments)
    threading.Thread(target=tell, args=[worker.events], daemon=True).start()
    try:
        if connect(worker, params, until):
            hold(worker, params, until)
    except KeyboardInterrupt:
        pass
    status = worker.close()
    say(f"ended with status {status}")
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
