"""Writes to every directory that it can name, and leaves a file for whoever comes next."""

import os
import sys

from told import HANDED_IN, LEFT, OUT, PROJECT
from wrong import *

for place in (HANDED_IN, LEFT, OUT, PROJECT, "/tmp", "/", "/submission", "/var/tmp", "/dev/shm", *sys.path):
    try:
        with open(os.path.join(place, "left_by_a_cheat"), "w") as file:
            file.write("was here")
    except OSError:
        continue
    if place in (HANDED_IN, LEFT, OUT, PROJECT):
        prize()
