"""PyTorch with one thing wrong: `tanh`, called as a function, is the sine."""

from torch import *  # noqa: F403
from torch import Tensor, autograd, linalg, nn, special, tensor  # noqa: F401


def tanh(x):
    return x.sin()
