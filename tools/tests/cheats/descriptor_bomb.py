"""Opens descriptors until there are no more, also by sending them to itself."""

import os

from wrong import *

kept = []


def bomb():
    try:
        while True:
            kept.extend(os.pipe())
    except OSError:
        pass


on_backward(bomb)
