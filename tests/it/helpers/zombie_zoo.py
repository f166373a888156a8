"""Clients of a Gateway in every state of abandonment, each kept by a keeper that ends them all.

usage: zoo.py KIND PORT [ARGUMENT]

The keeper adopts orphans, as tini does, so that the tests do not depend on who does so here.
It says "ready PID NAME" for each client and ends them all when its standard input ends.
"""
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import termios
import threading
import time

PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 15, 36
IO_URING_SETUP, IO_URING_REGISTER, IORING_REGISTER_FILES = 425, 427, 2
KIND, PORT = sys.argv[1], int(sys.argv[2])
ARGUMENT = sys.argv[3] if len(sys.argv) > 3 else ""
LIBC = ctypes.CDLL(None, use_errno=True)


# What the keeper's tests read: not among the standard descriptors, by which a client is judged.
SAY = int(os.environ.get("ZOO_SAY") or fcntl.fcntl(1, fcntl.F_DUPFD, 100))
os.environ["ZOO_SAY"] = str(SAY)


def say(line):
    os.write(SAY, f"{line}\n".encode())


def ready(name, pid=None):
    say(f"ready {pid or os.getpid()} {name}")


def broken_output():
    """Leads the output nowhere, as that of a worker whose parent has crashed."""
    end, output = os.pipe()
    os.close(end)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)


def connect(port=None):
    return socket.create_connection(("127.0.0.1", port or PORT), timeout=10)


def rest():
    while True:
        time.sleep(1000)


def children():
    """The pids whose parent this process is."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as stat:
                    if int(stat.read().rsplit(")", 1)[1].split()[1]) == os.getpid():
                        found.append(int(entry))
            except (OSError, IndexError):
                pass
    return found


# A test run under nohup hands its ignored SIGHUP down, which would make everybody detached.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def keep():
    """Adopts every orphan and ends them all, which are this process's own children by then."""
    sys.stdin.buffer.read()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    while True:
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            os._exit(0)


def become_keeper():
    os.setsid()
    LIBC.prctl(PR_SET_NAME, b"tini", 0, 0, 0)
    if LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    # Whoever ends is reaped at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def orphaned(client):
    """Runs client in a session whose leader has ended, adopted by the keeper."""
    if os.fork() == 0:
        os.setsid()
        done, told = os.pipe()
        if os.fork() == 0:
            os.close(done)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # Not before its parent has gone, so that nobody sees it supervised.
            parent = os.getppid()
            os.close(told)
            while os.getppid() == parent:
                time.sleep(0.001)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            broken_output()
            LIBC.prctl(PR_SET_NAME, b"python3", 0, 0, 0)
            client()
            rest()
        os.close(told)
        os.read(done, 1)
        os._exit(0)


def plain():
    global kept
    kept = connect()
    ready("client")


def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    plain()


def deaf():
    """Says that it was asked to end, and goes on."""
    signal.signal(signal.SIGTERM, lambda *_: ready("asked"))
    plain()


def fickle():
    """Connects elsewhere when it is asked to end."""
    signal.signal(signal.SIGTERM, lambda *_: connect_elsewhere())
    plain()


def connect_elsewhere():
    global elsewhere
    server = socket.create_server(("127.0.0.1", 0))
    other = socket.create_connection(server.getsockname())
    accepted, _ = server.accept()
    server.close()
    elsewhere = other, accepted


def renewing():
    """Hands its socket to a child when it is asked to end, and ends."""
    signal.signal(signal.SIGTERM, lambda *_: hand_over())
    plain()


def hand_over():
    if os.fork() != 0:
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ready("heir")


def stopped():
    plain()
    os.kill(os.getpid(), signal.SIGSTOP)


def pool():
    plain()
    for _ in range(2):
        if os.fork() == 0:
            ready("worker")
            rest()


def boss():
    """Has a child that shares nothing with it, and that it would take along."""
    if os.fork() == 0:
        rest()
    plain()


def headless_boss():
    """Has a child whose main thread has exited, and that runs on."""
    if os.fork() == 0:
        end_main_thread()
    plain()


def master():
    """Its worker holds the socket, and it holds none."""
    if os.fork() == 0:
        plain()
        rest()


