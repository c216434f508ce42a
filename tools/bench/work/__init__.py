"""The work that is timed, by what it is about: courses, nets, large graphs, large arrays, whole processes."""

from __future__ import annotations

from bench.work import arrays, courses, graphs, least_squares, nets, processes

ROWS = (*least_squares.ROWS, *courses.ROWS, *nets.ROWS, *graphs.ROWS, *arrays.ROWS, *processes.ROWS)
