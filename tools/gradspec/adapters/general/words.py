"""What people call things in teaching code: words for each notion, the commonest first, also in other languages.

Words only order what is tried; whether a candidate is what it is called is found by trying it.
"""

from __future__ import annotations

DATA = """
data value val v _data _value _val array arr values number num x item scalar primal real content tensor numpy
wert zahl daten valeur donnee valor dato valore dane wartosc waarde
""".split()
GRADIENT = """
grad gradient _grad derivative deriv grads g _gradient d dv adjoint adj bar sensitivity partial delta diff dual eps
tangent dot ableitung gradiente steigung derivee derivada derivata pochodna afgeleide
""".split()
BACKWARD = """
backward backprop back_prop backpropagate backpropagation back_propagate propagate compute_gradients compute_grads
compute_gradient calc_gradients calc_grads calculate_gradients run_backward do_backward reverse reverse_pass backward_pass
back pullback differentiate derive gradients accumulate sweep
zurueck rueckwaerts ableiten retropropagation retropropager retropropaga arriere atras hacia_atras
retropropagar indietro wstecz terug
""".split()
# Functions of a result that give gradients back, and functions of functions.
GRADIENTS = """
gradient gradients grad grads get_gradients get_gradient get_grads compute_gradients compute_grads derivative derivatives
differentiate diff backward backprop jacobian vjp D d wrt autodiff reverse_diff reverse_mode forward_diff forward_mode
gradient_of derivative_of value_and_grad value_and_gradient grad_and_value
gradienten ableitung ableiten ableitungen gradiente derivee deriver derivada derivar derivata pochodna
""".split()
# Functions of a function that give its value, and how a gradient is pulled back through it.
PULLBACKS = """
vjp pullback pull_back value_and_pullback value_and_vjp with_pullback forward_with_pullback make_vjp rueckzug
""".split()
CLASSES = """
Tensor Value Variable Scalar Var Node Num Number Float Array Expr Expression Dual Param Parameter Zahl Wert Knoten Valeur
Variavel Valor
""".split()
MAKERS = """
variable var leaf value scalar tensor number node param parameter input make_variable make_var make_node new_variable
new_var create_variable constant const watch create new add_variable add_leaf track
zahl wert knoten variavel valeur
""".split()
REQUIRES = (
    "requires_grad requires_gradient needs_grad need_grad require_grad track_grad trainable differentiable".split()
)
# Parameters of a constructor that a leaf has nothing for.
EMPTY = {
    "()": "parents children prev _prev _children inputs args operands sources deps dependencies local_gradients "
    "local_grads eltern vorgaenger creators history edges herkunft",
    "''": "op _op name label operation opname bezeichnung",
    "None": "grad_fn backward backward_fn _backward creator ctx fn func function pullback vjp context",
}
SEEDS = """
grad gradient seed upstream grad_output output_grad grad_out dout dy g v vector incoming init_grad initial_grad start
initial upstream_grad grad_outputs external_grad out_grad gewicht
""".split()
RETAINS = "retain_graph keep_graph retain keep".split()
AXES, KEEPS = "axis dim axes dims".split(), "keepdims keepdim keep_dims".split()
FRESH = """
reset_tape clear_tape reset_graph clear_graph new_tape zero_tape reset clear flush leeren
""".split()
RECORDS = "tape graph trace record history wengert band".split()  # what a module may keep, and what it is cleared of
NO_GRAD = "no_grad nograd no_gradient no_gradients stop_recording pause disable_grad ohne_gradient".split()
DETACH = "detach stop_gradient stop_grad detached".split()

# torch's name: what else it is called.
UNARY = {
    "exp": "exponential e_hoch expo",
    "log": "ln logarithm logarithmus",
    "sin": "sine sinus seno",
    "cos": "cosine cosinus kosinus coseno",
    "tan": "tangent tangens",
    "tanh": "hyperbolic_tangent th tangens_hyperbolicus",
    "sinh": "",
    "cosh": "",
    "sigmoid": "logistic sigma sigm expit",
    "relu": "rectifier rectify rect ramp",
    "sqrt": "square_root wurzel root racine raiz",
    "square": "squared quadrat sqr",
    "abs": "absolute absolute_value betrag fabs",
    "neg": "negative negate",
    "reciprocal": "inverse inv kehrwert",
    "softplus": "",
    "log2": "",
    "log10": "",
    "log1p": "",
    "expm1": "",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
}
# Over all elements, or along a dimension where the code has a parameter for that.
REDUCTIONS = {
    "sum": "sum_all reduce_sum total summe somme soma suma",
    "mean": "average avg reduce_mean mittelwert mittel moyenne media",
    "prod": "product produkt",
    "amax": "max maximum_of reduce_max",
    "amin": "min minimum_of reduce_min",
    "softmax": "",
    "log_softmax": "logsoftmax",
    "logsumexp": "log_sum_exp",
}
BINARY = {"maximum": "max2 maxi", "minimum": "min2 mini"}
MATMUL = "matmul dot mm matrix_multiply mat_mul produit matmult".split()
SHAPES = {"reshape": "view resize umformen", "transpose": "T t transposed transponiert swapaxes", "flatten": "ravel"}
# The operators, with the special method that says that a class has it, and its names where it is a function.
OPERATORS = {
    "+": ("add", "plus addition sum_of addiere addiert mas"),
    "-": ("sub", "subtract minus subtraction subtrahiere menos moins"),
    "*": ("mul", "multiply times mult product_of mal multipliziere multiplication por fois"),
    "/": ("truediv", "div divide divided_by division durch geteilt teile"),
    "**": ("pow", "power hoch potenz raise_to"),
}


def called(name: str, table: dict[str, str]) -> list[str]:
    return [name, *table[name].split()]
