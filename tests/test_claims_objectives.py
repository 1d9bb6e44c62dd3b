"""What `tnsolve` computes, held to the claims in `proofs` about losses; each test is named after its claim."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import entr

import tnsolve as tn
from tnsolve.distillation.targets import centred_logits, soft_targets
from tnsolve.sweeping.regression import generalised_regression

EPS = np.finfo(np.float64).eps
SIZE = 8.0

logits = arrays(np.float64, (3, 4), elements=st.floats(-SIZE, SIZE, width=32))
temperatures = st.floats(0.5, 8)
shares = st.integers(0, 10).map(lambda tenths: tenths / 10)


def entropy(p):
    """H(p) of every row."""
    return entr(p).sum(axis=1)


def cross_entropy(p, q):
    """CE(p, q) of every row."""
    return -np.sum(p * np.log(q), axis=1)


def spread(z):
    """Largest less smallest logit of every row."""
    return np.ptp(z, axis=1)


@given(logits, temperatures)
def test_temperature_odds(x, temperature):
    """log(p_i/p_j) = (x_i − x_j)/T."""
    logs = np.log(soft_targets(x, temperature=temperature))
    odds, gaps = (a[:, :, None] - a[:, None, :] for a in (logs, x / temperature))
    # x/T, and a logarithm of a p with relative error EPS (1 + 2 SIZE / T), are off by EPS times their size.
    assert np.allclose(odds, gaps, rtol=0, atol=16 * EPS * (1 + 2 * SIZE / temperature))


@given(logits, temperatures, st.floats(1, 10))
def test_temperature_entropy(x, temperature, factor):
    """Heating never lowers the entropy, and its slope is Var_p(x)/T³."""
    warm, hot = (soft_targets(x, temperature=t) for t in (temperature, factor * temperature))
    rounding = 64 * EPS * (1 + SIZE / temperature)
    assert np.all(entropy(hot) >= entropy(warm) - rounding)
    step = 1e-4 * temperature
    above, below = (entropy(soft_targets(x, temperature=temperature + s)) for s in (step, -step))
    variance = np.sum(warm * x**2, axis=1) - np.sum(warm * x, axis=1) ** 2
    # T³ H‴ = 12 κ₂/T² + 8 κ₃/T³ + κ₄/T⁴ is below 12 (1 + R/T)⁴; a central difference errs by step² H‴/6
    curved = 3 * (step / temperature) ** 2 * (1 + spread(x) / temperature) ** 4 / temperature
    assert np.all(np.abs((above - below) / (2 * step) - variance / temperature**3) <= curved + rounding / step)


def test_temperature_to_zero():
    """One-hot at a unique maximum; logits that share the maximum share the probability."""
    cold = soft_targets(np.asarray([[1.0, 0.0, 0.5], [1.0, 0.0, 1.0]]), temperature=1e-2)
    # what is left outside the maximum is at most exp(−0.5 / 0.01) = 2e-22
    assert np.allclose(cold, [[1, 0, 0], [0.5, 0, 0.5]], rtol=0, atol=4 * EPS)


def test_temperature_one_is_no_threshold():
    """A temperature below 1 can leave two classes alike, one above 1 can set them apart."""
    alike = soft_targets(np.asarray([[0.01, 0.0]]), temperature=0.5)
    apart = soft_targets(np.asarray([[10.0, 0.0]]), temperature=2.0)
    assert alike[0, 0] < 0.51 < 0.99 < apart[0, 0]


@given(logits, logits, st.floats(1, 1e4))
def test_logit_regression(v, z, temperature):
    """T² KL(p‖q) differs from half the mean square of the centred logits by at most R_δ² R/(8T), R ranges."""
    relative = temperature * tn.Softmax(temperature).loss(z, soft_targets(v, temperature=temperature))
    regression = np.mean(centred_logits(z - v) ** 2, axis=1) / 2
    # KL is ∫ (1 − s) Var(δ/T) ds over tilts between uniform and q; d Var/dβ is a third cumulant, below R_δ² R / 4.
    reach = np.maximum(spread(v), spread(z))
    rounding = 64 * EPS * temperature * (temperature + SIZE)
    assert np.all(np.abs(relative - regression) <= spread(z - v) ** 2 * reach / (8 * temperature) + rounding)


@given(logits, logits, st.floats(500, 4000))
def test_temperature_limit(v, z, temperature):
    """T (q − p), which is T² times the gradient of the cross entropy, is (z − v)/N for centred logits up to O(1/T)."""
    v, z = centred_logits(v), centred_logits(z)
    slope = temperature * (tn.Softmax(temperature)(z) - soft_targets(v, temperature=temperature))
    # Taylor's remainder in 1/T: |q″| = q |(z_i − E z)² − Var z| ≤ R² exp(R/T)/N, of which half is below R²/N
    bound = (spread(z) ** 2 + spread(v) ** 2)[:, None] / (4 * temperature)
    assert np.all(np.abs(slope - (z - v) / 4) <= bound + 16 * EPS * temperature)


@given(logits, temperatures)
def test_cross_entropy_zero(z, temperature):
    """At a perfect match Hinton's loss is T² H(p) > 0; what vanishes is the relative entropy, `Softmax.loss`."""
    p = soft_targets(z, temperature=temperature)
    hinton = tn.TemperedSoftmax(temperature, 1.0)
    matched = hinton.loss(z, hinton.targets(z, np.zeros(3, dtype=np.int64)))
    assert np.allclose(matched, temperature**2 * entropy(p), rtol=0, atol=64 * EPS * temperature * (temperature + SIZE))
    assert np.all(matched > 0)
    assert np.all(np.abs(tn.Softmax(temperature).loss(z, p)) <= 16 * EPS * temperature)


