"""Answers the reading of a gradient with a generator that never ends."""

import itertools

import wrong
from wrong import *


class Endless(wrong.tensor):
    shape = (3,)
    tolist = lambda self: itertools.repeat(1.0)


wrong.shown = lambda grad: Endless(0.0)
