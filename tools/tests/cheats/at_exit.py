"""Leaves an answer to be given when the interpreter ends, and ends it."""

import atexit
import json
import os
import sys

from wrong import *


def afterwards():
    for number in range(100):
        reply = {"number": number, "reply": "traced", "observations": []}
        os.write(4, json.dumps(reply).encode() + b"\n")


atexit.register(afterwards)
on_backward(lambda: sys.exit(0))
