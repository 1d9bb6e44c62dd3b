"""Transfer functions derived from a potential: the hand-written ones as oracles, else convex calculus."""

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
