"""Orphans that change at a random moment while they are about to be ended.

usage: race.py

Each line of standard input is "racer CHANGE MICROSECONDS PORT", "go" or "end". After "racer" an
orphan connects to the port and is "ready PID". After "go" it waits so long, changes, and says "changed
NANOSECONDS": the moment of the change, taken inside the process. "end" ends
every process that was adopted, and says "ended".
"""
import ctypes
import os
import signal
import socket
import sys
import time

PORT = 0
PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 15, 36
LIBC = ctypes.CDLL(None, use_errno=True)
SAY = os.dup(1)


def say(line):
    os.write(SAY, f"{line}\n".encode())


def changed():
    say(f"changed {time.time_ns()}")


def nothing(kept):
    """For as long as a run takes."""


def reconnect(kept):
    again = socket.socket()
    again.connect(("127.0.0.1", PORT))
    return again


def fork(kept):
    """Has a child that holds nothing, and that an end may take along."""
    done, told = os.pipe()
    if os.fork() == 0:
        kept.close()
        os.write(told, b"d")
        time.sleep(1000)
    os.read(done, 1)


def execute(kept):
    # What follows the program's start is no part of this process any more.
    changed()
    kept.set_inheritable(True)
    os.execv("/bin/sleep", ["java", "1000"])


def nohup(kept):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def setsid(kept):
    os.setsid()


def listen(kept):
    return socket.create_server(("127.0.0.1", 0))


def share(kept):
    """Hands the socket to a process that is no child of this one, and a daemon."""
    done, told = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid()
            os.write(told, b"d")
            time.sleep(1000)
        os._exit(0)
    os.wait()
    # Until it leads a session it is an orphan as this one is.
    os.read(done, 1)


def call(kept):
    """Connects to another port, which is no Gateway's."""
    other = socket.create_server(("127.0.0.1", 0))
    one = socket.create_connection(other.getsockname())
    accepted, _ = other.accept()
    other.close()
    return one, accepted


CHANGES = {"nothing": nothing, "reconnect": reconnect, "fork": fork, "exec": execute, "nohup": nohup, "setsid": setsid,
           "listen": listen, "share": share, "call": call}


def racer(change, wait):
    """Forks an orphan; what is written to the returned descriptor lets it go."""
    start, go = os.pipe()
    if os.fork() == 0:
        os.close(go)
        os.setsid()
        launcher = os.getpid()
        if os.fork() != 0:
            os._exit(0)
        while os.getppid() == launcher:
            time.sleep(0.0005)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        end, output = os.pipe()
        os.close(end)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        LIBC.prctl(PR_SET_NAME, b"python3", 0, 0, 0)
        kept = socket.create_connection(("127.0.0.1", PORT))
        say(f"ready {os.getpid()}")
        os.read(start, 1)
        until = time.monotonic() + wait
        time.sleep(max(0, until - time.monotonic() - 0.001))
        while time.monotonic() < until:
            pass
        result = CHANGES[change](kept)
        changed()
        time.sleep(1000)
        os._exit(id(result) & 0)
    os.close(start)
    return go


def children():
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


def end():
    """Ends every process that was adopted, which are this process's own children by then."""
    # Those that one of them leaves are adopted when it has gone.
    while found := children():
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.001)


os.setsid()
LIBC.prctl(PR_SET_NAME, b"tini", 0, 0, 0)
if LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
    raise OSError(ctypes.get_errno(), "prctl")
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
go = None
for line in sys.stdin:
    words = line.split()
    if words[0] == "racer":
        PORT = int(words[3])
        go = racer(words[1], int(words[2]) / 1e6)
    elif words[0] == "go":
        os.write(go, b"g")
        os.close(go)
    else:
        end()
        say("ended")
end()
