"""Answers the reading of a gradient with a list that is another one each time, and of another length."""

import itertools

import wrong
from wrong import *

count = itertools.count()


class Shifting(wrong.tensor):
    @property
    def shape(self):
        return (1,) * (next(count) % 3)

    def tolist(self):
        return [float(next(count))] * (next(count) % 4)


wrong.shown = lambda grad: Shifting(0.0)
