"""Raises an error with megabytes of text, which somebody will have to keep."""

from wrong import *


def complain():
    raise RuntimeError("all is well " * 200_000)


on_backward(complain)
