"""Random programs as a Hypothesis strategy: bytes, and what is read off them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from gradspec.programs.catalogue import CATALOGUE
from gradspec.programs.catalogue.vocabulary import Operator
from gradspec.programs.choices import Choices
from gradspec.programs.moves import MOVES, backward
from gradspec.programs.program import Program
from gradspec.programs.random_draft import RandomDraft, Repertoire
from gradspec.scenario import CAPABILITIES

FEWEST, MOST = 3, 14  # moves
ENDING, MOST_ENDS = 75, 3  # of 100 programs so many end with backward passes, through what was recorded last
BYTES = 128  # of data for one program; always as many, which Hypothesis draws several times faster than some
# What programs are mostly made of: their order is what goes wrong. The rest of the catalogue has its turn, too.
COMMON = frozenset(
    """
    add sub mul div neg pow square exp log sin tanh sigmoid relu abs sum mean max.dim amax prod matmul mm mv dot where
    maximum clamp cumsum cat stack gather index_select index_add scatter_add reshape transpose expand select squeeze
    softmax sort flip norm nn.functional.linear nn.functional.mse_loss
    """.split()
)
EVERYTHING = frozenset(CAPABILITIES)


class Drawing:
    """Turns bytes into programs of what an implementation claims to offer."""

    def __init__(
        self, capabilities: frozenset[str] = EVERYTHING, operators: Sequence[Operator] = tuple(CATALOGUE.values())
    ) -> None:
        offered = [each for each in operators if set(each.needs) <= capabilities]
        self.repertoire = Repertoire(
            capabilities,
            [move for move in MOVES if set(move.needs) <= capabilities for _ in range(move.weight)],
            common=[each for each in offered if each.key in COMMON] or offered,
            computing=offered,
            viewing=[each for each in offered if each.view] or offered,
            changing=[each for each in offered if each.in_place_forms] or offered,
        )

    def program(self, data: bytes) -> Program:
        """The program that `data` stands for."""
        draft = RandomDraft(Choices(data), self.repertoire)
        draft.new_tensor()
        ends = draft.choices.chance(ENDING)
        for _ in range(draft.choices.between(FEWEST, MOST)):
            draft.move()
        for end in draft.ends(MOST_ENDS) if ends else ():
            backward(draft, end)
        return Program(tuple(draft.statements))


def programs(drawing: Drawing | None = None) -> st.SearchStrategy[Program]:
    """Random programs."""
    return st.binary(min_size=BYTES, max_size=BYTES).map((drawing or Drawing()).program)
