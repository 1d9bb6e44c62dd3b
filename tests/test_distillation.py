"""Targets, measures, the linear student, the teacher and the contest: identities first, then one tiny job."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import tnsolve as tn
from tnsolve.algebra.measures import accuracy, agreement, relative_error
from tnsolve.contests.contest import Aim, Lesson, Task, contest
from tnsolve.contests.digits import LINEAR, SWEPT, Settings, digits, hidden_aim
from tnsolve.contests.linear import LinearStudent
from tnsolve.distillation.targets import centred_logits, soft_targets
from tnsolve.models.perceptron import Teacher

EPS = np.finfo(np.float64).eps

logits = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6), elements=st.floats(-30, 30))


def teacher(widths=(5, 4, 3), seed=0, hidden=tn.tanh):
    rng = np.random.default_rng(seed)
    shapes = list(pairwise(widths))
    return Teacher(
        tuple(rng.standard_normal(shape) for shape in shapes),
        tuple(rng.standard_normal(width) for _, width in shapes),
        hidden,
    )


def task(samples=60, seed=1):
    rng = np.random.default_rng(seed)
    x, taught = rng.uniform(size=(samples, 5)), teacher()
    train, validation, test = np.split(rng.permutation(samples), [samples // 2, 3 * samples // 4])
    return Task(x, np.argmax(taught.logits(x), axis=1), train, validation, test, taught)


@given(logits, st.floats(-100, 100), st.floats(0.5, 8))
def test_a_constant_added_to_the_logits_changes_no_target(z, constant, temperature):
    scale = 30 + abs(constant)
    assert np.allclose(centred_logits(z + constant), centred_logits(z), rtol=0, atol=16 * EPS * scale)
    soft = [soft_targets(shifted, temperature=temperature) for shifted in (z, z + constant)]
    assert np.allclose(*soft, rtol=0, atol=16 * EPS * scale / temperature)


@given(logits)
def test_centred_logits_keep_the_probabilities(z):
    assert np.allclose(tn.softmax(centred_logits(z)), soft_targets(z), rtol=0, atol=64 * EPS * 30)
    assert np.all(np.abs(centred_logits(z).sum(axis=1)) <= 16 * EPS * 30 * z.shape[1])


@given(logits)
def test_a_perfect_copy_has_no_error_and_the_mean_has_error_one(z):
    assert agreement(z, z) == 1
    assert accuracy(z, np.argmax(z, axis=1)) == 1
    if np.ptp(z, axis=0).max() > 1e-3:
        assert relative_error(z, z) == 0
        assert relative_error(np.broadcast_to(z.mean(axis=0), z.shape), z) == pytest.approx(1)


def test_a_target_that_does_not_vary_has_infinite_error():
    assert relative_error(np.zeros((3, 2)), np.ones((3, 2))) == np.inf


@given(st.integers(0, 10), st.sampled_from([tn.tanh, tn.relu, tn.sigmoid]))
def test_a_teacher_entered_at_any_layer_says_the_same(seed, hidden):
    taught = teacher((5, 6, 4, 3), seed, hidden)
    x = np.random.default_rng(seed).uniform(size=(7, 5))
    layers = taught.activations(x)
    assert [layer.y.shape[1] for layer in layers] == [5, 6, 4, 3]
    for k in range(taught.depth):
        assert np.array_equal(taught.continue_from(k, layers[k].y), taught.logits(x))
        assert np.array_equal(layers[k].y, taught.transfer(k)(layers[k].z))
    assert taught.parameters_after(0) == 5 * 6 + 6 + 6 * 4 + 4 + 4 * 3 + 3
    assert taught.parameters_after(taught.depth) == 0


def test_a_teacher_has_no_layer_behind_its_last():
    with pytest.raises(ValueError, match=r"continue_from\(layer=2\) must be 0 \(the input\) to 1"):
        teacher().continue_from(2, np.zeros((1, 3)))


@given(st.integers(0, 10), st.sampled_from([tn.identity, tn.tanh, tn.sigmoid, tn.softmax]))
def test_the_linear_student_recovers_a_linear_layer(seed, transfer):
    rng = np.random.default_rng(seed)
    x, w = rng.standard_normal((80, 4)), rng.standard_normal((4, 3)) / 2
    y = transfer(0.3 + x @ w)
    student = LinearStudent.fitted(x, y, transfer=transfer, ridge=0.0)
    # Newton's steps double the digits until they are those of the loss, whose root they are.
    assert np.abs(student(x) - y).max() < np.sqrt(EPS)
    assert student.parameters == 5 * 3


def test_the_linear_student_is_ridge_regression():
    rng = np.random.default_rng(0)
    x, y, ridge = rng.standard_normal((50, 4)), rng.standard_normal((50, 2)), 0.1
    student = LinearStudent.fitted(x, y, transfer=tn.identity, ridge=ridge)
    penalty = ridge * np.mean(x**2) * np.eye(4)
    centred = x - x.mean(axis=0)
    exact = np.linalg.solve(centred.T @ centred / 50 + penalty, centred.T @ y / 50)
    assert np.allclose(student.coefficients[1:], exact, rtol=0, atol=1e3 * EPS)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_linear_student_is_a_model(dtype, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 4)).astype(dtype)
    student = LinearStudent.fitted(x, tn.softmax(rng.standard_normal((50, 3))), transfer=tn.softmax)
    assert student(x).dtype == dtype
    assert (student.inputs, student.outputs) == (4, 3)
    assert student.bytes == student.parameters * np.dtype(dtype).itemsize
    student.save(tmp_path / "student")
    for again in (LinearStudent.load(tmp_path / "student"), tn.load(tmp_path / "student")):
        assert np.array_equal(again(x), student(x))
    with pytest.raises(ValueError, match=r"coefficients of shape \(3,\); give \(1 \+ sites, outputs\)"):
        LinearStudent(np.zeros(3), tn.identity)


def test_aims_give_targets_and_logits_of_their_layer():
    job = task()
    x, taught = job.x, job.teacher
    assert np.allclose(Aim("p", 2, tn.Softmax(2.0)).targets(taught, x), tn.softmax(taught.logits(x) / 2), atol=4 * EPS)
    assert np.allclose(Aim("z", 2, tn.identity).targets(taught, x).sum(axis=1), 0, atol=1e-13)
    assert np.array_equal(hidden_aim(job, 1).targets(taught, x), taught.activations(x)[1].y)
    with pytest.raises(ValueError, match="no loss for logits"):
        Aim("p", 2, tn.tanh).targets(taught, x)


@pytest.mark.parametrize("layer", [0, 2])
def test_only_a_hidden_layer_can_be_asked_for(layer):
    with pytest.raises(ValueError, match=rf"digits\(layer={layer}\) is no hidden layer of the teacher; choose 1 to 1"):
        hidden_aim(task(), layer)


def test_a_contest_keeps_the_recipe_of_the_lowest_validation_loss_and_never_shows_the_test_samples():
    job, seen = task(), []

    def recipe(ridge):
        def learn(lesson):
            seen.append(lesson)
            return LinearStudent.fitted(lesson.x, lesson.y, transfer=lesson.transfer, ridge=ridge), [ridge]

        return learn

    outcome = contest(job, [hidden_aim(job, 1)], {"linear": [recipe(10.0), recipe(1e-6), recipe(100.0)]})
    assert outcome.winners["layer 1", "linear"].losses == [1e-6]
    assert [row["model"] for row in outcome.rows] == ["teacher", "linear"]
    # The first layer is affine before its tanh: a linear student reproduces it.
    assert outcome.rows[1]["target error"] < 0.05
    assert outcome.rows[1]["parameters"] == 6 * 4 + job.teacher.parameters_after(1)
    shown = {tuple(row) for lesson in seen for part in (lesson.x, lesson.validation[0]) for row in part}
    assert not shown & {tuple(row) for row in job.x[job.test]}


def test_the_job_has_a_row_for_everyone_and_repeats_itself():
    job = task()
    settings = Settings(tn.monomials(2), tn.softmax, layer=1, rank=2, sweeps=1)
    outcomes = [digits(job, settings, rivals={"start": [lambda start, lesson: (start, [])]}) for _ in range(2)]
    for outcome in outcomes:
        models = [row["model"] for row in outcome.rows]
        assert models == ["teacher", *[LINEAR, SWEPT, "start"] * 2]
        assert outcome.rows[0]["agreement"] == 1
    first, second = (outcome.winners["outputs", SWEPT] for outcome in outcomes)
    assert np.array_equal(first.model(job.x), second.model(job.x))
    lesson = Lesson.of(job, Aim("outputs", 2, tn.softmax))
    assert first.validation < np.mean(tn.softmax.loss(np.zeros_like(lesson.validation[1]), lesson.validation[1]))
    plain = digits(job, replace(settings, loss=tn.identity))
    assert [row["model"] for row in plain.rows] == ["teacher", SWEPT, SWEPT]
