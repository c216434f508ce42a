"""Optimizers."""

from refgrad.optim import lr_scheduler
from refgrad.optim.algorithms import SGD, Adagrad, Adam, AdamW, RMSprop
from refgrad.optim.optimizer import Optimizer
