"""A client of `ibdoc worker` with the standard library alone.

One thread reads; every command waits for its own answer, so that many threads may ask side by side.
"""

import itertools
import json
import queue
import subprocess
import threading


class Refused(Exception):
    """A command that was answered with an error; `code` is stable, the message is for people."""

    def __init__(self, answer):
        super().__init__(f"{answer['code']}: {answer['message']}")
        self.code = answer["code"]
        self.answer = answer


class Worker:
    """A worker process; `events` holds what it tells unasked, and None once it has ended."""

    def __init__(self, program="ibdoc", *arguments):
        self.process = subprocess.Popen(
            [program, "worker", "--supervise", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        self.events = queue.Queue()
        self._ids = itertools.count(1)
        self._waiting = {}
        self._lock = threading.Lock()
        self._ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def call(self, command, **params):
        """The data of a command; raises Refused where it is answered with an error."""
        answer = queue.Queue(1)
        with self._lock:
            if self._ended:
                raise ConnectionError("the worker has ended")
            number = next(self._ids)
            self._waiting[number] = answer
            line = json.dumps({"id": number, "command": command, "params": params})
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        # The worker gives each command a deadline and answers it by then.
        came = answer.get()
        if came is None:
            raise ConnectionError("the worker has ended")
        if came["status"] == "error":
            raise Refused(came)
        return came["data"]

    def close(self):
        """Ends the session in order and the worker with it; its exit status."""
        with self._lock:
            self.process.stdin.close()
        return self.process.wait()

    def _read(self):
        for line in self.process.stdout:
            message = json.loads(line)
            if "event" in message:
                self.events.put(message)
                continue
            with self._lock:
                waiting = self._waiting.pop(message["id"], None)
            if waiting:
                waiting.put(message)
        with self._lock:
            self._ended = True
            left = list(self._waiting.values())
        for waiting in left:
            waiting.put(None)
        self.events.put(None)
