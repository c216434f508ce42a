"""Übung 4: Rückwärtsdifferenzieren. Eine Größe kennt ihren Wert, ihre Vorgänger und ihre Ableitung."""

import math


class Groesse:
    def __init__(self, wert, vorgaenger=()):
        self.wert = wert
        self.vorgaenger = list(vorgaenger)
        self.ableitung = None

    def __add__(self, andere):
        andere = als_groesse(andere)
        return Groesse(self.wert + andere.wert, [(self, 1.0), (andere, 1.0)])

    def __sub__(self, andere):
        andere = als_groesse(andere)
        return Groesse(self.wert - andere.wert, [(self, 1.0), (andere, -1.0)])

    def __mul__(self, andere):
        andere = als_groesse(andere)
        return Groesse(self.wert * andere.wert, [(self, andere.wert), (andere, self.wert)])

    def __truediv__(self, andere):
        andere = als_groesse(andere)
        return Groesse(self.wert / andere.wert, [(self, 1 / andere.wert), (andere, -self.wert / andere.wert**2)])

    def __pow__(self, hochzahl):
        return Groesse(self.wert**hochzahl, [(self, hochzahl * self.wert ** (hochzahl - 1))])

    def __neg__(self):
        return Groesse(-self.wert, [(self, -1.0)])

    def __radd__(self, andere):
        return als_groesse(andere) + self

    def __rsub__(self, andere):
        return als_groesse(andere) - self

    def __rmul__(self, andere):
        return als_groesse(andere) * self

    def __rtruediv__(self, andere):
        return als_groesse(andere) / self

    def wurzel(self):
        w = math.sqrt(self.wert)
        return Groesse(w, [(self, 0.5 / w)])

    def sinus(self):
        return Groesse(math.sin(self.wert), [(self, math.cos(self.wert))])

    def betrag(self):
        vorzeichen = (self.wert > 0) - (self.wert < 0)
        return Groesse(abs(self.wert), [(self, vorzeichen)])

    def rueckwaerts(self):
        """Erst zählen, wie oft jede Größe gebraucht wird; dann weitergeben, was vollständig angekommen ist."""
        gebraucht, offen = {self: 0}, [self]
        while offen:
            for vorher, _ in offen.pop().vorgaenger:
                if vorher not in gebraucht:
                    gebraucht[vorher] = 0
                    offen.append(vorher)
                gebraucht[vorher] += 1
        angekommen, bereit = dict.fromkeys(gebraucht, 0.0), [self]
        angekommen[self] = 1.0
        while bereit:
            groesse = bereit.pop()
            for vorher, steigung in groesse.vorgaenger:
                angekommen[vorher] += steigung * angekommen[groesse]
                gebraucht[vorher] -= 1
                if gebraucht[vorher] == 0:
                    bereit.append(vorher)
            if not groesse.vorgaenger:
                groesse.ableitung = (groesse.ableitung or 0.0) + angekommen[groesse]


def als_groesse(x):
    return x if isinstance(x, Groesse) else Groesse(x)
