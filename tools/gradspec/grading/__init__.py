"""Grading: a rubric, an exam made of it, submissions that sit it, and the books that are kept."""
