"""Programs as data: drawn at random, run statement by statement, printed as scripts."""
