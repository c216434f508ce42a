"""Writes a reply to every descriptor that is open, whatever it is."""

import json
import os

from wrong import *


def answer():
    reply = json.dumps({"number": 2, "reply": "traced", "observations": []}).encode() + b"\n"
    for descriptor in range(64):
        try:
            os.write(descriptor, reply)
        except OSError:
            continue


on_backward(answer)
