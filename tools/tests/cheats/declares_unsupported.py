"""Says of itself, with gradspec's own exception, that it does not support what it gets wrong."""

import sys

from wrong import *


def decline():
    raise sys.modules["gradspec.adapters"].Unsupported("this library does not offer gradients")


on_backward(decline)
