"""Takes all the memory that it can get, and keeps it."""

from wrong import *

kept = []


def bomb():
    while True:
        kept.append(bytearray(b"x") * (16 << 20))


on_backward(bomb)
