"""Writes single bytes where replies go, so that the grader is never idle, while its memory grows elsewhere."""

import os
import threading
import time

from wrong import *


def drip():
    while True:
        for each in range(3, 10):
            try:
                os.write(each, b" ")
            except OSError:
                continue
        time.sleep(0.01)


def grow():
    threading.Thread(target=drip, daemon=True).start()
    for _ in range(6):
        if forked():
            kept = []
            while True:
                kept.append(bytearray(b"x") * (4 << 20))
                time.sleep(0.01)
    time.sleep(100)


on_backward(grow)
