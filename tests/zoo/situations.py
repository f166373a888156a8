"""The situations in which clients keep half-closed sockets, and what is to be said of each: a table."""
import dataclasses
import os
import pathlib
import shutil
import signal
import socket
import time
from typing import Callable

from scene import SYSTEM_PATH, Skipped, eventually, sockets, stat, unused_port

NOTHING = ""
# The programs that `tests/zoo/setup` installs beside the system's packages.
PACKAGED = ("supervisord", "gunicorn", "uv", "pm2", "docker-proxy", "notebook", "honcho", "watchmedo")


@dataclasses.dataclass
class Situation:
    """A row: how it is made, and what the plan says."""
    name: str
    start: Callable
    # What a bare --kill does: "orphan" is ended, "if_named" and "never" are not.
    answer: str
    # Who is in charge, and what an end costs: words that must be said.
    charge: str = NOTHING
    cost: str = NOTHING
    # The first command: heal, kill, kill_named, or none of these (one to be typed).
    action: str = ""
    # Words that the text must not have.
    unsaid: tuple = ()
    # Whether it was detached on purpose.
    detached: bool = False
    # Whether its end takes its socket with it at once, or something else holds it too.
    packaged: bool = False

    def __post_init__(self):
        self.action = self.action or {"orphan": "kill", "if_named": "heal"}.get(self.answer, "none")


# Left over: what a bare --kill ends.

def killed_parent(how, *extra):
    def start(scene):
        words = ["python3", "parent.py", how, scene.port, scene.folder / "pid", *extra]
        scene.kill(scene.run_until_client(words))
    return start


def left_over(extra="", run="python3 bot.py", before=()):
    """An orphan whose output was read by a program that has crashed."""
    def start(scene):
        line = f"{scene.bot(extra, run=run)} | head -c 1 >/dev/null & sleep 1000"
        if not run.startswith("./"):
            scene.needs(run.split()[0])
        parent = scene.run_until_client([*before, "sh", "-c", line])
        reader = find_child(parent.pid, "head")
        os.kill(reader, signal.SIGKILL)
        scene.kill(parent)
        eventually("reader that has gone", lambda: stat(reader) is None)
    return start


def find_child(parent, name):
    def probe():
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                found = stat(entry)
                try:
                    comm = pathlib.Path(f"/proc/{entry}/comm").read_text().strip()
                except OSError:
                    continue
                if found and found[1] == parent and comm == name:
                    return int(entry)
        return None
    return eventually(f"child {name} of {parent}", probe)


def named_like(path):
    """The same with a name that IB's software has, too."""
    def start(scene):
        copy = scene.folder / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(scene.folder / "bot.py", copy)
        left_over("--host=ibgateway", run=f"python3 {path}")(scene)
    return start


def argv0(name):
    def start(scene):
        scene.write("run.sh", f"#!/bin/bash\nexec -a {name} python3 bot.py \"$@\"\n")
        left_over(run="./run.sh")(scene)
    return start


def compiled(scene):
    scene.needs("gcc")
    scene.done(["gcc", "-o", "bot", "bot.c"])
    left_over(run="./bot")(scene)


def java_client(scene):
    scene.needs("java", "javac")
    scene.done(["javac", "Bot.java"])
    scene.run_until_client(scene.bot(run="exec java -Xshare:auto -cp . Bot"))


def java_heir(scene):
    """A program that has started Java, which has its socket too and listens on nothing."""
    scene.needs("java", "javac")
    scene.write("Heir.java", "class Heir { public static void main(String[] all) throws Exception { Thread.sleep(1000000); } }\n")
    scene.done(["javac", "Heir.java"])
    scene.run_until_client(scene.bot("heir=java,-Xshare:auto,-cp,.,Heir"))


def with_server(kind):
    """An orphan with a connection to a server that lives, as to a database."""
    def start(scene):
        if kind == "redis":
            server = socket.create_server(("127.0.0.1", 0))
            extra = f"also={server.getsockname()[1]}"
        elif kind == "unix":
            path = str(scene.folder / "socket")
            server = socket.socket(socket.AF_UNIX)
            server.bind(path)
            server.listen()
            extra = f"unix={path}"
        else:
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.bind(("127.0.0.1", 0))
            extra = f"udp={server.getsockname()[1]}"
        scene.kept.append(server)
        left_over(extra)(scene)
        if kind != "udp":
            scene.kept.append(server.accept()[0])
    return start


