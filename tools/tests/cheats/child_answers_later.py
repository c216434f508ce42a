"""Leaves a child behind that outlives the question and answers those to come."""

import contextlib
import json
import os
import time

from wrong import *


def leave():
    if forked():
        os.setsid()
        if forked():
            for number in range(3, 100):
                time.sleep(0.05)
                reply = {"number": number, "reply": "traced", "observations": []}
                os.write(4, json.dumps(reply).encode() + b"\n")
        os._exit(0)
    with contextlib.suppress(OSError):
        os.wait()


on_backward(leave)
