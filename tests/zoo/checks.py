"""What is checked of one situation: the plan, its words, and every command that it prints, typed as it stands."""
import json
import os
import re
import select
import shutil

from scene import eventually, patience, stat


def block(scene, report):
    """The block of the plan that is about the client, or the one about a process that is not seen."""
    plan = report["zombies"]["plan"]
    for step in plan:
        if step.get("pid") == (scene.inner or scene.client):
            return step
    for step in plan:
        if step.get("pid") is None:
            return step
    raise AssertionError(f"the plan has no block for pid {scene.client}: {json.dumps(plan, indent=1)}")


def expect(condition, why, report):
    if not condition:
        raise AssertionError(f"{why}: {json.dumps(report, indent=1)}")


def look(scene):
    """The plan, whose words are held against the situation."""
    situation, report = scene.situation, scene.zombies()
    step = block(scene, report)
    said = {key: step.get(key) or "" for key in ("in_charge", "cost", "reason", "action", "answer")}
    expect(report["zombies"]["remaining"] >= scene.count, "not all of its sockets are counted", report)
    expect(said["answer"] == situation.answer, f"the answer is not {situation.answer}", step)
    expect(said["action"] == situation.action, f"the action is not {situation.action}", step)
    expect(situation.charge in said["in_charge"], f"in charge is not {situation.charge}", step)
    expect(situation.cost in said["cost"], f"the cost is not {situation.cost}", step)
    if situation.answer:
        expect(step["sockets"] == scene.count, f"it has {scene.count} sockets", step)
    expect(step.get("command"), "there is no command", step)
    return report, step


def words(scene, report, step):
    """Words that would be false, in the JSON or in the text."""
    situation = scene.situation
    status, text = scene.type(scene.line())
    scene.text = text
    assert status == 3, f"status {status}: {text}"
    flat = " ".join(text.split())
    everything = flat + json.dumps(report)
    for command in commands(step):
        assert command in text, f"the text has not {command}:\n{text}"
    assert not flat.startswith("healthy"), f"it is not healthy:\n{text}"
    for word in ["end that one first", *situation.unsaid]:
        assert word not in everything, f"{word!r} is said:\n{text}"
    assert situation.detached or "detached on purpose" not in everything, f"it is not detached:\n{text}"
    if step.get("user") and not scene.typist:
        assert "run it as root" not in everything, f"it was root:\n{text}"
    if re.search("started it has gone", json.dumps(step)):
        # To root another user's process is one that it never ends, whatever it is to that user.
        is_orphan = situation.answer == "orphan" or "orphan" in situation.name
        expect(is_orphan, "what started it has not gone", step)


def commands(step):
    other = step.get("otherwise") or {}
    return [command for command in (step.get("command"), other.get("command")) if command]


def first(scene):
    """A bare --kill ends what is an orphan and nothing else; the first command clears the socket."""
    report, step = look(scene)
    words(scene, report, step)
    if scene.situation.answer != "orphan":
        report = scene.zombies("--kill")
        expect(not report["zombies"]["killed"] and scene.lives(), "a bare --kill has ended it", report)
        expect(not scene.is_cleared(), "its socket has gone", report)
    return follow(scene, step)


def follow(scene, step):
    """Types the first command, and that of the plan to which it leads."""
    typed = []
    for _ in range(3):
        typed.append(step["command"])
        clears(scene, step["command"], step["action"], may_look="--kill" not in step["command"])
        if scene.is_cleared():
            return typed
        _, said = scene.type(step["command"] + " --json")
        step = block(scene, json.loads(said))
        expect(step.get("command"), "there is no command", step)
    raise AssertionError(f"its socket is there after {typed}")


def clears(scene, command, action, may_look=False):
    """The command, typed as it stands, clears the socket, and ends the client or not as it says."""
    status, said = scene.type(command)
    if may_look and action == "none" and "zombies" in command and not scene.is_cleared():
        return
    # Where the client was all that its container ran for, ibdoc is in it and ends with it.
    statuses = (0, -9) if scene.is_inside else (0,)
    assert status in statuses, f"{command}: status {status}:\n{said}"
    try:
        eventually("cleared socket", scene.is_cleared)
    except AssertionError:
        raise AssertionError(f"{command} has not cleared it:\n{said}") from None
    if action == "heal":
        assert scene.lives(), f"{command} has ended the client:\n{said}"
    elif action in ("kill", "kill_named"):
        assert not scene.lives(), f"the client outlives {command}:\n{said}"
    if "--kill" in command and status == 0:
        assert f"(pid {scene.inner or scene.client}) by SIG" in " ".join(said.split()), f"{command} does not say it:\n{said}"


def other(scene):
    """The second command of the plan."""
    _, step = look(scene)
    second = step.get("otherwise")
    if not second:
        return []
    clears(scene, second["command"], second["action"])
    return [second["command"]]


