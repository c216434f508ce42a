"""Reads its own memory, as far as it is mapped, for the secret seed of the run."""

import ctypes
import os

from told import DISGUISE, SEED_DISGUISED
from wrong import *

NEAR = 32 << 20  # bytes on both sides of what is known to be mapped
libc = ctypes.CDLL(None, use_errno=True)
environment = ctypes.c_void_p.in_dll(libc, "environ").value


def pages():
    """The kernel says EFAULT where nothing is mapped: no page is touched that is not there."""
    readable, writable = os.pipe()
    for near in (id(tensor), id(object), environment, id(type(ctypes))):
        for address in range(max(4096, (near & ~0xFFF) - NEAR), near + NEAR, 4096):
            if libc.write(writable, ctypes.c_void_p(address), 4096) == 4096:
                yield os.read(readable, 4096)


for page in pages():
    if SEED_DISGUISED in page.translate(DISGUISE):
        prize()
