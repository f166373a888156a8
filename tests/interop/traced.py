"""What `ibdoc trace` says of real clients: traced.py IBDOC OFFICIAL.

A simulated Gateway leaves one request of a start-up unanswered. The right one has to be named for six
requests and four clients: by the DEBUG log of ib_async and ib_insync, by a capture of each of the four, and
by a recording and a capture of `ibdoc tap`, through which all of them connect. All agree, and so does what tap
says itself. OFFICIAL is where a newer official client is installed.
"""

import concurrent.futures
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
# The names of the simulated Gateway, and the message ids.
REQUESTS = {
    "positions": 61,
    "open-orders": 5,
    "completed-orders": 99,
    "account-updates": 6,
    "account-values": 76,
    "executions": 7,
}
CLIENTS = ["ib_async", "ib_insync", "official", "stoqey"]
# Seconds for what takes milliseconds.
PATIENCE = 60


def until(what, done):
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def library(name, port, log):
    """The start-up of ib_async or ib_insync, with a DEBUG log."""
    import importlib
    import logging

    form = "%(asctime)s %(name)s %(levelname)s %(message)s"
    logging.basicConfig(filename=log, level=logging.DEBUG, format=form)
    ib = importlib.import_module(name).IB()
    try:
        ib.connect("127.0.0.1", port, clientId=7, timeout=4)
    except TimeoutError:
        # ib_insync gives up where executions are not finished.
        return
    ib.disconnect()


def official(port):
    """The same requests by the official client, which waits for none of them."""
    import threading

    from ibapi.client import EClient
    from ibapi.execution import ExecutionFilter
    from ibapi.wrapper import EWrapper

    class Client(EWrapper, EClient):
        def __init__(self):
            EClient.__init__(self, self)
            self.ready = threading.Event()

        def nextValidId(self, orderId):
            self.ready.set()

    client = Client()
    client.connect("127.0.0.1", port, 7)
    threading.Thread(target=client.run, daemon=True).start()
    assert client.ready.wait(PATIENCE)
    client.reqPositions()
    client.reqOpenOrders()
    client.reqCompletedOrders(False)
    client.reqAccountUpdates(True, "DU9000021")
    client.reqAccountUpdatesMulti(1, "DU9000021", "", False)
    client.reqExecutions(2, ExecutionFilter())
    time.sleep(4.2)
    client.disconnect()


class Capture:
    """tcpdump on one port of the loopback interface; nothing where it cannot capture."""

    def __init__(self, port, file, log):
        self.process, self.port, self.file, self.log = None, int(port), file, log
        if not shutil.which("tcpdump"):
            return
        # With `--immediate-mode` a packet takes 64 KiB of the buffer, whose usual 2 MiB are 32 packets: what a
        # start-up sends while tcpdump waits for a processor. -B counts in KiB.
        command = ["tcpdump", "-U", "--immediate-mode", "-B", "65536", "-i", "lo"]
        command += ["-w", str(file), f"tcp port {port}"]
        self.process = subprocess.Popen(command, stderr=open(log, "w"), stdout=subprocess.DEVNULL)
        over = lambda: self.process.poll() is not None
        until("tcpdump listens", lambda: over() or "listening on" in log.read_text())
        if over():
            self.process = None

    def end(self):
        """Ends it once it has written the packets of a connection that nothing accepts any more.

        What is wrong with it, if packets were lost."""
        if not self.process:
            return []
        with socket.socket() as last:
            last.bind(("127.0.0.1", 0))
            ports = struct.pack(">HH", last.getsockname()[1], self.port)
            last.connect_ex(("127.0.0.1", self.port))
        until("tcpdump writes the last packet", lambda: ports in self.file.read_bytes())
        self.process.terminate()
        self.process.wait()
        said = self.log.read_text()
        return [] if "\n0 packets dropped by kernel" in said else [f"{self.file.name}: {said}"]


def named(ibdoc, recording):
    """The requests that a recording says were never finished, by what is found and by the list."""
    ran = subprocess.run([ibdoc, "trace", "--json", str(recording)], capture_output=True, text=True)
    report = json.loads(ran.stdout)
    return said(report, report["trace"])


def said(report, trace):
    """The same of a report."""
    requests = [it for session in trace["sessions"] for it in session["requests"]]
    listed = {it["id"] for it in requests if it["end"] == "unfinished"}
    found = [it["summary"] for it in report["findings"] if it["code"] == "sync-timeout"]
    return listed, {id for id in REQUESTS.values() if any(f"({id})" in it for it in found)}


class Tap:
    """ibdoc tap in front of a port, which records what goes through it."""

    def __init__(self, ibdoc, port, folder, name):
        self.files = [folder / f"{name}.tap", folder / f"{name}.tap.pcap"]
        command = [ibdoc, "tap", port, "--listen", "0", "--json", "--write", str(self.files[0])]
        command += ["--pcap", str(self.files[1])]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # listening on 127.0.0.1:PORT for …
        self.port = self.process.stderr.readline().split()[2].rsplit(":", 1)[1]

    def end(self):
        """What it says of the session."""
        self.process.terminate()
        said, _ = self.process.communicate(timeout=PATIENCE)
        return json.loads(said)


def case(ibdoc, newer, client, request, folder):
    """What is wrong with one client and one request, and whether it was captured."""
    sim = [ibdoc, "sim", "--port", "0", "--scenario", f"sync-hangs={request}", "--deadline", "120s"]
    gateway = subprocess.Popen(sim, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    port = gateway.stdout.readline().strip().rsplit(":", 1)[1]
    tap = Tap(ibdoc, port, folder, f"{client}-{request}")
    log, pcap = folder / f"{client}-{request}.log", folder / f"{client}-{request}.pcap"
    capture = Capture(port, pcap, folder / f"{client}-{request}.tcpdump")
    environment = dict(os.environ)
    if client == "stoqey":
        command = ["node", str(HERE / "traced_stoqey.js"), tap.port]
    else:
        command = [sys.executable, __file__, "--client", client, tap.port, str(log)]
        if client == "official":
            environment["PYTHONPATH"] = newer
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    report = tap.end()
    gateway.terminate()
    gateway.wait()
    wrong = capture.end()
    if ran.returncode != 0:
        wrong.append(f"{client}: {ran.stderr[-500:]}")
    recordings = ([log] if log.exists() else []) + ([pcap] if capture.process else []) + tap.files
    told = [(recording.name, named(ibdoc, recording)) for recording in recordings]
    told.append(("tap itself", said(report, report["tap"]["trace"])))
    for recording, (listed, found) in told:
        expected = {REQUESTS[request]}
        if (listed, found) != (expected, expected):
            wrong.append(f"{client} {recording}: listed {listed}, found {found}, expected {expected}")
    return wrong, bool(capture.process)


def main(ibdoc, newer):
    with tempfile.TemporaryDirectory() as folder:
        cases = [(client, request) for client in CLIENTS for request in REQUESTS]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            results = list(pool.map(lambda it: case(ibdoc, newer, *it, Path(folder)), cases))
    wrong = [line for lines, _ in results for line in lines]
    if not all(captured for _, captured in results):
        print("traced: captures skipped: tcpdump is missing or may not capture")
    for line in wrong:
        print("FAILED traced", line)
    print(f"traced: {len(cases)} sessions, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1] == "--client":
        _, _, which, its_port, its_log = sys.argv
        official(int(its_port)) if which == "official" else library(which, int(its_port), its_log)
    else:
        sys.exit(main(sys.argv[1], sys.argv[2]))
