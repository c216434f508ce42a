"""Raises errors that bear the names of gradspec's own: Unsupported, ScenarioError, HarnessError, infrastructure."""

import itertools

from wrong import *

names = itertools.cycle(("Unsupported", "ScenarioError", "HarnessError", "Infrastructure"))


def decline():
    raise type(next(names), (BaseException,), {"__module__": "gradspec.errors"})("this is nobody's fault")


on_backward(decline)
