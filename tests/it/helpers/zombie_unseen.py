"""A Gateway and its client as user ARGUMENT, and perhaps a supervisor that this user cannot read.

usage: unseen.py KIND USER

The keeper adopts orphans, as the user, and ends everybody when its standard input ends. It says
"port PORT" for the Gateway and "ready PID NAME" for each client.
"""
import ctypes
import os
import signal
import socket
import sys
import time

PR_SET_DUMPABLE, PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 4, 15, 36
KIND, USER = sys.argv[1], int(sys.argv[2])
LIBC = ctypes.CDLL(None, use_errno=True)


def drop():
    """Becomes the user, who may read it."""
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    dumpable(1)


def dumpable(value):
    if LIBC.prctl(PR_SET_DUMPABLE, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def rest():
    while True:
        time.sleep(1000)


def gateway():
    """Listens, takes one connection and closes it; returns its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    if os.fork() == 0:
        os.setsid()
        drop()
        listener.accept()[0].close()
        rest()
    port = listener.getsockname()[1]
    listener.close()
    os.write(1, f"port {port}\n".encode())
    return port


def broken_output():
    """Leads the output nowhere, as that of a worker whose parent has crashed."""
    end, output = os.pipe()
    os.close(end)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)


def launch(as_user):
    """Has a worker that runs in a session whose leader has ended."""
    if os.fork() == 0:
        os.setsid()
        if as_user:
            drop()
        else:
            dumpable(1)
        launcher = os.getpid()
        if os.fork() == 0:
            while os.getppid() == launcher:
                time.sleep(0.001)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            said = os.dup(1)
            broken_output()
            LIBC.prctl(PR_SET_NAME, b"python3", 0, 0, 0)
            os.write(said, f"ready {os.getpid()} client\n".encode())
            rest()
        os._exit(0)


def supervise(port):
    """Connects, hands the connection down and keeps it until what is returned is closed."""
    end, kept_open = os.pipe()
    if os.fork() == 0:
        os.close(kept_open)
        os.setsid()
        if KIND != "root":
            drop()
        kept = socket.create_connection(("127.0.0.1", port))
        if KIND == "undumpable":
            dumpable(0)
        launch(KIND == "root")
        if KIND == "alone":
            os._exit(0)
        os.read(end, 1)
        os._exit(0)
    return kept_open


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


def keep(kept_open):
    """Adopts every orphan and ends them all, which are this process's own children by then."""
    sys.stdin.buffer.read()
    os.close(kept_open)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    while True:
        for pid in children():
            try:
                os.kill(pid, signal.SIGKILL)
            except PermissionError:
                # The supervisor that is root ends by itself.
                pass
        try:
            os.wait()
        except ChildProcessError:
            os._exit(0)


signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.setsid()
LIBC.prctl(PR_SET_NAME, b"tini", 0, 0, 0)
if LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
    raise OSError(ctypes.get_errno(), "prctl")
kept_open = supervise(gateway())
drop()
keep(kept_open)
