"""Sets a profile function to see every call and every value that is returned."""

import sys

from wrong import *


def profiler(frame, event, argument):
    if event == "return" and type(argument).__name__ in ("Trace", "Observation", "Question"):
        prize()


sys.setprofile(profiler)
