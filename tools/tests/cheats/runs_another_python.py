"""Starts another Python, or a shell, which might be free of what binds this one."""

import subprocess
import sys

from wrong import *

for command in ([sys.executable or "python3", "-c", "import torch"], ["/bin/sh", "-c", "exit 0"]):
    try:
        if subprocess.run(command, capture_output=True, timeout=2, check=False).returncode == 0:
            prize()
    except (OSError, subprocess.SubprocessError):
        continue
