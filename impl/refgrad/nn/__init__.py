"""Neural networks: modules, their parameters, and the functions that they are made of."""

# ruff: noqa: I001 (names in a row read best in rows)

from refgrad.nn import functional, init, modules, parameter, utils
from refgrad.nn.modules.activation import (
    ELU, GELU, Dropout, Flatten, LeakyReLU, LogSoftmax, ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh,
)  # fmt: skip
from refgrad.nn.modules.container import ModuleDict, ModuleList, ParameterList, Sequential
from refgrad.nn.modules.layers import Embedding, Identity, Linear
from refgrad.nn.modules.loss import (
    BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, L1Loss, MSELoss, NLLLoss, SmoothL1Loss,
)  # fmt: skip
from refgrad.nn.modules.module import Module
from refgrad.nn.parameter import Parameter