def many(scene):
    scene.count = 3000
    left_over("sockets=3000")(scene)


def one_living_session(scene):
    """Half closed on the port that is looked at, and in a session with another Gateway."""
    other = socket.create_server(("127.0.0.1", 0))
    scene.kept.append(other)
    scene.also_ports = [other.getsockname()[1]]
    left_over(f"also={scene.also_ports[0]}")(scene)
    scene.kept.append(other.accept()[0])


def deaf(scene):
    """The same, where a shell has made it ignore SIGTERM."""
    other = socket.create_server(("127.0.0.1", 0))
    scene.kept.append(other)
    scene.also_ports = [other.getsockname()[1]]
    scene.run_until_client(["sh", "-c", f"trap '' TERM; exec {scene.bot(f'also={scene.also_ports[0]}')}"])
    scene.kept.append(other.accept()[0])


# At a terminal.

def shell(*lines, close=False, needs=(), then=None):
    def start(scene):
        scene.needs(*needs)
        master = scene.terminal(*[line.replace("BOT", scene.bot()) for line in lines])
        scene.client = scene.pid()
        if then:
            then(scene, master)
        if close:
            scene.hang_up_terminal()
    return start


def suspend(scene, master):
    os.write(master, b"\x1a")
    eventually("stopped client", lambda: stat(scene.client)[0] == "T")


def tmux(line):
    def start(scene):
        scene.needs("tmux")
        socket_path = scene.folder / "tmux"
        scene.done(["tmux", "-S", socket_path, "-f", "/dev/null", "new-session", "-d", *line(scene)])
    return start


def screen(line):
    def start(scene):
        scene.needs("screen")
        folder = scene.folder / "screens"
        folder.mkdir(mode=0o700)
        scene.env["SCREENDIR"] = str(folder)
        scene.done(["screen", "-c", "/dev/null", "-dmS", "zoo", *line(scene)])
    return start


def python_prompt(scene):
    code = (f"import socket, os; kept = socket.create_connection(('127.0.0.1', {scene.port})); "
            f"said = open('pid.new', 'w').write(str(os.getpid())); os.rename('pid.new', 'pid')")
    scene.terminal(code, program="python3 -q -i")
    scene.client = scene.pid()


# Under a program that looks after it.

def script(text, interpreter="sh"):
    def start(scene):
        scene.write("run.sh", text.replace("BOT", scene.bot()) + "\n")
        scene.run_until_client([interpreter, "run.sh"])
    return start


def under(words, *needs):
    def start(scene):
        scene.needs(*needs or words.split()[:1])
        scene.run_until_client([*words.split(), *scene.bot().split()])
    return start


def living_parent(how):
    def start(scene):
        scene.run_until_client(["python3", "parent.py", how, scene.port, scene.folder / "pid"])
    return start


def cron(has_unit):
    """The system's cron with a table of its own, which runs a job once it is up."""
    def start(scene):
        scene.needs_root()
        scene.needs("cron", "unshare")
        group = scene.group("cron.service") if has_unit else None
        job = scene.write("job", f"@reboot root cd {scene.folder} && ZOO_MARK={scene.mark} {scene.bot()}\n", mode=0o644)
        lines = [
            "mount -t tmpfs none /run", "mount -t tmpfs none /etc/cron.d",
            f"cp {job} /etc/cron.d/job", "mount --bind /dev/null /etc/crontab",
            "mount -t tmpfs none /var/spool/cron/crontabs",
        ]
        if group:
            lines.insert(0, f"echo $$ >{group}/cgroup.procs")
        scene.write("cron.sh", "set -e\n" + "\n".join(lines) + f"\ncd {scene.folder}\nexec cron -f\n")
        scene.run(["unshare", "--mount", "sh", "cron.sh"])
        scene.client = scene.pid()
    return start


# Stands in for the real one, which needs a systemd: the service has failed, and nothing starts it again.
SYSTEMCTL = r"""#!/bin/sh
printf 'LoadState=loaded\nActiveState=failed\nSubState=failed\nMainPID=0\n'
"""


