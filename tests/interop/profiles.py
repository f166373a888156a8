"""Holds `handshake --as` against the real libraries: profiles.py IBDOC.

Each library connects to a simulated Gateway of its own, and ibdoc carries out the same start-up
against the same scenario: whether the library connects, what it raises and after how long have to
be what ibdoc says.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

IBDOC = sys.argv[1]
# The larger of the two, on a machine with time; a busy one gets another try.
SHARE = 0.15
SECONDS = 0.1
TRIES = 4

CONNECT = """
import importlib, logging, sys, time
logging.disable(logging.CRITICAL)
library, port, host = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ib = importlib.import_module(library).IB()
began = time.perf_counter()
try:
    ib.connect(host, port, clientId=7)
    outcome = "connected"
except BaseException as error:
    outcome = type(error).__name__
print(outcome, time.perf_counter() - began)
ib.disconnect()
"""

# A name whose first address takes packets and answers none; needs root for a host of its own.
DEAD_ADDRESS = """
set -e
ip link set lo up
printf '::1 gateway.test\\n127.0.0.1 gateway.test\\n' > "$1"
mount --bind "$1" /etc/hosts
ip6tables -A INPUT -d ::1 -j DROP
shift
exec "$@"
"""

REQUESTS = (
    "positions",
    "open-orders",
    "completed-orders",
    "account-updates",
    "account-values",
    "executions",
)
CASES = [
    ("normal", 226),
    *((f"sync-hangs={request}", 226) for request in REQUESTS),
    ("sync-hangs=open-orders,sync-hangs=executions", 226),
    ("executions-no-end", 226),
    ("accounts-late=3", 226),
    ("accounts-late=5", 226),
    ("next-id-missing", 226),
    ("accounts-empty", 226),
    ("silent", 226),
    ("close-on-accept", 226),
    ("close-after-version", 226),
    ("close-after-start", 226),
    ("client-id-in-use", 226),
    # During the start-up, and after it.
    ("sync-hangs=positions,drops-after=1", 226),
    ("sync-hangs=executions,drops-after=1", 226),
    ("drops-after=3", 226),
    ("read-only", 226),
    # What the Gateway says, and what it refuses.
    ("says=10141", 226),
    ("says=2151,sync-hangs=positions", 226),
    ("says=2101,sync-hangs=account-updates", 226),
    ("refuses=account-values", 226),
    ("refuses=executions", 226),
    ("port-changed", 226),
    ("pacing,upstream-lost,farm-down,competing-session,account-not-ready", 226),
    ("flapping=1", 226),
    ("id-stuck", 226),
    ("accounts-missing", 226),
    ("reset-on-accept", 226),
    ("stops-answering-after=0.05", 226),
    ("tls", 226),
    ("http", 226),
    ("huge-frame", 226),
    ("normal", 157),
    ("normal", 150),
]


class Simulator:
    def __init__(self, scenario, version):
        command = [IBDOC, "sim", "--port", "0", "--scenario", scenario, "--server-version", str(version)]
        command += ["--deadline", "60s"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = self.process.stdout.readline().strip().rsplit(":", 1)[1]

    def __enter__(self):
        return self.port

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def real(library, scenario, version):
    with Simulator(scenario, version) as port:
        command = [sys.executable, "-c", CONNECT, library, port, HOST]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    outcome, seconds = ran.stdout.split()
    return outcome, float(seconds)


def profile(library, scenario, version):
    with Simulator(scenario, version) as port:
        command = [IBDOC, "handshake", f"{HOST}:{port}", "--as", library, "--as-is", "--json", "--gap", "0s"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    (client,) = json.loads(ran.stdout)["handshake"]["clients"]
    return client


def compare(library, scenario, version):
    """What differs, or nothing."""
    outcome, seconds = real(library, scenario, version)
    client = profile(library, scenario, version)
    line = f"{library} {scenario} at {version}: {outcome} after {seconds:.2f} s; ibdoc: {client['says']}"
    if (client["outcome"] == "connects") != (outcome == "connected"):
        return line, "verdict"
    # Whether the reset comes before asyncio has looked at its new connection is not ibdoc's to say.
    if outcome == "ConnectionResetError":
        return line, None if outcome in client["says"] else "error"
    if outcome == "TimeoutError" and "TimeoutError" not in client["says"] and version >= 157:
        return line, "error"
    said = client["elapsed_ms"]
    if said is not None and abs(said / 1000 - seconds) > max(SHARE * seconds, SECONDS):
        return line, f"time: {said / 1000:.2f} s"
    return line, None


def checked(case):
    for _ in range(TRIES):
        line, wrong = compare(*case)
        if wrong is None:
            break
    print(f"FAILED ({wrong}) {line}" if wrong else f"ok {line}", flush=True)
    return wrong is None


def run(cases):
    cases = [(library, *case) for library in ("ib_insync", "ib_async") for case in cases]
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(checked, cases))
    print(f"{sum(results)} of {len(results)} profiles agree", flush=True)
    return all(results)


def dead_address():
    """The same once more on a host of its own; true also where there can be none."""
    trial = ["unshare", "--net", "--mount", "ip6tables", "--list"]
    try:
        allowed = subprocess.run(trial, capture_output=True).returncode == 0
    except OSError:
        allowed = False
    if not allowed:
        print("skipped: a dead first address (needs root, unshare and ip6tables)")
        return True
    hosts = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"ibdoc-hosts-{os.getpid()}")
    shell = ["unshare", "--net", "--mount", "sh", "-c", DEAD_ADDRESS, "sh", hosts]
    try:
        own = [sys.executable, __file__, IBDOC, "gateway.test"]
        return subprocess.run(shell + own).returncode == 0
    finally:
        if os.path.exists(hosts):
            os.remove(hosts)


HOST = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
if HOST == "127.0.0.1":
    agreed = run(CASES)
    agreed = dead_address() and agreed
else:
    agreed = run([("normal", 226)])
sys.exit(not agreed)
