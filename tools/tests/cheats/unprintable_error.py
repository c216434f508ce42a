"""Raises an error whose text, when it is asked for, raises another one."""

from wrong import *


class Unspeakable(Exception):
    def __str__(self):
        raise self

    __repr__ = __str__


def complain():
    raise Unspeakable


on_backward(complain)
