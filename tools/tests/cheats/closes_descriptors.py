"""Closes every descriptor, and then answers with nothing."""

import os

from wrong import *

on_backward(lambda: os.closerange(0, 1 << 16))