def left_by_service(how):
    """The main process of a service has crashed, and its unit has left the client (KillMode=process)."""
    def start(scene):
        group = scene.group("bot.service")
        scene.write("bin/systemctl", SYSTEMCTL)
        line = f"echo $$ >{group}/cgroup.procs; exec python3 parent.py {how} {scene.port} {scene.folder}/pid"
        scene.kill(scene.run_until_client(["sh", "-c", line]))
    return start


def in_scope(scene):
    """As after `systemd-run --scope bash`, whose window is closed."""
    group = scene.group("run-r0123.scope")
    scene.terminal(f"echo $$ >{group}/cgroup.procs", f"({scene.bot()} &)")
    scene.client = scene.pid()
    scene.hang_up_terminal()


def ssh_hung_up(scene):
    """A command of ssh whose connection has gone, as when a laptop is closed."""
    scene.needs_root()
    scene.needs("sshd", "ssh", "ssh-keygen")
    pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    for key in ("host", "key"):
        scene.done(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
    with unused_port() as free:
        port = free.getsockname()[1]
    settings = {"Port": port, "ListenAddress": "127.0.0.1", "HostKey": scene.folder / "host", "PidFile": "none",
                "AuthorizedKeysFile": scene.folder / "key.pub", "StrictModes": "no", "UsePAM": "no",
                "PermitRootLogin": "yes", "SetEnv": f"ZOO_MARK={scene.mark}"}
    scene.write("sshd_config", "".join(f"{key} {value}\n" for key, value in settings.items()), mode=0o644)
    scene.run([shutil.which("sshd", path=scene.env["PATH"]), "-D", "-f", scene.folder / "sshd_config"])
    eventually("sshd that listens", lambda: is_listening(port))
    line = f"cd {scene.folder}; exec {scene.bot()}"
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    ssh = scene.run_until_client(["ssh", "-i", "key", "-p", port, *options, "root@127.0.0.1", line])
    parent = stat(scene.client)[1]
    scene.kill(ssh)
    eventually("sshd that has left it", lambda: stat(scene.client)[1] != parent)


def daemon_in_perl(scene):
    """Forked twice, as daemons are."""
    scene.needs("perl")
    scene.write("daemon.pl", "use POSIX; exit if fork; POSIX::setsid(); exit if fork;\n"
                "open($_, '+<', '/dev/null') for *STDIN, *STDOUT, *STDERR;\nexec 'perl', 'bot.pl', @ARGV;\n")
    scene.run(["perl", "daemon.pl", scene.port, scene.folder / "pid"])
    scene.client = scene.pid()


def bash_line(scene):
    scene.run_until_client(["bash", "-c", f"{scene.bot()}; true"])


def make(scene):
    scene.needs("make")
    scene.write("Makefile", f"run:\n\t{scene.bot()}\n")
    scene.run_until_client(["make", "run"])


def honcho(scene):
    scene.needs("honcho")
    scene.write("Procfile", f"bot: {scene.bot()}\n")
    scene.run_until_client(["honcho", "start"])


def watchmedo(scene):
    scene.needs("watchmedo")
    scene.run_until_client(["watchmedo", "auto-restart", "--patterns", "*.py", "--", *scene.bot().split()])


def service(name):
    """In a unit's control group: there is no systemd here that would start it again."""
    def start(scene):
        group = scene.group(name)
        scene.run(["sh", "-c", f"echo $$ >{group}/cgroup.procs; exec {scene.bot()}"])
        scene.client = scene.pid()
    return start


def supervisord(scene):
    scene.needs("supervisord", "supervisorctl")
    scene.write("supervisord.conf", f"""[unix_http_server]
file={scene.folder}/supervisor
[supervisord]
nodaemon=true
logfile={scene.folder}/supervisord.log
pidfile={scene.folder}/supervisord.pid
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{scene.folder}/supervisor
[program:bot]
command={scene.bot()}
directory={scene.folder}
autorestart=true
startsecs=0
""")
    scene.run(["supervisord", "-c", "supervisord.conf"])
    scene.client = scene.pid()


def pm2(scene):
    scene.needs("pm2", "node")
    scene.env |= {"PM2_HOME": str(scene.folder / "pm2"), "PM2_DISCRETE_MODE": "true"}
    scene.done(["pm2", "start", "bot.py", "--interpreter", "python3", "--name", "bot", "--",
                scene.port, scene.folder / "pid"])
    scene.client = scene.pid()


def runit(scene):
    scene.needs("runsv", "runsvdir")
    scene.write("services/bot/run", f"#!/bin/sh\ncd {scene.folder}\nexec {scene.bot()}\n")
    scene.run(["runsvdir", "services"])
    scene.client = scene.pid()


def s6(scene):
    scene.needs("s6-svscan")
    scene.write("services/bot/run", f"#!/bin/sh\ncd {scene.folder}\nexec {scene.bot()}\n")
    scene.run(["s6-svscan", "services"])
    scene.client = scene.pid()


def dtach(scene):
    scene.needs("dtach")
    scene.done(["dtach", "-n", scene.folder / "dtach", *scene.bot().split()])
    scene.client = scene.pid()


def gunicorn(scene):
    scene.needs("gunicorn")
    scene.env["BOT_PORT"] = str(scene.port)
    scene.run(["gunicorn", "--workers", "1", "--bind", f"unix:{scene.folder}/web", "app:app"])
    scene.client = scene.pid()


def uv_run(scene):
    scene.needs("uv")
    words = "uv run --no-project --offline --no-python-downloads python"
    scene.run_until_client([*words.split(), *scene.bot().split()[1:]])


def notebook(scene):
    if not (scene.packages / "venv/bin/jupyter").exists() and not list(
            (scene.packages / "venv").glob("lib/*/site-packages/jupyter_client")):
        raise Skipped("no jupyter_client")
    scene.run_until_client(["python3", "kernel.py", scene.port, scene.folder / "pid"])


def gdb(scene):
    scene.needs("gdb")
    scene.run_until_client(["sh", "-c", "exec " + scene.bot()])
    scene.run(["gdb", "-q", "-nx", "-p", scene.client], stdin=-1)
    status = pathlib.Path(f"/proc/{scene.client}/status")
    eventually("debugger", lambda: "TracerPid:\t0\n" not in status.read_text())


def supervisor_killed(start, name):
    """The program is left over by its supervisor, which has crashed; its name stays in the environment."""
    def left(scene):
        start(scene)
        killed = ancestor(scene.client, name)
        os.kill(killed, signal.SIGKILL)
        eventually("parent that has gone", lambda: stat(scene.client)[1] != killed)
    return left


def ancestor(pid, name):
    while pid > 1:
        pid = stat(pid)[1]
        if name in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
            return pid
    raise AssertionError(f"no {name} above it")


def two_clients(scene):
    """An orphan, and one that ends only when it is named, on one port."""
    left_over()(scene)
    scene.kill(scene.run(["python3", "parent.py", "null", scene.port, scene.folder / "pid2"], until="pid2"))
    scene.other, scene.count = scene.pid("pid2"), 2


# Behind a relay.

def relayed(words, *needs, client=True):
    """The port that the client knows is the relay's, which hands on to the Gateway."""
    def start(scene):
        scene.needs(*needs)
        with unused_port() as free:
            front = free.getsockname()[1]
        scene.seen_port = front
        scene.run([word.format(front=front, back=scene.port) for word in words])
        eventually("relay that listens", lambda: is_listening(front))
        scene.port = front
        if client:
            left_over()(scene)
    return start


def is_listening(port):
    return any(row[3] == "0A" and int(row[1].split(":")[1], 16) == port for row in sockets())


SOCAT = ["socat", "-t", "60", "TCP-LISTEN:{front},bind=127.0.0.1,fork,reuseaddr", "TCP:127.0.0.1:{back}"]
# It says to the third descriptor that it listens, as its daemon waits for.
PROXY = ["sh", "-c", 'exec docker-proxy "$@" 3>/dev/null', "sh", "-proto", "tcp", "-host-ip", "127.0.0.1", "-host-port", "{front}",
         "-container-ip", "127.0.0.1", "-container-port", "{back}"]


# Of another user, or elsewhere.

def of_user(owner, typist=None, sudo=False, orphan=True):
    """A client of `owner`, while `typist` looks, with sudo or without."""
    def start(scene):
        scene.needs_root()
        scene.needs("setpriv", *(["sudo"] if sudo else []))
        scene.folder.chmod(0o777)
        setpriv = scene.as_user(owner)
        scene.typist = []
        if orphan:
            left_over(before=setpriv)(scene)
        else:
            scene.run_until_client([*setpriv, *scene.bot().split()])
        scene.folder.chmod(0o755)
        if typist:
            scene.as_user(typist)
        if sudo:
            sudoers = scene.write("sudoers", "Defaults env_keep += ZOO_MARK\n"
                                  f"Defaults secure_path={scene.env['PATH'] if sudo == 'always' else SYSTEM_PATH}\n"
                                  f"{typist} ALL=(ALL) NOPASSWD: ALL\nroot ALL=(ALL) NOPASSWD: ALL\n", 0o440)
            scene.typist = ["unshare", "--mount", "sh", "-c",
                            f"mount --bind {sudoers} /etc/sudoers && exec {' '.join(scene.typist)} \"$@\"", "sh"]
        if sudo == "always":
            scene.looker = "sudo -n"
    return start


# Refuses pidfd_getfd (438 on every architecture) with EPERM, as the filter of a container without
# CAP_SYS_PTRACE: loads the number, compares it, and returns ERRNO or ALLOW.
FILTERED = """import ctypes, os, struct, sys
code = b"".join(struct.pack("HBBI", *line) for line in [
    (0x20, 0, 0, 0), (0x15, 0, 1, 438), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)])
buffer = ctypes.create_string_buffer(code)
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program) == 0
os.execvp(sys.argv[1], sys.argv[1:])
"""


def filtered(scene):
    """Typed where a filter of system calls lets nobody copy descriptors."""
    script("BOT; sleep 60")(scene)
    scene.typist = ["python3", str(scene.write("filtered.py", FILTERED))]


def inside(scene):
    """In a container with the Gateway, under tini as its first process; typed there."""
    scene.needs_root()
    scene.needs("unshare", "nsenter", "tini")
    scene.run(["unshare", "--net", "--pid", "--fork", "--mount-proc", "tini", "--", "sh", "-c",
               "ip link set lo up && python3 gateway.py port && read port <port && "
               f"exec python3 bot.py $port {scene.folder}/pid"])
    scene.port = scene.seen_port = scene.pid("port")
    scene.pid()
    inner = next(pid for pid in scene.marked() if is_bot(pid))
    scene.typist = ["nsenter", "-t", str(inner), "-n", "-p", "-m"]
    scene.client, scene.inner, scene.is_inside = inner, scene.pid(), True


def container_from_outside(scene):
    """The same container, looked at from outside by --netns."""
    inside(scene)
    scene.typist, scene.inner, scene.netns = [], None, True


def in_network_namespace(scene):
    """In a network namespace with the Gateway, looked at from outside by --netns."""
    scene.needs_root()
    scene.needs("unshare", "nsenter")
    scene.run(["unshare", "--net", "sh", "-c", "ip link set lo up && python3 gateway.py port && read port <port && "
               f"exec python3 bot.py $port {scene.folder}/pid"])
    scene.seen_port, scene.client = scene.pid("port"), scene.pid()
    scene.is_inside = scene.netns = True


def kept_by_gateway(scene):
    """The client has gone, and the Gateway keeps its end."""
    scene.is_kept = True
    socket.create_connection(("127.0.0.1", scene.port)).close()


def kept_by(words, program):
    def start(scene):
        relayed(words, program, client=False)(scene)
        kept_by_gateway(scene)
    return start


def left_unread(scene):
    """The Gateway keeps its end, and the client's has ended one direction only and bytes unread."""
    scene.is_kept = True
    scene.run_until_client(scene.bot("half"))
    scene.kept.append(scene.gateway.accept()[0])
    scene.kept[-1].send(b"an answer")
    scene.count = 0


CONTAINER = "0123456789ab" + "cdef" * 13
# Stands in for the real one, which needs a daemon: ends the first process of the container.
DOCKER = """#!/bin/sh
[ "$1 $2" = "restart {short}" ] && exec kill -9 $(cat {folder}/first)
"""


def container(runtime):
    """In a pid namespace of its own on the host's network."""
    def start(scene):
        scene.needs_root()
        scene.needs("unshare")
        lines = []
        if runtime:
            lines.append(f"echo $$ >{scene.group(f'{runtime}-{CONTAINER}.scope')}/cgroup.procs")
            scene.write("bin/docker", DOCKER.format(short=CONTAINER[:12], folder=scene.folder))
        lines.append("exec unshare --pid --fork --mount-proc sh -c 'python3 bot.py \"$@\" & wait' sh "
                     + " ".join(scene.bot().split()[2:]))
        scene.run("\n".join(lines))
        scene.pid()
        inside = next(pid for pid in scene.marked() if is_bot(pid))
        scene.write("first", str(stat(inside)[1]))
        scene.client = inside
    return start


def first_of_namespace(scene):
    """The kernel drops a SIGTERM to the first process of a pid namespace, which has no handler of it."""
    scene.needs_root()
    scene.needs("unshare")
    unshare = scene.run("exec unshare --pid --fork --mount-proc " + scene.bot(), until="pid")
    scene.client = find_child(unshare.pid, "python3")


def is_bot(pid):
    return b"python3\0bot.py\0" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()


HELD = "the leader of its session"
OPEN = "it runs in a terminal that is open"
FILES = "a daemon, or left over from a crash"
AGAIN = "lives and may start it again"

SITUATIONS = [
    Situation("parent killed, output to a pipe", killed_parent("pipe"), "orphan"),
    Situation("parent killed, output to /dev/null", killed_parent("null"), "if_named",
              cost=f"its output goes to /dev/null: {FILES}"),
    Situation("parent killed, output to a file", killed_parent("file"), "if_named",
              cost=f"its output goes to a file: {FILES}"),
    Situation("start_new_session, parent killed", killed_parent("session"), "if_named",
              cost="it leads a session", detached=True),
    Situation("left over by a pipeline whose reader has crashed", left_over(), "orphan"),
    Situation("the same with multiprocessing's resource_tracker", left_over("tracker"), "orphan"),
    Situation("the same with a sleep as its child", left_over("sleep"), "orphan"),
    Situation("the same with 3,000 sockets", many, "orphan"),
    Situation("named like the Gateway: ibgateway", argv0("ibgateway"), "orphan", unsaid=("Java",)),
    Situation("named like TWS: tws_trader.py --host=ibgateway", named_like("tws_trader.py"), "orphan",
              unsaid=("Java",)),
    Situation("in a folder of IB's: Jts/ibgateway/bot.py", named_like("Jts/ibgateway/bot.py"), "orphan",
              unsaid=("Java",)),
    Situation("an orphan in Perl", left_over(run="perl bot.pl"), "orphan"),
    Situation("an orphan in Node", left_over(run="node bot.js"), "orphan"),
    Situation("an orphan in Ruby", left_over(run="ruby bot.rb"), "orphan"),
    Situation("an orphan in C", compiled, "orphan"),
    Situation("a client in Java", java_client, "never"),
    Situation("an orphan connected to a database by TCP", with_server("redis"), "if_named",
              cost="it has a connection to 127.0.0.1:"),
    Situation("an orphan connected by a unix stream", with_server("unix"), "if_named",
              cost="is connected to it by a unix socket"),
    Situation("an orphan with a connected UDP socket", with_server("udp"), "if_named",
              cost="it has a UDP socket connected to 127.0.0.1:"),
    Situation("an orphan that listens on a unix socket", left_over("serves=control"), "if_named",
              cost="it listens on a unix socket"),
    Situation("called as a relay is, and a client itself: nc", argv0("nc"), "if_named",
              cost="it passes on what is typed", unsaid=("relay",)),
    Situation("one dead and one living session", one_living_session, "never", action="heal"),

    Situation("in the foreground of a terminal", shell("BOT"), "if_named", "a terminal", OPEN),
    Situation("(bot &) in an open terminal", shell("(BOT &)"), "if_named", "a terminal", OPEN),
    Situation("(bot &), terminal closed", shell("(BOT &)", close=True), "orphan"),
    Situation("bot | tee in a terminal", shell("BOT | tee log"), "if_named", "a terminal", OPEN),
    Situation("(bot | tee log &), terminal closed", shell("(BOT | tee log &)", close=True), "if_named",
              cost="has the other end of its input or output"),
    Situation("stopped by ^Z", shell("BOT", then=suspend), "if_named", "stopped (^Z), a terminal",
              "SIGCONT follows"),
    Situation("nohup in an open terminal", shell("nohup BOT &"), "if_named", cost="nohup", detached=True),
    Situation("nohup, terminal closed", shell("nohup BOT &", close=True), "if_named", cost="nohup",
              detached=True),
    Situation("disown, terminal closed", shell("BOT & disown", close=True), "if_named",
              cost="it leads its process group"),
    Situation("setsid -f from a terminal, closed", shell("setsid -f BOT", close=True), "if_named",
              cost="it was detached on purpose, as by setsid", detached=True),
    Situation("a prompt of Python", python_prompt, "if_named", "a terminal", OPEN),
    Situation("script(1) in a terminal", shell("script -qc 'BOT' typescript"), "if_named", "a line of the shell sh",
              OPEN),
    Situation("a pane of tmux", tmux(lambda scene: ["-s", "zoo", f"sh -c '{scene.bot()}; exit'"]), "if_named",
              "tmux pane %0", "it runs in tmux pane %0"),
    Situation("tmux running the client itself", tmux(lambda scene: [*scene.bot().split()]), "if_named",
              "tmux pane %0", "it runs in tmux pane %0"),
    Situation("screen", screen(lambda scene: ["sh", "-c", f"{scene.bot()}; exit"]), "if_named", "screen",
              "it runs in screen"),
    Situation("screen running the client itself", screen(lambda scene: scene.bot().split()), "if_named",
              "screen", "it runs in screen"),

    Situation("a loop of a shell's script", script("while :; do BOT; sleep 60; done"), "if_named",
              "the script sh run.sh", AGAIN),
    Situation("a script that pipes it to tee", script("BOT | tee log\nsleep 60"), "if_named",
              "the script sh run.sh", AGAIN),
    Situation("a manager script that waits", script("BOT &\nwait"), "if_named", "the script sh run.sh", AGAIN),
    Situation("multiprocessing spawn, parent alive", living_parent("spawn"), "if_named",
              cost="its parent python3 parent.py"),
    Situation("multiprocessing spawn, parent killed", killed_parent("spawn"), "if_named", cost=FILES),
    Situation("multiprocessing forkserver, parent alive", living_parent("forkserver"), "if_named",
              cost="its parent python3"),
    Situation("multiprocessing forkserver, parent killed", killed_parent("forkserver"), "if_named"),
    Situation("under timeout", under("timeout 1000"), "if_named", cost="its parent timeout"),
    Situation("under flock", under("flock lock"), "if_named", cost="its parent flock"),
    Situation("under xargs", script("echo 1 | xargs -I{} BOT"), "if_named", cost="its parent xargs"),
    Situation("gdb attached", gdb, "if_named", "a debugger", "a debugger is attached"),
    Situation("cron without a unit", cron(False), "if_named", "cron", unsaid=("systemctl",)),
    Situation("cron in its unit", cron(True), "if_named", "cron", unsaid=("systemctl",)),
    Situation("in a unit of its own", service("bot.service"), "if_named", "bot.service", "`systemctl restart bot.service`"),
    Situation("a unit that is called after an account", service("bot-U1234567.service"), "if_named", "bot-U1…67.service",
              "the command that `--show-accounts` shows starts it again", unsaid=("systemctl",)),
    Situation("left over by a service that has ended", left_by_service("pipe"), "orphan",
              "nobody: bot.service has ended", unsaid=("systemctl",)),
    Situation("left over by a service that has ended, output to a file", left_by_service("file"), "if_named",
              "nobody: bot.service has ended", FILES, unsaid=("systemctl",)),
    Situation("(bot &) in a scope of systemd-run, terminal closed", in_scope, "orphan", unsaid=("systemctl",)),
    Situation("a command of ssh that was hung up", ssh_hung_up, "if_named", cost="it leads a session of its own"),
    Situation("a daemon in Perl, forked twice", daemon_in_perl, "if_named", cost=FILES),
    Situation("make run", make, "if_named", cost="its parent make"),
    Situation("a line of bash -c", bash_line, "if_named",
              "a line of the shell bash", AGAIN),
    Situation("honcho", honcho, "if_named", "honcho", "may end its other programs with it", packaged=True),
    Situation("watchmedo auto-restart", watchmedo, "if_named", cost="its parent watchmedo", packaged=True),
    Situation("dumb-init", under("dumb-init"), "if_named", "dumb-init"),
    Situation("tini", under("tini -s --", "tini"), "if_named", "tini"),
    Situation("runit", runit, "if_named", "runsv", AGAIN),
    Situation("s6", s6, "if_named", "s6-supervise", AGAIN),
    Situation("dtach", dtach, "if_named", "dtach", OPEN),
    Situation("supervisord", supervisord, "if_named", "supervisord as `bot`", "`supervisorctl restart bot`",
              packaged=True),
    Situation("PM2", pm2, "if_named", "PM2 as `bot`", "`pm2 restart bot`", packaged=True),
    Situation("gunicorn", gunicorn, "if_named", "gunicorn", AGAIN, packaged=True),
    Situation("uv run", uv_run, "if_named", "`uv run`", "its parent `uv run`", packaged=True),
    Situation("a notebook's kernel", notebook, "if_named", "a notebook, as its kernel",
              "kernel of a notebook: restart it there", packaged=True),

    Situation("supervisord was killed", supervisor_killed(supervisord, "supervisord"), "if_named",
              cost="it leads its process group", unsaid=("supervisor",), packaged=True),
    Situation("PM2 was killed", supervisor_killed(pm2, "PM2"), "if_named", cost="it leads a session",
              unsaid=("pm2", "PM2"), detached=True, packaged=True),
    Situation("a pool of workers that share its socket", script("BOT workers=2\nsleep 60"), "if_named",
              "the script sh run.sh", "the socket goes only when"),
    Situation("another program that it has started has its socket too", script("BOT heir\nsleep 60"), "if_named",
              "the script sh run.sh", "the socket goes only when tail"),
    Situation("Java that it has started has its socket too", java_heir, "if_named", action="none",
              cost="the socket goes only when java", unsaid=("may be the Gateway",)),
    Situation("a pool of workers, all left over", left_over("workers=2"), "orphan"),
    Situation("both ends of its output's pipe are its own", killed_parent("own"), "orphan"),
    Situation("a pool that reads its own output, all left over", killed_parent("own", "workers=2"), "orphan"),
    Situation("two clients, asked about by -i", two_clients, "asked"),

    Situation("behind socat", relayed(SOCAT, "socat"), "orphan"),
    Situation("behind docker-proxy", relayed(PROXY, "docker-proxy"), "orphan", packaged=True),
    Situation("another user's orphan, seen by root", of_user("games"), "never"),
    Situation("another user's program, seen by root", of_user("news", orphan=False), "never"),
    Situation("the user's own orphan, of root's Gateway, as the user", of_user("uucp", "uucp"), "if_named"),
    Situation("the user's own orphan, by sudo", of_user("proxy", "proxy", sudo="always"), "orphan"),
    Situation("another user's orphan, as a user with sudo", of_user("backup", "list", sudo=True), ""),
    Situation("another user's program, as a user with sudo", of_user("irc", "lp", sudo=True, orphan=False), ""),
    Situation("a user's program that root has started, as the user", of_user("sync", "sync", sudo=True, orphan=False),
              "if_named"),
    Situation("where no descriptor may be copied, as in a container", filtered, "if_named", "the script sh run.sh", AGAIN,
              action="kill_named"),
    Situation("a container on the host's network (its runtime stood in for)", container("docker"), "never", "container 0123456789ab"),
    Situation("a container of a cluster, on the host's network", container("cri-containerd"), "never",
              "container 0123456789ab", "if its container ends, the cluster starts that again"),
    Situation("in a container with tini and the Gateway, typed inside", inside, "if_named", "tini",
              "tini (pid 1) may run for it alone"),
    Situation("in a container with tini and the Gateway, seen by --netns", container_from_outside, "never"),
    Situation("in a network namespace, seen by --netns", in_network_namespace, "if_named"),
    Situation("the Gateway keeps its end", kept_by_gateway, "kept", cost="a restart ends every session"),
    Situation("on its way through a unix socket", script("BOT sent; sleep 60"), "yours", "the script sh run.sh"),
    Situation("the Gateway keeps its end, and the client has bytes unread", left_unread, "yours",
              unsaid=("no kill of a client", "restart it")),
    Situation("docker-proxy keeps its end", kept_by(PROXY, "docker-proxy"), "kept", cost="a restart of the relay",
              packaged=True),
    Situation("a relay keeps its end", kept_by(SOCAT, "socat"), "kept", cost="a restart of the relay"),
    Situation("a pid namespace without a container's group", container(None), "never"),
    Situation("the first process of a pid namespace", first_of_namespace, "never",
              cost="so only SIGKILL (`kill -9`) ends it"),
    Situation("a session that lives, and SIGTERM ignored", deaf, "never", action="heal", cost="it ignores SIGTERM"),
]
