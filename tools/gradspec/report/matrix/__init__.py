"""Who keeps which promise: implementations by chapters and clauses, as a page, as JSON and as Markdown."""
