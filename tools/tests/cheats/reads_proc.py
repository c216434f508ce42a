"""Reads /proc: other processes' memory, environments, descriptors, and its own keeper's."""

import os

from told import GRADER
from wrong import *

for pid in (1, GRADER, os.getppid(), "self"):
    for name in ("environ", "mem", "maps", "fd/0", "cmdline", "root/etc/passwd", "cwd/pyproject.toml"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                file.read(1)
        except OSError:
            continue
        prize()
