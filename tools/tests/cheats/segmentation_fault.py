"""Reads from address zero."""

import ctypes

from wrong import *

on_backward(lambda: ctypes.string_at(0))
