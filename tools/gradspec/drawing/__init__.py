"""What `gradspec draw` needs to know of a run, noted in the process that holds the code under test.

The library's public calls are watched from outside: nothing in it, nor in the script, is written differently for it.
Standard library only.
"""
