"""Drawings of computational graphs, as lectures draw them: an SVG that needs nothing else."""
