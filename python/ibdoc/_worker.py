"""A session with a Gateway through `ibdoc worker`: JSON lines on its stdin and stdout."""

import itertools
import json
import queue
import subprocess
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Callable, Dict, List, Mapping, Optional, Type, Union

from ._program import program

Event = Dict[str, Any]


class WorkerError(RuntimeError):
    """A command did not succeed: `code` is a finding of ibdoc or a word of the worker."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class WorkerEnded(WorkerError):
    """The worker has ended, and answers nothing any more."""

    def __init__(self, message: str) -> None:
        super().__init__("worker-ended", message)


@dataclass(frozen=True)
class Connected:
    """What `connect` answered."""

    server_version: int
    accounts: List[str]
    next_order_id: Optional[int]
    raw: Mapping[str, Any]


class Worker:
    """One session, held by a process of its own; usable from several threads.

    with Worker() as worker:
        worker.connect(port=4002)
        print(worker.positions())

    `on_event` gets each unasked event (`dropped`, `reconnected`, `notice`, `restarted`) in the
    thread that reads; without it they wait in `events`, a queue of at most 10,000.
    """

    def __init__(
        self,
        *,
        supervise: bool = False,
        on_event: Optional[Callable[[Event], None]] = None,
    ) -> None:
        command = [program(), "worker"]
        if supervise:
            command.append("--supervise")
        self.events: "queue.Queue[Event]" = queue.Queue(10_000)
        self._on_event = on_event
        self._waiting: Dict[int, "Future[Any]"] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._ended: Optional[str] = None
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, name="ibdoc worker", daemon=True)
        self._reader.start()

    def connect(
        self,
        host: str = "127.0.0.1",
        port: int = 4002,
        client_id: Union[int, str] = "auto",
        **params: Any,
    ) -> Connected:
        """Connects; returns when the accounts are there."""
        data = self.call("connect", host=host, port=port, client_id=client_id, **params)
        return Connected(
            data["server_version"], data["accounts"], data.get("next_order_id"), data
        )

    def disconnect(self) -> None:
        """Ends the session; `connect` may begin another one."""
        self.call("disconnect")

    def accounts(self) -> Any:
        """The accounts of the session."""
        return self.call("accounts")

    def positions(self) -> Any:
        """All positions, complete."""
        return self.call("positions")

    def account_summary(self) -> Any:
        """The summary of every account, complete."""
        return self.call("account_summary")

    def account_values(self, **params: Any) -> Any:
        """The values of one account, complete."""
        return self.call("account_values", **params)

    def executions(self, **params: Any) -> Any:
        """The executions of today, complete."""
        return self.call("executions", **params)

    def time(self) -> Any:
        """The Gateway's clock."""
        return self.call("time")

    def ping(self) -> Any:
        """A round trip to the Gateway."""
        return self.call("ping")

    def call(self, command: str, *, timeout: Optional[float] = None, **params: Any) -> Any:
        """One command and its `data`; raises `WorkerError`.

        The worker itself has a deadline for each command and answers when it has passed;
        `timeout`, in seconds, is for those who want to wait for less.
        """
        return self.submit(command, **params).result(timeout)

    def submit(self, command: str, **params: Any) -> "Future[Any]":
        """Sends a command and returns at once; commands run side by side."""
        answer: "Future[Any]" = Future()
        with self._lock:
            if self._ended is not None:
                raise WorkerEnded(self._ended)
            number = next(self._ids)
            self._waiting[number] = answer
            line = json.dumps({"id": number, "command": command, "params": params})
            assert self._process.stdin is not None
            try:
                self._process.stdin.write(line + "\n")
                self._process.stdin.flush()
            except (OSError, ValueError) as error:
                del self._waiting[number]
                raise WorkerEnded(f"the worker takes no more commands: {error}") from error
        return answer

    def close(self) -> int:
        """Ends the worker, which closes its session, and returns its status."""
        with self._lock:
            if self._process.stdin is not None:
                try:
                    self._process.stdin.close()
                except OSError:
                    # It has ended before it took the last line.
                    pass
        status = self._process.wait()
        if threading.current_thread() is not self._reader:
            self._reader.join()
        return status

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._take(json.loads(line))
        status = self._process.wait()
        with self._lock:
            self._ended = f"the worker has ended with status {status}"
            lost = list(self._waiting.values())
            self._waiting.clear()
        for answer in lost:
            answer.set_exception(WorkerEnded(self._ended))

    def _take(self, message: Dict[str, Any]) -> None:
        if "event" in message:
            self._tell(message)
            return
        with self._lock:
            answer = self._waiting.pop(message["id"], None)
        if answer is None:
            return
        if message["status"] == "success":
            answer.set_result(message.get("data"))
        else:
            answer.set_exception(WorkerError(message["code"], message["message"]))

    def _tell(self, event: Event) -> None:
        if self._on_event is not None:
            self._on_event(event)
            return
        while True:
            try:
                return self.events.put_nowait(event)
            except queue.Full:
                # Nobody reads them: the oldest goes.
                try:
                    self.events.get_nowait()
                except queue.Empty:
                    pass
