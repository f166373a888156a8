"""One client in one situation: its Gateway, its folder, what was started for it and how all of it ends."""
import fcntl
import json
import os
import pathlib
import pwd
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CLOSE_WAIT = "08"
# The longest that one thing is waited for, and all of one check of a situation, in seconds.
PATIENCE, LIMIT = 60, 120
CHECK = threading.local()


class Skipped(Exception):
    """Why a situation cannot be made here."""


def begin_check():
    """What this thread waits for from now on takes no longer than one check may."""
    CHECK.until = time.monotonic() + LIMIT


def patience():
    """How long a thing may still be waited for."""
    return max(0, min(PATIENCE, CHECK.until - time.monotonic()))


def eventually(what, probe):
    """Waits until the probe gives something true, and returns it."""
    began, deadline = time.monotonic(), time.monotonic() + patience()
    while time.monotonic() < deadline:
        found = probe()
        if found:
            return found
        time.sleep(0.005)
    raise AssertionError(f"there is no {what} after {time.monotonic() - began:.0f} s")


def stat(pid):
    """State, parent and start of a process; nothing once it is gone."""
    try:
        words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return words[0], int(words[1]), words[19]


def sockets(pid="self"):
    """The rows of the kernel's tables in the network namespace of this process, as words."""
    for table in ("tcp", "tcp6"):
        try:
            rows = pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        except FileNotFoundError:
            # The process has gone, and its namespace with it.
            return
        yield from map(str.split, rows)


def unused_port(**options):
    """A listener on a free port to which no other program has a connection, such as one left by a test
    that had the port before: that program is not to be ended here."""
    while True:
        server = socket.create_server(("127.0.0.1", 0), **options)
        port = f":{server.getsockname()[1]:04X}"
        if not any(row[2].endswith(port) for row in sockets()):
            return server
        server.close()


def is_group_folder(path):
    return (path / "cgroup.procs").exists()


