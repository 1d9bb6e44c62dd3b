"""Transfer functions derived from a potential: the hand-written ones as oracles, else convex calculus."""

import time
from itertools import pairwise

import array_api_compat.numpy
import numpy as np
import pytest
import sympy
from budgets import examples
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tnsolve.transfer as tt
from tnsolve.bregman import BregmanPCA
from tnsolve.transfer.derived import Derived, from_potential
from tnsolve.transfer.formulas import parsed
from tnsolve.transfer.jets import FUNCTIONS

EPS = np.finfo(np.float64).eps
ORACLES = {
    "z**2/2": tt.identity,
    "log(1 + exp(z))": tt.sigmoid,
    "log(cosh(z))": tt.tanh,
    "exp(z)": tt.exp,
    "sqrt(1 + z**2)": tt.algebraic,
    "z*atan(z) - log(1 + z**2)/2": tt.arctan,
}
NEW = ["z**2/2 + log(1 + exp(z))", "z**4/12 + z**2/2", "cosh(z)"]
DERIVED = {text: from_potential(text) for text in [*ORACLES, *NEW]}
points = arrays(np.float64, (3, 4), elements=st.floats(-4, 4, width=32))
few = examples(20)


@pytest.mark.parametrize("text", ORACLES)
@few
@given(z=points, a=points)
def test_a_derived_function_is_the_one_written_by_hand(text, z, a):
    derived, known = DERIVED[text], ORACLES[text]
    assert (derived.low, derived.high, derived.bound) == pytest.approx((known.low, known.high, known.bound))
    y = known(a)
    size = 1e3 * EPS * (1 + known.primitive(z).max() + known(z).max())
    assert np.allclose(derived(z), known(z), rtol=0, atol=size)
    assert np.allclose(derived.derivative(z), known.derivative(z), rtol=0, atol=size)
    assert np.allclose(derived.inverse(y), a, rtol=0, atol=1e3 * EPS * (1 + np.abs(y) + 1 / known.derivative(a)).max())
    assert np.allclose(derived.loss(z, y), known.loss(z, y), rtol=0, atol=1e3 * EPS * (100 + np.exp(4)))


@pytest.mark.parametrize("text", NEW)
@few
@given(z=points, a=points)
def test_a_new_function_obeys_convex_calculus(text, z, a):
    derived, step = DERIVED[text], 1e-6
    size = 1 + np.abs(derived.primitive(z)).max() + np.abs(derived.primitive(a)).max()
    slope = (derived.primitive(z + step) - derived.primitive(z - step)) / (2 * step)
    assert np.allclose(slope, derived(z), rtol=0, atol=1e-8 * size)
    bend = (derived(z + step) - derived(z - step)) / (2 * step)
    assert np.allclose(bend, derived.derivative(z), rtol=0, atol=1e-8 * size)
    assert np.allclose(derived.inverse(derived(a)), a, rtol=0, atol=1e-9)
    assert np.all(derived.divergence(z, a) >= 0)
    fenchel = derived.potential(z) + derived.conjugate(derived(a)) - np.sum(derived(a) * z, axis=1)
    assert np.allclose(derived.loss(z, derived(a)), fenchel, rtol=0, atol=1e-8 * size)
    assert np.all(derived.derivative(z) <= derived.bound * (1 + 1e-12))


def test_it_serves_bregman_pca():
    y = DERIVED["log(1 + exp(z))"](np.random.default_rng(0).standard_normal((50, 5)))
    ours, known = (BregmanPCA(2, transfer).fit(y) for transfer in (DERIVED["log(1 + exp(z))"], tt.sigmoid))
    assert ours.divergence_ == pytest.approx(known.divergence_, rel=1e-6)


