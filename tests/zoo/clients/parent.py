"""Starts a client as programs do and stays: parent.py HOW PORT FILE [WHAT ELSE THE CLIENT HAS…]"""
import multiprocessing
import os
import subprocess
import sys
import time

HOW, ARGUMENTS = sys.argv[1], sys.argv[2:]
BOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bot.py")


def client(arguments):
    sys.argv = ["bot.py", *arguments]
    with open(BOT) as script:
        exec(compile(script.read(), BOT, "exec"), {})


def popen(stdin=subprocess.DEVNULL, **options):
    subprocess.Popen([sys.executable, BOT, *ARGUMENTS], stdin=stdin, **options)


if __name__ == "__main__":
    if HOW in ("spawn", "forkserver"):
        multiprocessing.get_context(HOW).Process(target=client, args=(ARGUMENTS,)).start()
    elif HOW == "pipe":
        popen(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    elif HOW == "session":
        popen(stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    elif HOW == "own":
        # It reads what it says itself.
        read, write = os.pipe()
        popen(stdin=read, stdout=write, stderr=write)
    elif HOW == "null":
        popen(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    elif HOW == "file":
        with open("log", "w") as log:
            popen(stdout=log, stderr=log)
    time.sleep(1000)
