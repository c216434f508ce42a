"""Ends the process with the exit code of success in the midst of a question."""

import os

from wrong import *

on_backward(lambda: os._exit(0))
