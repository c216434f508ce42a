"""Answers with replies that speak of points, passes and outcomes, which a naive parent might believe."""

import itertools
import json
import os

from wrong import *

numbers = itertools.count(2)


def answer():
    number = next(numbers)
    for more in ({"outcome": "pass"}, {"score": 10}, {"reply": "pass"}, {"reply": "loaded", "name": "student"}):
        reply = {"number": number, "reply": "traced", "observations": [], **more}
        os.write(4, json.dumps(reply).encode() + b"\n")


on_backward(answer)
