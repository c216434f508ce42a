"""The ways in which a command can fail that are nobody's verdict, each with its exit code."""

from __future__ import annotations

CONFORMS, DIFFERS = 0, 1


class GradspecError(Exception):
    """The message is one or two sentences for the person at the terminal; the second says what to do."""

    exit_code = 3


class UsageError(GradspecError):
    """What was asked for cannot be: an implementation that does not load, an unknown chapter, an unwritable file."""

    exit_code = 2


class HarnessError(GradspecError):
    """gradspec's own part failed: a golden that cannot be read, a chapter that does not import, an oracle that dies."""

    exit_code = 3