def leaking():
    """A child of a living parent that reads to the end and does not close."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if os.fork() == 0:
        plain()
        while kept.recv(100):
            pass
        rest()


def reader():
    """Says what it reads from its connection when it gets SIGUSR1."""
    def read(*_):
        kept.settimeout(10)
        say(f"read {[kept.recv(100), kept.recv(100)]}")
    signal.signal(signal.SIGUSR1, read)
    plain()


def supervising():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if os.fork() == 0:
        plain()
        rest()


def nohup():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    plain()


def leader():
    os.setsid()
    plain()


def daemon():
    global kept
    kept = connect()
    ready("client")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def at_terminal():
    """In a session whose leader lives and has a terminal, as after `(bot &)` in an open shell."""
    os.setsid()
    terminal = os.openpty()[1]
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    if os.fork() == 0:
        parent = os.getpid()
        if os.fork() == 0:
            while os.getppid() == parent:
                time.sleep(0.001)
            plain()
            rest()
        os._exit(0)


def also_connected():
    global other
    other = connect(int(ARGUMENT))
    plain()


def in_ring():
    """Its connection to the port in ARGUMENT is registered with an io_uring, and is no descriptor."""
    if registered_with_ring() is not None:
        plain()


def in_closed_ring():
    """The same, and of the ring nothing is left but its memory."""
    ring = registered_with_ring()
    if ring is not None:
        LIBC.mmap.restype = ctypes.c_void_p
        LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
        shared, readable_and_writable = 1, 3
        memory = LIBC.mmap(None, 4096, readable_and_writable, shared, ring, 0)
        assert memory != ctypes.c_void_p(-1).value
        os.close(ring)
        plain()


def registered_with_ring():
    other = connect(int(ARGUMENT))
    parameters = ctypes.create_string_buffer(120)
    ring = LIBC.syscall(IO_URING_SETUP, 4, parameters)
    files = (ctypes.c_int * 1)(other.fileno())
    if ring < 0 or LIBC.syscall(IO_URING_REGISTER, ring, IORING_REGISTER_FILES, files, 1) != 0:
        ready("no-io_uring")
        return None
    other.close()
    return ring


def listening():
    global other
    other = socket.create_server(("127.0.0.1", 0))
    plain()


def shared():
    """Its child holds the socket too, and is a server."""
    plain()
    if os.fork() == 0:
        global other
        other = socket.create_server(("127.0.0.1", 0))
        ready("server")
        rest()


def self_pipe():
    """Holds both ends of a pair of unix sockets, as an event loop does to wake itself."""
    global pair
    pair = socket.socketpair()
    plain()


def paired_pool():
    """Has a worker that holds its socket too and is connected to it by unix sockets, as by
    multiprocessing's Pipe."""
    global kept, pair
    ours, theirs = socket.socketpair()
    kept = connect()
    if os.fork() == 0:
        ours.close()
        pair = theirs
        ready("worker")
        rest()
    theirs.close()
    pair = ours
    ready("client")


def on_screen():
    """Has a connection to the unix socket that ARGUMENT names, such as a display's."""
    global other
    other = socket.socket(socket.AF_UNIX)
    other.connect(ARGUMENT)
    plain()


def apart():
    """A thread with descriptors of its own has a connection to port ARGUMENT that is up."""
    def connected():
        # CLONE_FILES, for this thread alone.
        if LIBC.unshare(0x400) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        global other
        other = connect(int(ARGUMENT))
        plain()
        rest()
    global kept
    kept = connect()
    threading.Thread(target=connected).start()


def of_thread():
    """Its connection is a descriptor of one thread alone."""
    def connected():
        # CLONE_FILES, for this thread alone.
        if LIBC.unshare(0x400) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        plain()
        rest()
    threading.Thread(target=connected).start()


def by_mptcp():
    """Its connection is a socket of MPTCP, of which the kernel's table shows the path."""
    global kept
    try:
        kept = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    except OSError:
        return plain()
    kept.connect(("127.0.0.1", PORT))
    ready("client")


def kept_by_ring():
    """What it keeps is registered with an io_uring, and is no descriptor."""
    global kept
    kept = registered_with_ring()
    if kept is not None:
        ready("client")


def handing_down():
    """A server has an orphan with its connection, and keeps that; with ARGUMENT, in one thread only
    and beside so many others."""
    global kept, other
    other = socket.create_server(("127.0.0.1", 0))
    kept = connect()

    def client():
        other.close()
        ready("client")
    orphaned(client)
    if ARGUMENT:
        is_apart = threading.Event()

        def keep_apart():
            # CLONE_FILES, for this thread alone.
            if LIBC.unshare(0x400) != 0:
                raise OSError(ctypes.get_errno(), "unshare")
            is_apart.set()
            rest()
        threading.Thread(target=keep_apart).start()
        is_apart.wait()
        kept.close()
        for _ in range(int(ARGUMENT)):
            threading.Thread(target=rest).start()
    ready("server")


def headless():
    """Its main thread has exited, and another one holds the connection."""
    plain()
    end_main_thread()


def end_main_thread():
    threading.Thread(target=rest).start()
    # exit(2), which ends one thread.
    LIBC.syscall(60 if os.uname().machine == "x86_64" else 93, 0)


def again(name, path=__file__):
    """Becomes this program again, under another name or path."""
    os.execv(sys.executable, [name, path, "bare", str(PORT)])


def renamed():
    again(ARGUMENT)


def renamed_listening():
    os.execv(sys.executable, [ARGUMENT, __file__, "bare-listening", str(PORT)])


