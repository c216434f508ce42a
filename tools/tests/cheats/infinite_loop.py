"""Goes round in a circle."""

from wrong import *


def stay():
    while True:
        pass


on_backward(stay)
