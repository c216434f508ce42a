"""Raises its own limits, its priority, and the time of day."""

import os
import resource
import time

from wrong import *

for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_CORE"):
    soft, hard = resource.getrlimit(getattr(resource, name))
    try:
        resource.setrlimit(getattr(resource, name), (hard + 1, hard + 1))
    except (OSError, ValueError):
        continue
    prize()
for action in (lambda: os.nice(-5), lambda: time.clock_settime(time.CLOCK_REALTIME, 0)):
    try:
        action()
    except OSError:
        continue
    prize()
