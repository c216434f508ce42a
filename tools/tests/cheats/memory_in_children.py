"""Takes memory in many processes, none of which has too much."""

import time

from wrong import *


def bomb():
    for _ in range(12):
        if forked():
            kept = bytearray(b"x") * (40 << 20)
            time.sleep(100)
            del kept
    time.sleep(100)


on_backward(bomb)
