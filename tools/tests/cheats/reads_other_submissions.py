"""Looks for somebody else's work: in the folder that was handed in, and in the places where others are staged."""

import glob
import os

from told import HANDED_IN
from wrong import *

own = os.path.dirname(os.path.abspath(__file__))
found = [*glob.glob(f"{HANDED_IN}/*/*.py"), *glob.glob("/tmp/*/*/*/*.py"), *glob.glob(f"{own}/../../*/*/*.py")]
for path in found:
    try:
        if not os.path.realpath(path).startswith(own):
            open(path).close()
            prize()
    except OSError:
        continue
