"""Raises an error whose text and whose very name are markup for the pages of the grader."""

from wrong import *

MARKUP = "</td></pre><script>alert('cheat')</script><img src=x onerror=alert(1)>]]>&amp;<!--"


def complain():
    raise type("<script>alert(2)</script>", (Exception,), {})(MARKUP)


on_backward(complain)
