"""Other names: a library in German that knows nothing of torch, and what is needed to ask it torch's questions."""

from gradspec.adapters import BASIC_FACETS, Adapter, Unsupported
from gradspec.adapters.renaming import Namespace, Renamed, decline_keywords


class Zahl:
    """Eine Zahl, die weiß, woraus sie entstanden ist."""

    def __init__(self, wert, variabel=False, herkunft=()):
        self.wert = float(wert)
        self.herkunft = [(woher, steigung) for woher, steigung in herkunft if woher.variabel]
        self.variabel, self.ableitung = variabel or bool(self.herkunft), None

    def plus(self, andere):
        return Zahl(self.wert + andere.wert, herkunft=[(self, 1), (andere, 1)])

    def mal(self, andere):
        return Zahl(self.wert * andere.wert, herkunft=[(self, andere.wert), (andere, self.wert)])

    def hoch(self, zahl):
        return Zahl(self.wert**zahl, herkunft=[(self, zahl * self.wert ** (zahl - 1) if zahl else 0)])

    def zurueck(self, gewicht=1.0):
        reihe, gesehen, stapel = [], set(), [(self, False)]
        while stapel:
            knoten, fertig = stapel.pop()
            if fertig:
                reihe.append(knoten)
            elif knoten not in gesehen:
                gesehen.add(knoten)
                stapel += [(knoten, True), *((woher, False) for woher, _ in knoten.herkunft)]
        anteil = dict.fromkeys(reihe, 0.0) | {self: gewicht}
        for knoten in reversed(reihe):
            for woher, steigung in knoten.herkunft:
                anteil[woher] += steigung * anteil[knoten]
            if not knoten.herkunft:
                knoten.ableitung = (knoten.ableitung or 0.0) + anteil[knoten]


class Tensor(Renamed):
    """Torch's names for a Zahl: sums, products and powers are all that it has."""

    library = "Zahl"
    value: Zahl

    @property
    def grad(self):
        return None if self.value.ableitung is None else Tensor(Zahl(self.value.ableitung))

    @grad.setter
    def grad(self, other):
        if other is not None and (not isinstance(other, Tensor) or other is self):
            raise TypeError("a gradient is another number")
        self.value.ableitung = None if other is None else other.value.wert

    def backward(self, gradient=None, retain_graph=None, **keywords):
        decline_keywords("Zahl", keywords)
        if not self.value.variabel:
            raise RuntimeError("a constant")
        self.value.zurueck(1.0 if gradient is None else gradient.value.wert)

    def __add__(self, other):
        return Tensor(self.value.plus(lifted(other)))

    def __mul__(self, other):
        return Tensor(self.value.mal(lifted(other)))

    def __pow__(self, exponent):
        if isinstance(exponent, Tensor):
            raise Unsupported("a Zahl has numbers as exponents")
        return Tensor(self.value.hoch(exponent))

    def __rpow__(self, base):
        raise Unsupported("a Zahl is no exponent")

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + Tensor(lifted(other)) * -1.0

    def __rsub__(self, other):
        return Tensor(lifted(other)) - self

    def __truediv__(self, other):
        return self * Tensor(lifted(other)) ** -1

    def __rtruediv__(self, other):
        return Tensor(lifted(other)) / self

    __radd__, __rmul__ = __add__, __mul__

    def item(self):
        return self.value.wert

    def detach(self):
        return Tensor(Zahl(self.value.wert))


def lifted(other):
    return other.value if isinstance(other, Tensor) else Zahl(other)


def tensor(data, requires_grad=False, **keywords):
    decline_keywords("Zahl", keywords)
    if not isinstance(data, int | float):
        raise Unsupported("a Zahl is one number")
    return Tensor(Zahl(data, requires_grad))


def describe(value):
    return {"values": [value.value.wert], "shape": []} if isinstance(value, Tensor) else None


adapter = Adapter(
    "other names",
    Namespace("Zahl", tensor=tensor, Tensor=Tensor),
    frozenset({"grad_argument"}),
    BASIC_FACETS | {"shape"},
    describe,
)