def datagram():
    """Has a connected UDP socket, as a client of a log or of a clock."""
    global other
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.connect(("127.0.0.1", 9))
    plain()


def on_terminal():
    """Has an open terminal as its output, and no leader of its session any more."""
    plain_master, terminal = os.openpty()
    if os.fork() == 0:
        # Its other end is held by a process that lives on.
        os.close(terminal)
        rest()
    os.close(plain_master)
    os.dup2(terminal, 1)
    os.dup2(terminal, 2)
    os.close(terminal)
    become_grandchild(plain)


def become_grandchild(client):
    """Runs client as an orphan of this process, which ends."""
    parent = os.getpid()
    if os.fork() != 0:
        os._exit(0)
    while os.getppid() == parent:
        time.sleep(0.001)
    client()


def read():
    """Another process, which lives, reads its output, as cron does."""
    end, output = os.pipe()
    if os.fork() == 0:
        os.close(output)
        rest()
    os.close(end)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    become_grandchild(plain)


def job():
    os.setpgid(0, 0)
    plain()


def stopped_job():
    os.setpgid(0, 0)
    stopped()


def logging():
    # Before it says that it is ready.
    log = os.open(__file__ + ".log", os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    plain()


def tracked():
    """Has multiprocessing's resource tracker as a child."""
    from multiprocessing import resource_tracker
    plain()
    resource_tracker.ensure_running()
    wait_for_program(resource_tracker._resource_tracker._pid)


def sleeping():
    """Has a sleep as a child, as a shell's loop has."""
    plain()
    child = subprocess.Popen(["sleep", "1000"], stdout=subprocess.DEVNULL)
    wait_for_program(child.pid)


def wait_for_program(pid):
    own = open("/proc/self/cmdline").read()
    while open(f"/proc/{pid}/cmdline").read() in ("", own):
        time.sleep(0.001)
    ready("helped")


def moved():
    again("python3", ARGUMENT)


def other_user():
    os.execvp("setpriv", ["setpriv", f"--reuid={ARGUMENT}", f"--regid={ARGUMENT}",
                          "--clear-groups", sys.executable, "-c", CLIENT, str(PORT)])


def java():
    os.dup2(SAY, 1)
    os.execvp("java", ["java", ARGUMENT, str(PORT)])


CLIENT = """import os,socket,sys,time
kept = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
os.write(int(os.environ["ZOO_SAY"]), f"ready {os.getpid()} client\\n".encode())
time.sleep(1000)
"""


def inside():
    """As pid 1 of a pid namespace: a worker, an orphan, a Gateway, and ibdoc as ARGUMENT."""
    signal.alarm(60)
    gateway = socket.create_server(("127.0.0.1", 0))
    global PORT
    PORT = gateway.getsockname()[1]

    def client():
        gateway.close()
        plain()

    if os.fork() == 0:
        client()
        rest()
    orphaned(client)
    for _ in range(2):
        connection, _ = gateway.accept()
        connection.close()
    command = [ARGUMENT, "zombies", "--port", str(PORT), "--kill", "--min-age", "0s", "--json"]
    deadline = time.time() + 10
    while time.time() < deadline:
        time.sleep(0.05)
        with open("/proc/net/tcp") as table:
            rows = [line.split() for line in table.readlines()[1:]]
        waiting = [row for row in rows
                   if row[3] == "08" and int(row[2].split(":")[1], 16) == PORT]
        if len(waiting) == 2:
            break
    answer = subprocess.run(command, stdout=subprocess.PIPE)
    os.write(SAY, answer.stdout)
    os._exit(answer.returncode)


KINDS = {
    "orphan": plain, "stubborn": stubborn, "deaf": deaf, "fickle": fickle, "renewing": renewing, "stopped": stopped, "pool": pool, "boss": boss,
    "supervised": supervising, "terminal": at_terminal, "nohup": nohup, "setsid": leader, "daemon": daemon,
    "connected": also_connected, "in-ring": in_ring, "in-closed-ring": in_closed_ring, "listening": listening, "shared": shared,
    "handing-down": handing_down, "headless": headless, "renamed": renamed, "moved": moved, "other-user": other_user,
    "java": java, "on-screen": on_screen, "self-pipe": self_pipe, "paired-pool": paired_pool, "apart": apart, "master": master,
    "datagram": datagram, "on-terminal": on_terminal, "read": read, "job": job, "stopped-job": stopped_job, "logging": logging,
    "tracked": tracked, "sleeping": sleeping, "renamed-listening": renamed_listening,
    "of-thread": of_thread, "by-mptcp": by_mptcp, "kept-by-ring": kept_by_ring, "headless-boss": headless_boss, "reader": reader, "leaking": leaking,
}

if KIND == "bare":
    plain()
    rest()
elif KIND == "bare-listening":
    listening()
    rest()
elif KIND == "inside":
    inside()
else:
    become_keeper()
    orphaned(KINDS[KIND])
    keep()
