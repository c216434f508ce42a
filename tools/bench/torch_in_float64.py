"""PyTorch whose default dtype is float64: `gradspec check tools/bench/torch_in_float64.py:adapter`.

What speaks of dtypes is left out: the facet `dtype`, words and warnings that name one, printed text, random numbers.
"""

import dataclasses

import torch

from gradspec.adapters.torch_like import torch_like

torch.set_default_dtype(torch.float64)
adapter = torch_like("torch in float64", torch)
adapter = dataclasses.replace(
    adapter,
    facets=adapter.facets - {"dtype", "message", "warning", "text"},
    capabilities=adapter.capabilities - {"dtypes", "printing", "random"},
)
