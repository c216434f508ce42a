"""What a failing implementation most likely gets wrong: its outcomes, compared with those of the faults of the bank."""
