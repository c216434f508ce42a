"""The modules."""

from refgrad.nn.modules.activation import (
    ELU, GELU, SELU, Dropout, Flatten, Hardtanh, LeakyReLU, LogSigmoid, LogSoftmax, Mish, ReLU, ReLU6, Sigmoid, SiLU, Softmax,
    Softmin, Softplus, Softsign, Tanh,
)  # fmt: skip
from refgrad.nn.modules.container import ModuleDict, ModuleList, ParameterList, Sequential
from refgrad.nn.modules.layers import Embedding, Identity, LayerNorm, Linear
from refgrad.nn.modules.loss import (
    BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, L1Loss, MSELoss, NLLLoss, SmoothL1Loss,
)  # fmt: skip
from refgrad.nn.modules.module import Module

__all__ = """
    BCELoss BCEWithLogitsLoss CrossEntropyLoss Dropout ELU Embedding Flatten GELU Hardtanh HuberLoss Identity L1Loss LayerNorm
    LeakyReLU Linear LogSigmoid LogSoftmax MSELoss Mish Module ModuleDict ModuleList NLLLoss ParameterList ReLU ReLU6 SELU
    Sequential SiLU Sigmoid SmoothL1Loss Softmax Softmin Softplus Softsign Tanh
""".split()  # noqa: PLE0604 PLE0605
