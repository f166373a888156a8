"""Where the program is."""

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Iterator


class ProgramNotFound(FileNotFoundError):
    """The program `ibdoc` is neither beside this package nor on the PATH."""


def program() -> str:
    """The path of the program: `IBDOC_PROGRAM`, that of this installation, or one on the PATH."""
    for path in _places():
        if path.is_file():
            return str(path)
    found = shutil.which("ibdoc")
    if found is None:
        raise ProgramNotFound("the program ibdoc is neither beside the package ibdoc nor on the PATH")
    return found


def _places() -> Iterator[Path]:
    own = os.environ.get("IBDOC_PROGRAM")
    if own:
        yield Path(own)
    name = "ibdoc.exe" if os.name == "nt" else "ibdoc"
    yield Path(sysconfig.get_path("scripts")) / name
    # `pip install --user`, whose scheme `sysconfig` names since Python 3.10.
    if sys.version_info >= (3, 10):
        user = sysconfig.get_preferred_scheme("user")
    else:
        user = "nt_user" if os.name == "nt" else "posix_user"
    yield Path(sysconfig.get_path("scripts", scheme=user)) / name
    # `pip install --target DIR`.
    yield Path(__file__).resolve().parent.parent / "bin" / name
