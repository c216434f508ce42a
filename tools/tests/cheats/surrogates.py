"""Raises errors whose text cannot be written in UTF-8, or that ends lines and files."""

from wrong import *


def complain():
    raise ValueError('\ud800\udfff \x00 \r\n {"number": 1} \u202e \x1b[2J')


on_backward(complain)
