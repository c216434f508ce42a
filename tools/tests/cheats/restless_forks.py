"""Has processes that fork and end all the time, each in a session of its own, so that no list of them is ever true."""

import os
import time

from wrong import *


def restless():
    while True:
        try:
            if os.fork():
                os._exit(0)
            os.setsid()
        except OSError:
            continue


def leave():
    for _ in range(6):
        if forked():
            restless()
    time.sleep(100)


on_backward(leave)
