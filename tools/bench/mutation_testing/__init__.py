"""Mutation testing of refgrad: mutants made by cosmic-ray's operators, judged by the conformance suite alone."""
