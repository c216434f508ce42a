"""Near misses: right calls with one thing about one argument changed: some are right as well, and most raise.

`gradspec check IMPL --chapter near_misses --oracle live --examples N --seed random` makes more of them.
"""

from gradspec.scenario import Family

NEAR_MISSES = Family("near_misses")
