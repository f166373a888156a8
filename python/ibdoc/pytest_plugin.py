"""A pytest plugin: `ib_gateway` starts simulated Gateways, each on a free port of 127.0.0.1.

    def test_reconnects(ib_gateway):
        gateway = ib_gateway("normal; 2s:restart=3s; normal")
        bot = Bot(gateway.host, gateway.port)
        ...
        assert gateway.connections == 2
"""

import json
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Optional

import pytest

from ._program import program

# A simulator that a killed test run has left ends by itself.
_DEADLINE = "1h"
_START = 30.0


@dataclass(frozen=True)
class Request:
    """A request that a client sent."""

    connection: int
    client_id: Optional[int]
    message: int
    #: What the message is called, such as `REQ_POSITIONS`; empty where ibdoc does not know it.
    name: str


class Gateway:
    """A simulated Gateway, until `close` or the end of the test."""

    def __init__(self, scenario: str = "normal", *, server_version: Optional[int] = None) -> None:
        command = [program(), "sim", "--port", "0", "--scenario", scenario]
        command += ["--format", "ndjson", "--deadline", _DEADLINE]
        if server_version is not None:
            command += ["--server-version", str(server_version)]
        self.scenario = scenario
        self._events: List[Dict[str, Any]] = []
        self._news = threading.Condition()
        self._ended = False
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self._errors: List[str] = []
        self._readers = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        listening = self._first("listening", _START)
        if listening is None:
            self.close()
            raise RuntimeError("the simulator did not start: " + "".join(self._errors).strip())
        self.host, _, port = listening["address"].rpartition(":")
        self.port = int(port)

    @property
    def connections(self) -> int:
        """How many connections were accepted so far, refused ones included."""
        return len(self._of("client-connected"))

    @property
    def clients(self) -> int:
        """How many connections stand now."""
        return self.connections - len(self._of("client-ended"))

    @property
    def requests(self) -> List[Request]:
        """What the clients asked so far, the start of each session included."""
        return [
            Request(it["connection"], it.get("client_id"), it["message"], it.get("name", ""))
            for it in self._of("client-asked")
        ]

    @property
    def refusals(self) -> List[str]:
        """What the simulator said on stderr: requests that it refused."""
        return list(self._errors)

    def wait_for(self, condition: Callable[["Gateway"], Any], timeout: float = 10.0) -> None:
        """Waits until the condition holds, such as `lambda gateway: gateway.connections == 2`."""
        until = time.monotonic() + timeout
        with self._news:
            while not condition(self):
                left = until - time.monotonic()
                if left <= 0 or self._ended:
                    raise TimeoutError(f"not within {timeout} s; {self!r}")
                self._news.wait(left)

    def close(self) -> None:
        """Ends the simulator and cuts its clients."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        for reader in self._readers:
            reader.join()

    def __repr__(self) -> str:
        return (
            f"<Gateway {self.host}:{self.port} {self.scenario!r}, {self.connections} connections, "
            f"{len(self.requests)} requests>"
        )

    def _of(self, kind: str) -> List[Dict[str, Any]]:
        with self._news:
            return [event for event in self._events if event["event"] == kind]

    def _first(self, kind: str, timeout: float) -> Optional[Dict[str, Any]]:
        with self._news:
            self._news.wait_for(lambda: self._ended or self._of(kind), timeout)
        return next(iter(self._of(kind)), None)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                event = json.loads(line)
                with self._news:
                    self._events.append(event)
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            self._errors.extend(lines)


@pytest.fixture
def ib_gateway() -> Iterator[Callable[..., Gateway]]:
    """Starts simulated Gateways for this test: `ib_gateway(SCENARIO, server_version=178)`."""
    started: List[Gateway] = []

    def start(scenario: str = "normal", *, server_version: Optional[int] = None) -> Gateway:
        gateway = Gateway(scenario, server_version=server_version)
        started.append(gateway)
        return gateway

    yield start
    for gateway in started:
        gateway.close()
