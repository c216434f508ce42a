"""PyTorch with $THREADS threads, whatever the harness asks for: `gradspec check tools/bench/torch_in_threads.py:torch`."""

import os

import torch

torch.set_num_threads(int(os.environ["THREADS"]))
torch.set_num_threads = lambda number: None
