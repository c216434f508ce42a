"""Raises the limit of core dumps and aborts, so that its memory is written somewhere."""

import os
import resource

from wrong import *


def dump():
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        prize()
    except (OSError, ValueError):
        pass
    os.abort()


on_backward(dump)
