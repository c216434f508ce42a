"""Catches every exception and every signal, and goes round in a circle."""

import signal

from wrong import *


def stay():
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


on_backward(stay)