def test_an_expression_in_any_symbol_and_its_json():
    x = sympy.Symbol("x")
    derived = from_potential(sympy.log(1 + sympy.exp(x)))
    assert derived == Derived("log(exp(z) + 1)")
    assert derived.to_json() == {"name": "derived", "potential_text": "log(exp(z) + 1)"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("z**3", "convex"),
        ("z + q", "'q'"),
        ("__import__('os')", "__import__"),
        ("exp('__import__')", "__import__"),
        ("z.real", "real"),
        ("[z for z in (1, 2)]", "write it in z"),
    ],
)
def test_text_that_is_no_convex_potential_is_refused_and_never_run(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        from_potential(text)


def test_two_symbols_are_refused():
    with pytest.raises(ValueError, match="write it in one"):
        from_potential(sympy.Symbol("a") * sympy.Symbol("b"))


REFUSED = {
    "9**9**9*z": "exponent|number",
    "exp(exp(exp(z)))": "not finite",
    "z**1e9": "exponent|number",
    "z**17": "exponent",
    "z**(10**9)": "number",
    "z**z": "both vary",
    "(" * 4000 + "z" + ")" * 4000: "at most 500 characters",
    "(" * 30 + "z" + ")" * 30: "parentheses",
    "-" * 400 + "z": "parts|nests",
    "+".join("z" * 240): "parts",
    "z+" * 500_000 + "z": "at most 500 characters",
    "((z**2 + 1)**16)**16 * exp(z**16)": "not finite",
    "exp(" * 20 + "z" + ")" * 20: "not finite|number",
    "1e999*z": "number",
    "1/0 + z": "number",
    "sqrt(-1)*z": "number",
    "log(z)": "not finite",
    "tan(z)": "convex",
    "-z**2": "convex",
    "z**2/2 + sin(20*pi*z)/10": "convex",
    "z**2/2 + sin(160*pi*z)/1000": "convex",
    "": "no formula",
    "z +": "no formula",
    "z z": "no formula",
    "0x10*z": "no part",
    "1_0*z": "no part",
    "1if z else 2": "no part",
    "z if z else z": "write it in z",
    "z**2 # a": "no part",
    "z;z": "no part",
    "lambda: z": "no part",
    "exp": "write it in z",
    "exp(z, z)": "no part",
    "exp()": "write it in z",
    "z(z)": "write it in z",
    "z\0": "no part",
    "\ud800": "no part",
    "é": "no part",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20].encode("ascii", "replace").decode())
def test_text_from_anywhere_is_refused_within_a_moment(text):
    begun = time.process_time()
    for made in (
        from_potential,
        Derived,
        lambda text: tt.transfer_from_json({"name": "derived", "potential_text": text}),
    ):
        with pytest.raises(ValueError, match=REFUSED[text] if len(text) <= 1000 else "characters") as caught:
            made(text)
        assert len(str(caught.value)) < 600
    assert time.process_time() - begun < 0.5


atoms = st.sampled_from(["z", "2", "0.5", "pi", "1e3", "(1/3)"])
formulas = st.recursive(
    atoms,
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from(["+", "-", "*", "/", "**"]), part).map(lambda abc: "({} {} {})".format(*abc)),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), part).map(lambda fa: "{}({})".format(*fa)),
        part.map(lambda a: f"(-{a})"),
    ),
    max_leaves=12,
)


@examples(300)
@given(text=formulas)
def test_derivatives_are_those_of_the_formula(text):
    """The value by NumPy; either derivative by a complex step from the one before, which has no cancellation."""
    try:
        formula = parsed(text, "test")
    except ValueError:
        return
    z, step = np.array([-1.3, -0.4, 0.2, 0.7, 1.9]), 1e-30
    known = {"z": z, "pi": np.pi, **{name: getattr(array_api_compat.numpy, name) for name in FUNCTIONS}}
    with np.errstate(all="ignore"):
        jet = [part + 0 * z for part in formula.jet(z, 2)]
        sideways = [part + 0 * z for part in formula.jet(z + 1j * step, 2)]
        value = eval(text, {"__builtins__": {}}, known) + 0 * z
        sound = np.all(np.isfinite([value, *jet, *sideways]), axis=0) & np.all(np.abs(jet) < 1e8, axis=0)
        size = 1 + np.max(np.abs(jet), axis=0)
    assert np.all(np.abs(value[sound] - jet[0][sound]) <= 1e-9 * size[sound])
    for before, after in pairwise(zip(jet, sideways, strict=True)):
        assert np.all(np.abs(before[1].imag[sound] / step - after[0][sound]) <= 1e-6 * size[sound])


@examples(200)
@given(text=formulas)
def test_any_formula_is_a_sound_transfer_function_or_refused_at_once(text):
    begun = time.process_time()
    try:
        derived = from_potential(text)
    except ValueError:
        found = None
    else:
        found = derived.low, derived.high, derived.bound
    assert time.process_time() - begun < 1
    if found is not None:
        z = np.linspace(-6, 6, 13)[:, None]
        low, high, bound = found
        y = derived(z)
        size = 1 + np.max(np.abs(y))
        assert low <= high
        assert np.all(derived.derivative(z) >= -1e-11 * size)
        assert np.all((y >= low - 1e-8 * size) & (y <= high + 1e-8 * size))
        assert np.all(derived.derivative(z) <= bound * (1 + 1e-9) + 1e-12)
