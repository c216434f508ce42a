"""What a process does to itself before it runs code that nobody trusts. Standard library only; Linux only."""
