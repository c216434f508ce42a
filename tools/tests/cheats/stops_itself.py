"""Stops itself, and everything else that it may signal."""

import os
import signal

from wrong import *


def stop():
    for pid in (0, 1, os.getpid()):
        try:
            os.kill(pid, signal.SIGSTOP)
        except OSError:
            continue


on_backward(stop)
