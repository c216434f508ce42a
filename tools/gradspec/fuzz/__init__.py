"""Fuzzing: random programs held against PyTorch, and what is made of the differences."""
