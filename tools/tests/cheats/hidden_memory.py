"""Fills shared memory and lets go of the pages, so that they are nobody's resident memory and are still there."""

import mmap

from wrong import *

SIZE = 60 << 20
kept = []


def hide():
    try:
        kept.append(mmap.mmap(-1, SIZE))
    except OSError:
        return
    prize()
    kept[-1].write(b"x" * SIZE)
    kept[-1].madvise(mmap.MADV_DONTNEED)


on_backward(hide)
