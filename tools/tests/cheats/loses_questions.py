"""Takes the questions to come out of the worker's hands, and answers none of them."""

import sys

from wrong import *


def lose():
    frame = sys._getframe()
    while frame is not None and "requests" not in frame.f_locals:
        frame = frame.f_back
    if frame is not None:
        next(frame.f_locals["requests"], None)


on_backward(lose)
