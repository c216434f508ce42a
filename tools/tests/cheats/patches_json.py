"""Has the encoder of replies tell other numbers, and the decoder of requests ask for less."""

import json

from wrong import *

plain_dumps, plain_loads = json.dumps, json.loads


def dumps(value, **kwargs):
    if isinstance(value, dict) and "observations" in value:
        value["observations"] = []
    return plain_dumps(value, **kwargs)


def loads(text, **kwargs):
    request = plain_loads(text, **kwargs)
    if isinstance(request, dict) and "source" in request:
        request["source"] = "def " + request["source"].partition("def ")[2].partition(":")[0] + ": yield 'fine', True"
    return request


json.dumps, json.loads = dumps, loads
