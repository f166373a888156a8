"""Orphans that change at a random moment while they are about to be ended.

usage: race.py

Each line of standard input is "racer CHANGE MICROSECONDS PORT", "go" or "end". After "racer" an
orphan connects to the port and is "ready PID". After "go" it waits so long, changes, and says "changed
NANOSECONDS": the moment by which the change is complete, taken inside the process. What needs a second
process has it before the first is ready; where that one makes the change, it takes the moment. "end"
ends every process that was adopted, and says "ended".
"""
import array
import ctypes
import os
import signal
import socket
import sys
import time

PORT = 0
PR_SET_NAME, PR_SET_CHILD_SUBREAPER, PR_SET_PTRACER = 15, 36, 0x59616D61
PTRACE_SEIZE = 0x4206
LIBC = ctypes.CDLL(None, use_errno=True)
SAY = os.dup(1)


def say(line):
    os.write(SAY, f"{line}\n".encode())


def changed():
    say(f"changed {time.time_ns()}")


def wait_until(moment):
    time.sleep(max(0, moment - time.monotonic() - 0.001))
    while time.monotonic() < moment:
        pass


class Change:
    """What an orphan does; `prepare` runs before it is ready, `make` at the moment."""

    def __init__(self, make, prepare=lambda kept: None, second=None):
        self.make, self.prepare, self.second = make, prepare, second


def reconnect(kept, _):
    again = socket.socket()
    again.connect(("127.0.0.1", PORT))
    return again


def reconnect_late(kept, prepared):
    """On a descriptor that it has had before."""
    prepared.connect(("127.0.0.1", PORT))


def fork(kept, _):
    """Has a child that holds nothing, and that an end may take along."""
    done, told = os.pipe()
    if os.fork() == 0:
        kept.close()
        os.write(told, b"d")
        time.sleep(1000)
    os.read(done, 1)


def execute(kept, _):
    # The new program takes the moment.
    kept.set_inheritable(True)
    os.set_inheritable(SAY, True)
    new = f'echo "changed ${{EPOCHREALTIME/[.,]/}}000" >&{SAY}; exec -a java sleep 1000'
    os.execv("/bin/bash", ["java", "-c", new])


def nohup(kept, _):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def share(kept, _):
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


def call(kept, _):
    """Connects to another port, which is no Gateway's."""
    other = socket.create_server(("127.0.0.1", 0))
    one = socket.create_connection(other.getsockname())
    accepted, _ = other.accept()
    other.close()
    return one, accepted


def hand(kept, name):
    """Hands the socket to a process that runs already, and says nothing: that one does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        rights = array.array("i", [kept.fileno()])
        sender.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)], 0, name)
    return NotImplemented


def receive(kept, _, inbox):
    rights = array.array("i", [0])
    _, data, _, _ = inbox.recvmsg(1, socket.CMSG_SPACE(rights.itemsize))
    changed()
    return data


def stream(kept, prepared):
    """Connects to a unix socket at whose other end a process lives."""
    one, name = prepared
    one.connect(name)
    one.recv(1)


def accept(kept, _, server):
    accepted, _ = server.accept()
    accepted.send(b"x")
    return accepted


def trace(orphan, moment, _):
    """A debugger attaches; the orphan goes on as before."""
    wait_until(moment())
    if LIBC.ptrace(PTRACE_SEIZE, orphan, 0, 0) == 0:
        changed()


def wait_for_tracer(kept, _):
    return NotImplemented


def allow_tracer(kept):
    LIBC.prctl(PR_SET_PTRACER, -1, 0, 0, 0)


def stop(kept, _):
    """Is stopped, which forbids nothing: it gets SIGTERM and SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


def unix_server(kind):
    server = socket.socket(socket.AF_UNIX, kind)
    # An abstract name, which the kernel chooses.
    server.bind("")
    if kind == socket.SOCK_STREAM:
        server.listen()
    return server


CHANGES = {
    "nothing": Change(lambda kept, _: None),
    "reconnect": Change(reconnect),
    "reconnect-late": Change(reconnect_late, lambda kept: socket.socket()),
    "fork": Change(fork),
    "exec": Change(execute),
    "nohup": Change(nohup),
    "setsid": Change(lambda kept, _: os.setsid()),
    "setpgid": Change(lambda kept, _: os.setpgid(0, 0)),
    "listen": Change(lambda kept, _: socket.create_server(("127.0.0.1", 0))),
    "share": Change(share),
    "call": Change(call),
    "udp": Change(lambda kept, one: one.connect(("127.0.0.1", 9)),
                  lambda kept: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
    "stream": Change(stream, second=(socket.SOCK_STREAM, accept)),
    "hand": Change(hand, second=(socket.SOCK_DGRAM, receive)),
    "trace": Change(wait_for_tracer, allow_tracer, second=(None, trace)),
    "stop": Change(stop),
}


def second(work, server):
    """A process that lives beside the orphan; what is written to the descriptor lets it go."""
    start, go = os.pipe()
    if os.fork() == 0:
        os.close(go)
        os.setsid()
        orphan, wait = os.read(start, 32).split()
        moment = lambda: (os.read(start, 1), time.monotonic() + int(wait) / 1e6)[1]
        kept = work(int(orphan), moment, server)
        time.sleep(1000)
        os._exit(id(kept) & 0)
    os.close(start)
    return go


def racer(name, wait):
    """Forks an orphan; what is written to the returned descriptors lets it go."""
    change, others, server = CHANGES[name], [], None
    if change.second:
        kind, work = change.second
        server = kind and unix_server(kind)
        others = [second(work, server)]
    address = server and server.getsockname()
    start, go = os.pipe()
    tell, told = os.pipe()
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
        for other in others:
            os.close(other)
        LIBC.prctl(PR_SET_NAME, b"python3", 0, 0, 0)
        kept = socket.create_connection(("127.0.0.1", PORT))
        prepared = change.prepare(kept)
        if server:
            server.close()
            prepared = address
        if name == "stream":
            prepared = socket.socket(socket.AF_UNIX), address
        os.write(told, str(os.getpid()).encode())
        os.close(told)
        say(f"ready {os.getpid()}")
        os.read(start, 1)
        wait_until(time.monotonic() + wait / 1e6)
        result = change.make(kept, prepared)
        if result is not NotImplemented:
            changed()
        time.sleep(1000)
        os._exit(id(result) & 0)
    os.close(start)
    os.close(told)
    pid = os.read(tell, 32)
    os.close(tell)
    for other in others:
        os.write(other, (pid + b" %d" % wait).ljust(32))
    if server:
        server.close()
    return [go, *others]


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
gates = []
for line in sys.stdin:
    words = line.split()
    if words[0] == "racer":
        PORT = int(words[3])
        gates = racer(words[1], int(words[2]))
    elif words[0] == "go":
        for gate in gates:
            os.write(gate, b"g")
            os.close(gate)
    else:
        end()
        say("ended")
end()
