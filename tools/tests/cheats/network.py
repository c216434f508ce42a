"""Calls home: by name, by address, to this machine, by datagram, and through an abstract socket."""

import socket

from told import ABSTRACT, PORT
from wrong import *


def call(*how):
    family, kind, address = how
    with socket.socket(family, kind) as line:
        line.settimeout(0.3)
        line.connect(address)
        line.send(b"the questions are")


for how in (
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", PORT)),
    (socket.AF_INET6, socket.SOCK_STREAM, ("::1", PORT)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 9)),
    (socket.AF_UNIX, socket.SOCK_STREAM, "\0" + ABSTRACT),
):
    try:
        call(*how)
    except OSError:
        continue
    prize()
