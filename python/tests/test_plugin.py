"""The fixture `ib_gateway`, with real clients where they are installed."""

import asyncio
import socket
import time
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


def test_a_gateway_counts_connections_and_requests(ib_gateway):
    gateway = ib_gateway("normal")
    assert (gateway.connections, gateway.requests) == (0, [])
    with socket.create_connection((gateway.host, gateway.port)) as client:
        gateway.wait_for(lambda it: it.connections == 1)
        assert gateway.clients == 1
        # startApi: client id 7, without a version it is not read.
        client.sendall(b"API\0\0\0\0\x09v100..178")
        client.recv(100)
        client.sendall(b"\0\0\0\x08" + b"71\0" + b"2\0" + b"7\0" + b"\0")
        gateway.wait_for(lambda it: it.requests)
        assert (gateway.requests[0].message, gateway.requests[0].name) == (71, "START_API")
    gateway.wait_for(lambda it: it.clients == 0)


def test_two_gateways_at_once_listen_on_different_ports(ib_gateway):
    first, second = ib_gateway(), ib_gateway("silent")
    assert first.port != second.port


def test_a_wrong_scenario_is_told(ib_gateway):
    with pytest.raises(RuntimeError, match="no-such"):
        ib_gateway("no-such")


def test_a_condition_that_does_not_come_is_a_timeout(ib_gateway):
    gateway = ib_gateway()
    with pytest.raises(TimeoutError, match="0 connections"):
        gateway.wait_for(lambda it: it.connections == 1, timeout=0.05)


def test_the_simulator_ends_with_the_test(pytester):
    pytester.makepyfile(
        """
        def test_it(ib_gateway):
            gateway = ib_gateway()
            print("PORT", gateway.port)
        """
    )
    result = pytester.runpytest_subprocess("-s")
    result.assert_outcomes(passed=1)
    line = next(line for line in result.outlines if "PORT" in line)
    port = int(line.split()[-1].rstrip("."))
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


@pytest.mark.parametrize("library", ["ib_async", "ib_insync"])
def test_a_program_that_reconnects_is_seen_to(ib_gateway, library):
    module = pytest.importorskip(library)
    gateway = ib_gateway("normal; 2s:restart=1s; normal")

    async def program():
        ib = module.IB()
        await ib.connectAsync(gateway.host, gateway.port, clientId=7)
        until = time.monotonic() + 60
        while gateway.connections < 2 or not ib.isConnected():
            assert time.monotonic() < until, gateway
            if not ib.isConnected():
                try:
                    await ib.connectAsync(gateway.host, gateway.port, clientId=7)
                except (OSError, asyncio.TimeoutError):
                    pass
            await asyncio.sleep(0.05)
        positions = await ib.reqPositionsAsync()
        ib.disconnect()
        return positions

    asyncio.run(program())
    assert gateway.connections >= 2
    started = {request.connection for request in gateway.requests if request.message == 71}
    assert len(started) >= 2


BOT = '''
import os
import struct
import threading
import time

import bot


class Bot:
    """Connects again half a second after its session has ended."""

    def __init__(self, host, port):
        os.environ.update(IBDOC_TARGET_HOST=host, IBDOC_TARGET_PORT=str(port))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                with bot.connect(client_id=7) as session:
                    while session.recv(4096):
                        pass
            except (OSError, struct.error):
                pass
            time.sleep(0.5)


'''


def test_the_example_of_the_readme_passes(pytester):
    root = Path(__file__).parents[2]
    if not (root / "examples" / "bot.py").is_file():
        pytest.skip("the package alone, without the project")
    _, block = (root / "README.md").read_text().split("```python\n", 1)
    pytester.copy_example(str(root / "examples" / "bot.py"))
    pytester.makepyfile(BOT + block.split("```")[0])
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
