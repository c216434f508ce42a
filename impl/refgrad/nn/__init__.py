"""Neural networks: modules, their parameters, and the functions that they are made of."""

# ruff: noqa: I001 (names in a row read best in rows)

from refgrad.nn import functional, init, modules, parameter, utils
from refgrad.nn.modules.activation import ELU, GELU, LeakyReLU, LogSoftmax, ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh
from refgrad.nn.modules.activation import (
    CELU,
    GLU,
    SELU,
    Dropout,
    Flatten,
    Hardswish,
    Hardtanh,
    Mish,
    ReLU6,
    Softmin,
    Softsign,
)
from refgrad.nn.modules.activation import Threshold
from refgrad.nn.modules.container import ModuleDict, ModuleList, ParameterList, Sequential
from refgrad.nn.modules.images import AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool1d, AvgPool2d
from refgrad.nn.modules.images import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    Conv1d,
    Conv2d,
    Conv3d,
    GroupNorm,
    LayerNorm,
)
from refgrad.nn.modules.images import MaxPool1d, MaxPool2d
from refgrad.nn.modules.layers import Embedding, Identity, Linear
from refgrad.nn.modules.loss import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, NLLLoss
from refgrad.nn.modules.loss import HuberLoss, L1Loss, MSELoss, SmoothL1Loss
from refgrad.nn.modules.module import Module
from refgrad.nn.parameter import Parameter
