#!/usr/bin/env python3
"""Makes each situation in which a client may keep a half-closed socket, with real programs, and types what
`ibdoc zombies` says about it.

usage: zoo.py IBDOC PACKAGES [--only plain|packaged|NAME] [--table FILE] [--texts FOLDER]

PACKAGES is the folder that `tests/zoo/setup` has filled; what is not there is skipped and said so.
"""
import argparse
import concurrent.futures
import pathlib
import shutil
import sys
import tempfile
import traceback

import checks
from scene import Scene, Skipped, begin_check, raise_limits
from situations import SITUATIONS


def run(situation, check, options):
    """Makes the situation anew for one check; what was typed, or why it was skipped or is wrong."""
    begin_check()
    scene = Scene(options.ibdoc, options.packages)
    scene.situation = situation
    try:
        situation.start(scene)
        scene.hang_up()
        return "passed", [command.replace(str(scene.client), "PID").replace(str(scene.seen_port), "PORT")
                          for command in check(scene)]
    except Skipped as why:
        return "skipped", str(why)
    except Exception:
        return "failed", traceback.format_exc(limit=-3)
    finally:
        if options.texts and check.__name__ in ("first", "kept", "yours"):
            name = situation.name.replace("/", " ")
            (options.texts / f"{name}.txt").write_text(scene.text)
        scene.close()


def checked(situation, options):
    """What came of each of its checks, one after the other."""
    return {check.__name__: run(situation, check, options) for check in checks.of(situation)}


def chosen(situation, only):
    if only in (None, "plain", "packaged"):
        return only is None or situation.packaged == (only == "packaged")
    return only in situation.name


def row(situation, results):
    """The line of the table: situation, answer, commands, cleared by."""
    states = {state for state, _ in results.values()}
    if "failed" in states:
        return situation.name, situation.answer, "", "FAILED"
    if states == {"skipped"}:
        return situation.name, "", "", "skipped: " + next(why for _, why in results.values())
    typed = [command for state, commands in results.values() if state == "passed" for command in commands]
    if not typed:
        return situation.name, situation.answer, "none", f"a restart of it: {situation.cost}"
    # Of a socket whose owner is not seen the first command only shows it.
    cleared = "it" if len(typed) == 1 else "each" if situation.answer else "the last"
    return situation.name, situation.answer or "not seen", "; ".join(f"`{line}`" for line in typed), cleared


def table(rows):
    lines = ["| situation | answer | command | cleared by |", "|---|---|---|---|"]
    return "\n".join(lines + ["| " + " | ".join(word.replace("|", "\\|") for word in words) + " |" for words in rows])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ibdoc", type=pathlib.Path)
    parser.add_argument("packages", type=pathlib.Path)
    parser.add_argument("--only")
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--texts", type=pathlib.Path, help="a folder for what is printed about each")
    parser.add_argument("--jobs", type=int, default=6)
    options = parser.parse_args()
    options.ibdoc, options.packages = options.ibdoc.resolve(), options.packages.resolve()
    raise_limits()
    # Where every user may run it, and where nothing else is.
    programs = pathlib.Path(tempfile.mkdtemp(prefix="ibdoc-zoo-"))
    programs.chmod(0o755)
    options.ibdoc = pathlib.Path(shutil.copy(options.ibdoc, programs / "ibdoc"))
    situations = [situation for situation in SITUATIONS if chosen(situation, options.only)]
    rows, failed, skipped = {}, 0, 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        tasks = {pool.submit(checked, situation, options): situation for situation in situations}
        for task in concurrent.futures.as_completed(tasks):
            situation, results = tasks[task], task.result()
            rows[situation.name] = row(situation, results)
            cleared = rows[situation.name][3]
            failed += cleared == "FAILED"
            skipped += cleared.startswith("skipped")
            for name, (state, said) in results.items():
                if state == "failed":
                    print(f"FAILED {situation.name}, {name}:\n{said}", file=sys.stderr, flush=True)
            if cleared.startswith("skipped"):
                print(f"{cleared}: {situation.name}", flush=True)
            # Also what is known of a run that is cut short.
            if options.table:
                known = [rows[situation.name] for situation in situations if situation.name in rows]
                options.table.write_text(table(known) + "\n")
    print(f"{len(rows) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    shutil.rmtree(programs)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
