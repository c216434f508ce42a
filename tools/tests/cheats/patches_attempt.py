"""Has the scenarios themselves observe nothing: their `attempt` and their generators are swapped."""

import gc

from wrong import *


def harmless(*args, **kwargs):
    return None


def swap():
    for each in gc.get_objects():
        if isinstance(each, dict) and "attempt" in each and "scenario" in each:
            each["attempt"] = harmless


on_backward(swap)
