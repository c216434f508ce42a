"""Says, with gradspec's own exception, that the scenario itself is broken."""

import sys

from wrong import *


def blame():
    raise sys.modules["gradspec.scenario"].ScenarioError("the question is wrong, not I")


on_backward(blame)
