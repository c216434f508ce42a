"""Imports PyTorch, under its own name."""

import torch
from wrong import *

tensor = torch.tensor
