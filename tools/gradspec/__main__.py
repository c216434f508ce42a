"""`python -m gradspec` is `gradspec`."""

from gradspec.cli import main

main()
