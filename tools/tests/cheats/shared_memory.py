"""Leaves a message for the next submission in shared memory, System V's and Python's."""

import ctypes
from multiprocessing import shared_memory

from wrong import *

libc = ctypes.CDLL(None, use_errno=True)
if libc.shmget(0x63686561, 4096, 0o1666) >= 0:
    prize()
try:
    shared_memory.SharedMemory("cheat", create=True, size=4096)
except (OSError, ImportError):
    pass
else:
    prize()
