"""Forks in the midst of a question, so that two processes answer the same and all that follow."""

from wrong import *

on_backward(forked)
