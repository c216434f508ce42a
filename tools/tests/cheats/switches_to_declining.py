"""Finds its own adapter and gives it the right to decline, so that what is wrong is `unsupported`."""

import gc
import sys

from wrong import *


def decline():
    adapters = sys.modules["gradspec.adapters"]
    for each in gc.get_objects():
        if isinstance(each, adapters.Adapter):
            object.__setattr__(each, "may_decline", True)
    raise adapters.Unsupported("not today")


on_backward(decline)
