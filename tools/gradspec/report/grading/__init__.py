"""The books of a grading: for each student, and for the teacher. Each is derived from the journal, and without times."""
