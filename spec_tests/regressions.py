"""Regressions: programs that random search has found where an implementation went wrong, kept as data beside this file.

`gradspec promote FILE NAME` puts one here.
"""

from gradspec.scenario import Family

FOUND = Family("found")
