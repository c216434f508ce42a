"""Neural networks: modules, their parameters, and the functions that they are made of."""

from refgrad.nn import functional, init, modules, parameter, utils
from refgrad.nn.modules import *  # noqa: F403 (what stands there stands here)
from refgrad.nn.parameter import Buffer, Parameter
