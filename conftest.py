"""Which implementations `pytest` runs by default, and the Hypothesis profiles."""

import os

import pytest
from hypothesis import settings

IMPLEMENTATIONS = ["refgrad", "torch"]

# The same examples every time, so that a change is judged by what it changed; `searching` looks for new ones.
# No deadlines: how long an example takes says more about the machine than about the code.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("searching", max_examples=2000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.option.impl = config.option.impl or IMPLEMENTATIONS
