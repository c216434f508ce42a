"""Optimizers."""

from refgrad.optim import lr_scheduler
from refgrad.optim.algorithms import SGD, Adam, AdamW
from refgrad.optim.optimizer import Optimizer