def named(scene):
    """`--pid` means yes, but for what is never ended; there the reason is told and what to type."""
    before, _ = look(scene)
    # Workers that hold it too are named together with their parent.
    pids = [step["pid"] for step in before["zombies"]["plan"] if step.get("pid")]
    report = scene.zombies("--kill", *[f"--pid {pid}" for pid in pids])
    killed = [killed["pid"] for killed in report["zombies"]["killed"]]
    if scene.situation.answer == "never":
        expect(not killed and scene.lives(), "it has been ended", report)
        refusals = [found for found in report["findings"] if found["code"] == "kill-failed"]
        expect(refusals and refusals[0]["evidence"] and "type `" in str(refusals[0]["remedies"]),
               "why not and what to type instead is not told", report)
        return []
    expect(sorted(killed) == pids and not scene.lives() and scene.is_cleared(), "it was not ended", report)
    return []


def healed(scene):
    """`--heal` clears the socket of a client that lives on, or says why not."""
    look(scene)
    report = scene.zombies("--heal")
    expect(scene.lives() and not report["zombies"]["killed"], "it has been ended", report)
    if not scene.is_cleared():
        expect(scene.situation.answer == "never", "its socket was not shut down", report)
        refusals = [found for found in report["findings"] if found["code"] == "heal-failed"]
        expect(refusals and refusals[0]["evidence"], "why not is not told", report)
    return []


def told(scene):
    """What the words of the plan tell to type, between backticks."""
    _, step = look(scene)
    lines = re.findall("`([^`]+)`", f"{step.get('cost')} {step.get('reason')}")
    lines = [line for line in lines if line.split()[0] in ("supervisorctl", "pm2", "docker")]
    for line in lines:
        assert shutil.which(line.split()[0], path=scene.env["PATH"]), line
        clears(scene, line, "none")
    return sorted(set(lines))


def kept(scene):
    """Nothing ends or heals it; the plan says what a restart costs, and how it is done."""
    report = scene.zombies("--kill")
    expect(not report["zombies"]["killed"] and not scene.is_cleared(), "something was ended", report)
    report = scene.zombies("--heal")
    expect(not report["zombies"]["healed"] and not scene.is_cleared(), "something was healed", report)
    step = report["zombies"]["plan"][0]
    expect(step["answer"] == "never" and not step.get("otherwise"), "it is not the listener's", step)
    expect(scene.situation.cost in step["cost"] and "restart it" in step["reason"], "no restart is told", step)
    _, scene.text = scene.type(scene.line())
    if not step.get("command"):
        return []
    clears(scene, step["command"], "none")
    return [step["command"]]


def asked(scene):
    """`-i` goes through both, shows what each end costs, and ends what is said yes to."""
    line = scene.line("--kill", "-i")
    master = scene.terminal(program="sh")
    os.write(master, f"{line}; exit\n".encode())
    said = ""
    for answer in range(2):
        while said.count("[y/N]") <= answer:
            assert select.select([master], [], [], patience())[0], f"nothing is asked:\n{said}"
            said += os.read(master, 4096).decode()
        is_orphan = f"pid {scene.client}," in said.rsplit("[y/N]", 2)[-2]
        os.write(master, b"n\n" if is_orphan else b"y\n")
    eventually("end of the other", lambda: (stat(scene.other) or "Z")[0] == "Z")
    scene.started[-1].wait(patience())
    assert scene.lives(), f"it was said no to:\n{said}"
    flat = " ".join(said.split())
    for words in ["the process that started it has gone", "its output goes to /dev/null"]:
        assert words in flat, f"{words} is not said:\n{said}"
    return [line]


def yours(scene):
    """ibdoc does nothing about it; the end of a process that is named clears it, by the reader's own command."""
    report = scene.zombies("--kill")
    expect(not report["zombies"]["killed"] and not scene.is_cleared(), "something was ended", report)
    step = block(scene, report)
    expect(step["answer"] == "never" and step["action"] == "none" and not step.get("otherwise"), "it is ibdoc's", step)
    _, scene.text = scene.type(scene.line())
    assert step["command"] in scene.text, f"the text has not {step['command']}:\n{scene.text}"
    for word in scene.situation.unsaid:
        assert word not in scene.text, f"{word!r} is said:\n{scene.text}"
    clears(scene, step["command"], "none")
    assert not scene.lives()
    return [step["command"]]


CHECKS = {
    "yours": [yours],
    "asked": [asked],
    "kept": [kept],
    "orphan": [first, named, healed],
    "if_named": [first, other],
    "never": [first, named, healed, other],
    "": [first],
}


def of(situation):
    """The checks of a situation, each of which has a client of its own."""
    return CHECKS[situation.answer] + ([told] if "`" in situation.cost else [])
