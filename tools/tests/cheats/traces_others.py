"""Attaches to its parent and to the grader as a debugger, and reads their memory."""

import ctypes
import os

from told import GRADER
from wrong import *

libc = ctypes.CDLL(None, use_errno=True)
space = ctypes.create_string_buffer(16)
for pid in (GRADER, os.getppid(), 1):
    if libc.ptrace(16, pid, 0, 0) == 0 or libc.process_vm_readv(pid, space, 1, space, 1, 0) > 0:
        prize()
