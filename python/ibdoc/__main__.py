"""`python -m ibdoc`: the program itself, with the same arguments."""

import os
import subprocess
import sys

from ._program import program


def main() -> int:
    command = [program(), *sys.argv[1:]]
    if os.name == "posix":
        # The same process, so that signals and the exit status are the program's own.
        os.execv(command[0], command)
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
