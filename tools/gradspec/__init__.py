"""gradspec: what PyTorch's autograd does, as scenarios that run, held against any implementation."""

from gradspec.scenario import attempt, scenario

__all__ = ["attempt", "scenario"]
