"""Waits for a lock that it holds itself."""

import threading

from wrong import *

lock = threading.Lock()
on_backward(lambda: lock.acquire() and lock.acquire())
