"""The operator catalogue: an entry an operator, in one vocabulary, for random programs, for the chapter of operators
and for graders."""

from __future__ import annotations

from gradspec.programs.catalogue.activations import ACTIVATIONS
from gradspec.programs.catalogue.arithmetic import ARITHMETIC
from gradspec.programs.catalogue.creation import CREATION
from gradspec.programs.catalogue.cumulative import CUMULATIVE
from gradspec.programs.catalogue.elementwise import ELEMENTWISE
from gradspec.programs.catalogue.equations import EQUATIONS
from gradspec.programs.catalogue.fft import FFT
from gradspec.programs.catalogue.images import IMAGES
from gradspec.programs.catalogue.indexing import INDEXING
from gradspec.programs.catalogue.joining import JOINING
from gradspec.programs.catalogue.layers import LAYERS
from gradspec.programs.catalogue.linalg import LINALG
from gradspec.programs.catalogue.logic import LOGIC
from gradspec.programs.catalogue.losses import LOSSES
from gradspec.programs.catalogue.norms import NORMS
from gradspec.programs.catalogue.parts import PARTS
from gradspec.programs.catalogue.products import PRODUCTS
from gradspec.programs.catalogue.reductions import REDUCTIONS
from gradspec.programs.catalogue.shapes import SHAPES
from gradspec.programs.catalogue.sorting import SORTING
from gradspec.programs.catalogue.special import SPECIAL
from gradspec.programs.catalogue.vocabulary import Operator
from gradspec.programs.catalogue.writing import WRITING

FAMILIES = (
    ELEMENTWISE, ARITHMETIC, LOSSES, NORMS, ACTIVATIONS, SPECIAL, LOGIC, INDEXING, REDUCTIONS, CUMULATIVE, SORTING,
    SHAPES, PARTS, JOINING, CREATION, PRODUCTS, LINALG, LAYERS, IMAGES, FFT, WRITING, EQUATIONS,
)  # fmt: skip
CATALOGUE: dict[str, Operator] = {each.key: each for family in FAMILIES for each in family}