class Scene:
    """Everything that one situation needs, made by its start and ended by `close`."""

    def __init__(self, ibdoc, packages):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ibdoc-zoo-"))
        self.folder.chmod(0o755)
        for client in (HERE / "clients").iterdir():
            shutil.copy(client, self.folder)
        self.packages = packages
        folders = [self.folder / "bin", ibdoc.parent, packages / "venv/bin", packages / "node/node_modules/.bin", packages / "docker"]
        self.mark = uuid.uuid4().hex
        self.env = {
            "PATH": ":".join(map(str, folders)) + ":" + SYSTEM_PATH, "HOME": str(self.folder),
            "TERM": "xterm", "LANG": "C.UTF-8", "ZOO_MARK": self.mark,
        }
        self.gateway = unused_port(backlog=4000)
        self.gateway.settimeout(patience())
        self.port = self.gateway.getsockname()[1]
        # Where ibdoc looks, which is not the Gateway's own port behind a relay.
        self.seen_port, self.also_ports = self.port, []
        self.started, self.masters, self.kept, self.groups = [], [], [], []
        # The client's pid, and what it is called where it is typed if that is in a container.
        self.client = self.inner = None
        self.count = 1
        # Whether the Gateway is in the client's own network namespace, and whether the Gateway's
        # own ends are what is half closed.
        self.is_inside = self.is_kept = False
        # Whether it is looked at from outside, by --netns.
        self.netns = False
        self.text = self.looker = ""
        # Who types, as words before a shell.
        self.typist = []

    # What a start uses.

    def needs(self, *programs):
        for program in programs:
            if not shutil.which(program, path=self.env["PATH"]):
                raise Skipped(f"no {program}")

    def needs_root(self):
        if os.geteuid() != 0:
            raise Skipped("not root")

    def bot(self, *extra, run="python3 bot.py"):
        """The command line of a client."""
        return " ".join([run, str(self.port), str(self.folder / "pid"), *extra])

    def run(self, command, session=True, until=None, **options):
        """Starts a command, words or a line for the shell, that leads a session of its own."""
        words = ["sh", "-c", command] if isinstance(command, str) else list(map(str, command))
        null = subprocess.DEVNULL
        settings = {"stdin": null, "stdout": null, "stderr": null, "env": self.env, "cwd": self.folder}
        child = subprocess.Popen(words, start_new_session=session, **{**settings, **options})
        self.started.append(child)
        if until:
            self.pid(until)
        return child

    def run_until_client(self, command):
        """The same, until the client has said its pid."""
        child = self.run(command)
        self.client = self.pid()
        return child

    def done(self, command, **options):
        """Runs a command to its end."""
        status = self.run(command, **options).wait(patience())
        assert status == 0, f"{command}: status {status}"

    def write(self, name, text, mode=0o755):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def pid(self, name="pid"):
        """The pid that a program has written into this file."""
        return int(eventually(f"file {name}", lambda: self.read(name)))

    def read(self, name):
        try:
            return (self.folder / name).read_text()
        except OSError:
            return ""

    def kill(self, child):
        """Ends a program as a crash does."""
        child.kill()
        child.wait(patience())

    def terminal(self, *lines, program="bash --norc --noprofile -i"):
        """An interactive shell in a terminal of its own, in which these lines are typed."""
        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.run(["setsid", "-c", *program.split()], session=False, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self.masters.append(master)
        for line in lines:
            os.write(master, line.encode() + b"\n")
        return master

    def hang_up_terminal(self):
        """Closes the window, and waits for the shell to end."""
        os.close(self.masters.pop())
        self.started[-1].wait(patience())

    def group(self, name):
        """A control group of this name, which is taken away at the end; where none can be made, skips."""
        for root in map(pathlib.Path, ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]):
            if is_group_folder(root) and os.access(root, os.W_OK):
                path = root / f"zoo-{self.mark}" / name
                path.mkdir(parents=True)
                self.groups += [path, path.parent]
                return path
        raise Skipped("no control group can be made here")

    # What the Gateway does.

    def hang_up(self):
        """Accepts each connection, closes it, and waits until the client's end is half closed."""
        if self.client is None and not self.is_kept:
            self.client = self.pid()
        if not self.is_inside:
            accepted = [self.gateway.accept()[0] for _ in range(self.count)]
            for connection in accepted:
                if self.is_kept:
                    self.kept.append(connection)
                else:
                    connection.close()
            threading.Thread(target=self.accept, daemon=True).start()
        rows = eventually("half-closed socket", lambda: len(self.half_closed()) >= self.count and self.half_closed())
        self.born = self.client and stat(self.client)[2]
        self.rows = rows

    def accept(self):
        """Takes what connects later, as a program does that was started again."""
        self.gateway.settimeout(None)
        while True:
            try:
                self.kept.append(self.gateway.accept()[0])
            except OSError:
                return

    def half_closed(self):
        """The client's ends that are half closed, or the Gateway's where those are looked at."""
        pid = self.client if self.is_inside else "self"
        remote = 1 if self.is_kept else 2
        return {(words[1], words[2]) for words in sockets(pid)
                if words[3] == CLOSE_WAIT and int(words[remote].split(":")[1], 16) == self.seen_port}

    def is_cleared(self):
        return not self.rows & self.half_closed()

    def lives(self):
        now = stat(self.client)
        return bool(now) and now[0] not in "ZX" and now[2] == self.born

    # What is typed.

    def type(self, command):
        """Runs a line exactly as it was printed; its status and all that it says."""
        settings = {"env": self.env, "cwd": self.folder, "stdin": subprocess.DEVNULL}
        ran = subprocess.run([*self.typist, "sh", "-c", command], capture_output=True, text=True,
                             timeout=patience(), **settings)
        return ran.returncode, ran.stdout + ran.stderr

    def line(self, *arguments):
        """`ibdoc zombies` on the port, whatever the ages are."""
        if self.netns and {"--kill", "--heal"} & set(arguments):
            return f"nsenter -t {self.client} -n {self.line_here(arguments)}"
        return self.line_here([*arguments, *([f"--netns {self.client}"] if self.netns else [])])

    def line_here(self, arguments):
        ports = [f"--port {port}" for port in [self.seen_port, *self.also_ports]]
        return " ".join(map(str, [self.looker, "ibdoc zombies --min-age 0s", *ports, *arguments]))

    def zombies(self, *arguments):
        """Its report."""
        line = self.line("--json", *arguments)
        status, said = self.type(line)
        try:
            return json.loads(said)
        except ValueError:
            raise AssertionError(f"{line}: status {status}: {said}") from None

    def as_user(self, name):
        """Whoever types from now on is this user."""
        self.needs_root()
        self.needs("setpriv")
        entry = pwd.getpwnam(name)
        self.typist = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
        return self.typist

    # The end.

    def marked(self):
        """What runs with this scene's mark in its environment: all that was started for it."""
        mark = f"ZOO_MARK={self.mark}".encode()
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    if mark in pathlib.Path(f"/proc/{entry}/environ").read_bytes().split(b"\0"):
                        yield int(entry)
                except OSError:
                    pass

    def close(self):
        begin_check()
        for pid in [self.client] if self.client and self.rows_known() and self.lives() else []:
            self.end(pid)
        while pids := list(self.marked()):
            for pid in pids:
                self.end(pid)
            for child in self.started:
                child.poll()
        for child in self.started:
            child.kill()
            child.wait()
        for master in self.masters:
            os.close(master)
        # A thread may wait in it.
        self.gateway.shutdown(socket.SHUT_RDWR)
        self.gateway.close()
        for group in self.groups:
            eventually("empty control group", lambda: remove(group))
        shutil.rmtree(self.folder, ignore_errors=True)

    def rows_known(self):
        return hasattr(self, "rows")

    def end(self, pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def remove(group):
    try:
        group.rmdir()
    except OSError:
        return False
    return True


def raise_limits():
    """Descriptors for one client with 3,000 sockets, and for its Gateway."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
