"""Is the harness at fault, or the implementation? `smoke` asks; `right` and `wrong` are known to be what they are called."""
