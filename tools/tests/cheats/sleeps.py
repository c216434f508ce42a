"""Sleeps for a year."""

import time

from wrong import *

on_backward(lambda: time.sleep(365 * 86400))
