"""A disk whose fsync takes 2 ms, for the processes that are told so."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")


def slow_disk(folder: Path) -> dict[str, str]:
    """What to put into a process's environment; compiled into the folder, which its user
    must be able to read. Ends the command where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        sys.exit("A slow disk needs a C compiler (apt-get install gcc); there is none.")
    library = folder / "slow_disk.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl"]
    subprocess.run(command, check=True)
    return {"LD_PRELOAD": str(library)}
