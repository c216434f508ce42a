"""Implementations of the tiny suite that keep everything, or break it in one way each: the columns of a small matrix."""

import shutil
from pathlib import Path

HONEST = Path(__file__).with_name("honest.py")
EVIL = (
    "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\"> -->"
    '</style></table><a href="javascript:alert(2)">click</a> &lt;b&gt; \x00\x1b[31m \u202e \u2028'
)
WRONG = "honest.Tensor.backward = lambda self, upstream=1.0, old=Tensor.backward: old(self, upstream + 1.0)"
NAMED = "class TimesBackward(MulBackward0): ...\nhonest.MulBackward0 = TimesBackward"
DYING = "import os\nhonest.Tensor.backward = lambda self: os._exit(7)"
HARMFUL = f"""
__version__ = {EVIL[:40]!r}
def tensor(data, requires_grad=False):
    if requires_grad:
        raise RuntimeError({EVIL!r})
    return honest.tensor(data)
"""
ADAPTER = """
from gradspec.adapters import BASIC_FACETS, Adapter, describe_tensor
def describe(value):
    return describe_tensor(value) if isinstance(value, honest.Tensor) else None
adapter = Adapter("modest", honest, frozenset(), BASIC_FACETS, describe)
"""


SOURCES = {"wrong": WRONG, "named": NAMED, "dying": DYING, "harmful": HARMFUL, "modest": ADAPTER}


def peers(folder):
    """Write them into `folder`; gives their names, the honest one first."""
    shutil.copy(HONEST, folder)
    for name, source in SOURCES.items():
        (folder / f"{name}.py").write_text(f"from honest import *\nimport honest\n{source}\n")
    names = [f"{folder / name}.py" for name in ("honest", *SOURCES)]
    return *names[:-1], f"{names[-1]}:adapter"