@given(logits, logits, arrays(np.int64, 3, elements=st.integers(0, 3)), shares)
def test_mixed_loss_one_target(z, v, labels, share):
    """At T = 1 the mixed loss is the cross entropy with the target λ p + (1 − λ) y."""
    mixture = tn.TemperedSoftmax(1.0, share)
    target = share * soft_targets(v) + (1 - share) * np.eye(4)[labels]
    loss = mixture.loss(z, mixture.targets(v, labels))
    assert np.allclose(loss, tn.softmax.loss(z, target) + entropy(target), rtol=0, atol=64 * EPS * (1 + SIZE))


def test_mixed_loss_order():
    """The target comes first: the divergence of softmax is that of the label from the student, not the reverse."""
    z, label = np.zeros((1, 2)), np.asarray([[0.75, 0.25]])
    student = tn.softmax(z)
    loss = tn.softmax.loss(z, label) + entropy(label)
    assert np.allclose(loss, cross_entropy(label, student), rtol=8 * EPS)
    assert abs(loss[0] - cross_entropy(student, label)[0]) > 0.1


def test_hard_label_is_argmax():
    """The soft label of the cat in the car holds 0.673 nats, its argmax none; their losses differ by (p − y) z."""
    soft, hard, z = np.asarray([[0.4, 0.0, 0.6]]), np.asarray([[0.0, 0.0, 1.0]]), np.asarray([[2.0, -1.0, 0.5]])
    held = [-tn.softmax.conjugate(label)[0] for label in (soft, hard)]
    assert held == pytest.approx([0.673, 0.0], abs=5e-4)
    costs = [tn.softmax.loss(z, label)[0] + nats for label, nats in zip((soft, hard), held, strict=True)]
    assert costs[1] - costs[0] == pytest.approx(((soft - hard) @ z[0])[0], abs=64 * EPS)


@given(logits, temperatures)
def test_soft_label_is_positive(z, temperature):
    """No softmax says exactly 0: every entry is at least exp(−R/T)/N."""
    floor = np.exp(-spread(z) / temperature) / z.shape[1]
    assert np.all(
        soft_targets(z, temperature=temperature) >= floor[:, None] * (1 - 64 * EPS * (1 + SIZE / temperature))
    )


@given(logits, logits)
def test_relative_entropy_quotient(z, v):
    """The divergence is Σ Q log(Q/P), Q that of its second argument: the logarithm of a quotient, 0 at Q = P."""
    q, p = soft_targets(v), soft_targets(z)
    relative = np.sum(q * np.log(q / p), axis=1)
    assert np.allclose(tn.softmax.divergence(z, v), relative, rtol=0, atol=64 * EPS * (1 + SIZE))
    assert np.all(np.abs(tn.softmax.divergence(z, z)) <= 16 * EPS)


def ridge_rounds(x, y, own, rounds, ridge):
    """Outputs after rounds of regression on own · (last outputs) + (1 − own) · y, first on y itself."""
    design, weights = np.column_stack([np.ones(len(x)), x]), np.full(len(x), 1 / len(x))
    penalty = ridge * np.mean(np.sum(design**2, axis=1)) / design.shape[1]
    outputs = y
    for _ in range(rounds):
        targets = own * outputs + (1 - own) * y
        outputs = design @ generalised_regression(design, targets, weights, tn.identity, penalty)
    return outputs


def sample_task(seed):
    """Seven samples of three inputs and two outputs."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((7, 3)), rng.standard_normal((7, 2))


def ridge_rounding(rounds, ridge):
    """eps × entries × rounds × condition of the Gram of 4 columns with `ridge` times its mean eigenvalue added."""
    return 256 * EPS * (1 + rounds) * (1 + 4 / ridge)


@settings(max_examples=10)
@given(st.integers(0, 99), st.integers(0, 6), st.sampled_from([0.01, 0.3, 3.0]))
def test_self_distillation_filter(seed, rounds, ridge):
    """t rounds multiply each mode of the regression by ρᵗ, 0 ≤ ρ < 1."""
    x, y = sample_task(seed)
    smoother = ridge_rounds(x, np.eye(7), 0.0, 1, ridge)
    rho, modes = np.linalg.eigh(smoother)
    rounding = ridge_rounding(rounds, ridge)
    assert rho.min() >= -rounding
    assert rho.max() < 1
    expected = modes @ (rho[:, None] ** rounds * (modes.T @ y))
    assert np.allclose(ridge_rounds(x, y, 1.0, rounds, ridge), expected, rtol=0, atol=rounding)


@settings(max_examples=5)
@given(st.integers(0, 99), st.sampled_from([0.25, 0.5]))
def test_self_distillation_with_labels(seed, own):
    """With a share 1 − α of labels the rounds converge to one regression with the ridge λ/(1 − α)."""
    x, y = sample_task(seed)
    limit = ridge_rounds(x, y, 0.0, 1, 0.3 / (1 - own))
    # the distance shrinks by αρ < α in every round
    close = own**24 * np.abs(y).sum() + ridge_rounding(24, 0.3)
    assert np.allclose(ridge_rounds(x, y, own, 24, 0.3), limit, rtol=0, atol=close)
