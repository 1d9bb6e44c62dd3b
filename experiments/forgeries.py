"""Files that lie: models of every kind, their files mutated and forged, and what reading them comes to."""

import copy
import math
import os
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import tnsolve as tn
from tnsolve.models import storage

SLOW = 1.0
"""CPU seconds from which on a load counts as a hang."""
SITES = 3
OUTCOMES = ("named error", "same function", "another sound model", "foreign exception", "foreign number", "hang")
FAULTS = OUTCOMES[3:]


# -- models of every kind, and what they say ---------------------------------------------------------------------------


def models() -> dict[str, tn.AbstractModel]:
    """A small model for every format and everything that a format can hold."""
    rng = np.random.default_rng(0)
    trigonometric = tn.ProductFeatures.of(tn.trigonometric(), SITES)
    maps = [tn.hats(3), tn.fourier(3, period=0.7), tn.legendre(2)]
    mixed = tn.ProductFeatures.of(maps, SITES).orthonormal(rng.uniform(size=(50, SITES)))
    softplus = tn.from_potential("z**2/2 + log(1 + exp(z))")
    chain = tn.MPS.random([2] * SITES, 2, 2, seed=1)
    student = tn.Student(chain.centred((1,)), trigonometric, tn.identity)
    layer = tn.BregmanLayer(rng.standard_normal((4, 2)), rng.standard_normal(4), tn.Softmax(temperature=2.0))
    teacher = tn.Teacher(
        (rng.standard_normal((SITES, 4)), rng.standard_normal((4, 2))), (np.zeros(4), np.zeros(2)), tn.LeakyReLU(0.1)
    )
    found: dict[str, tn.AbstractModel] = {
        "student, MPS": student,
        "student, MPS, mixed": tn.Student(tn.MPS.random(mixed.dims, 2, 2, seed=2), mixed, softplus),
        "student, Tree": tn.Student(tn.Tree.on_features([2] * SITES, 2, 2), trigonometric, tn.tanh),
        "student, MERA": tn.Student(tn.MERA.on_features([2] * SITES, 2, 2), trigonometric, tn.softmax),
        "Bregman layer": layer,
        "composed student": tn.ComposedStudent(student, layer),
        "composed": tn.Composed(student, tn.Composed(layer, teacher_of(rng, 4))),
        "perceptron": teacher,
        "linear student": tn.LinearStudent(rng.standard_normal((SITES + 1, 2)), tn.sigmoid),
    }
    for name, kind in {"MPO": tn.MPO, "Tree": tn.Tree, "MERA": tn.MERA, "CP": tn.CP}.items():
        found[f"layer, {name}"] = tn.Layer(kind.random((2, 2), (2, 2), 2, seed=3), np.ones(3), SITES)
    return found


def teacher_of(rng: np.random.Generator, inputs: int) -> tn.Teacher:
    """A perceptron of one layer."""
    return tn.Teacher((rng.standard_normal((inputs, 2)),), (np.zeros(2),), tn.tanh)


def points(model: tn.AbstractModel) -> np.ndarray:
    """Inputs in the range of every feature map."""
    return np.random.default_rng(1).uniform(size=(5, model.inputs))


def said(model: tn.AbstractModel, x: np.ndarray) -> np.ndarray | None:
    """z of a student by one dense contraction of its cores and features; None for models that are NumPy throughout."""
    if not isinstance(model, tn.Student):
        return None
    letters: dict[str, int] = {"n": 0}
    terms: list[Any] = []
    for core in model.network.cores:
        terms += [np.asarray(core.data, np.float64), [letters.setdefault(leg, len(letters)) for leg in core.legs]]
    for site, one in enumerate(model.features.maps):
        terms += [np.asarray(one(x[:, site].astype(model.network.cores[0].data.dtype)), np.float64)]
        terms += [[0, letters[f"x{site}"]]]
    return np.einsum(*terms, [0, letters["y"]]) * math.exp(model.network.scale)


# -- mutations and forgeries -------------------------------------------------------------------------------------------


def mutated(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A file with some bytes flipped, cut, spliced, removed, inserted, blanked or swapped."""
    data = bytearray(content)
    at, to = sorted(rng.sample(range(len(data) + 1), 2))
    match rng.randrange(8):
        case 0 | 1:
            for _ in range(rng.choice((1, 1, 1, 2, 8))):
                place = rng.randrange(len(data) if rng.random() < 0.5 else min(len(data), 600))
                data[place] ^= 1 << rng.randrange(8)
        case 2:
            del data[at:]
        case 3:
            del data[at:to]
        case 4:
            data[at:at] = rng.randbytes(rng.randrange(1, 40))
        case 5:
            data[at:to] = bytes(to - at)
        case 6:
            other = rng.choice(others)
            data[at:] = other[min(at, len(other)) :]
        case 7:
            header = rng.choice((0, 1, 7, 2**24, 2**24 + 1, 2**31, 2**63 - 1, 2**64 - 1, len(data) - 8))
            data[:8] = header.to_bytes(8, "little")
    return bytes(data) if bytes(data) not in others else bytes(data[:-1])


NASTY = (
    *(None, True, False, 0, 1, -1, 2, 99, 10**8, 2**31, 2**63, -(10**30), 10**400, 0.5, -0.0, 1e-320, 1e308, -1e308),
    *(math.nan, math.inf, -math.inf, "", "0.1", "nan", "x0", "y", "b1", "r", "\0", "\ud800", "x" * 10**5, "x²", "x00"),
    *([], {}, [[]], [1], ["x0"], {"name": "monomials", "dim": 10**8}, {"name": "trigonometric"}, [None] * 1000),
    *({"name": "hats", "knots": [0.0, 1.0, math.nan]}, {"name": "hats", "knots": list(range(10**5))}),
    *({"name": "identity"}, {"name": "softmax", "temperature": math.nan}, {"name": "leaky_relu", "slope": "0.1"}),
)
POTENTIALS = (
    *("9**9**9*z", "-z**2", "exp(exp(exp(z)))", "z**1e9", "z**(10**9)", "z**z", "(" * 4000 + "z" + ")" * 4000),
    *("-" * 400 + "z", "z+" * 10**6 + "z", "z**16**16**16", "exp(" * 20 + "z" + ")" * 20, "sin(1e6*z)", "1e999*z"),
    *("z**2 if z else 1", "z;z", "__import__('os')", "z.real", "lambda: z", "[z]", "1/(z-z)", "log(z)", "0x10*z"),
    *("1_0*z", "z**-0.5", "tan(z)", "", " ", "z**2/2 + sin(20*pi*z)/10", "(z**2+1)**16", "((z**2+1)**16)**16"),
    *("2**z", "\n" * 200, "z**2/2 #", "é", "z**2\0", "z**(1/3)", "1/(1-1)+z", "log(-1)*z", "z or z", "1if z else 2"),
)


def deep(levels: int) -> Any:
    """Mixed maps within each other; no recursion makes them."""
    data: dict[str, Any] = {"name": "trigonometric"}
    for _ in range(levels):
        data = {"name": "mixed", "base": data, "matrix": [[1.0, 0.0], [0.0, 1.0]]}
    return data


def places(data: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path into nested JSON."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield (*way, key)
        yield from places(value, (*way, key))


def forged(arrays: dict[str, np.ndarray], metadata: dict[str, Any], rng: random.Random) -> bytes:
    """A file with a right digest and one to three lies in it."""
    arrays, metadata = dict(arrays), copy.deepcopy(metadata)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        (forged_metadata if rng.random() < 0.6 else forged_arrays)(arrays, metadata, rng)
    return sealed(arrays, metadata)


def forged_metadata(arrays: dict[str, np.ndarray], metadata: dict[str, Any], rng: random.Random) -> None:
    """Replace, remove, rename or multiply something that the metadata says."""
    ways = list(places(metadata))
    if not ways:
        return
    *way, key = rng.choice(ways)
    holder = metadata
    for step in way:
        holder = holder[step]
    match rng.randrange(8):
        case 0 | 1 | 2:
            holder[key] = copy.deepcopy(rng.choice(NASTY))
        case 3:
            del holder[key]
        case 4 if isinstance(holder, dict):
            holder[f"{key}'"] = holder.pop(key)
        case 5:
            value = holder[key]
            holder[key] = value * 2 if isinstance(value, (list, str)) else [value]
        case 6:
            potential = {"name": "derived", "potential_text": rng.choice(POTENTIALS)}
            for name in ("transfer", "hidden"):
                if name in metadata:
                    metadata[name] = potential
            if isinstance(metadata.get("outer"), dict):
                metadata["outer"]["transfer"] = potential
        case _:
            *other, there = rng.choice(ways)
            source: Any = metadata
            for step in other:
                source = source[step] if isinstance(source, dict) and step in source else {}
            if isinstance(source, dict) and there in source:
                holder[key] = copy.deepcopy(source[there])
    if isinstance(metadata.get("features"), dict) and rng.random() < 0.02:
        metadata["features"] = {"maps": [deep(rng.choice((1, 20, 300)))] * SITES}


def forged_arrays(arrays: dict[str, np.ndarray], metadata: dict[str, Any], rng: random.Random) -> None:
    """Numbers, types, shapes and names that are not those of the model."""
    if not arrays:
        return
    name = rng.choice(list(arrays))
    array = np.atleast_1d(arrays[name])
    axis = rng.randrange(array.ndim)
    if array.size == 0:
        return
    match rng.randrange(10):
        case 0:
            array = array.astype(np.float64 if array.dtype.kind != "f" else array.dtype)
            array.flat[rng.randrange(array.size)] = rng.choice((math.nan, math.inf, -math.inf, 1e300, 1e-320))
        case 1:
            with np.errstate(all="ignore"):
                array = array.astype(rng.choice((np.float32, np.float16, np.int64, np.uint8, np.bool_)))
        case 2:
            array = np.ascontiguousarray(array.T)
        case 3:
            array = array.reshape(-1)
        case 4:
            array = array[None]
        case 5:
            del arrays[name]
            return
        case 6:
            array = np.concatenate([array] * rng.choice((2, 3, 64)), axis=axis)
        case 7:
            array = np.take(array, range(max(1, array.shape[axis] - 1)), axis=axis)
        case 8:
            other = rng.choice(list(arrays))
            array, arrays[other] = arrays[other], array
        case 9:
            array = array[..., :0] if rng.random() < 0.5 else array.flat[0].reshape(())
    arrays[name] = array


def sealed(arrays: dict[str, np.ndarray], metadata: dict[str, Any]) -> bytes:
    """The bytes with their right digest; JSON that Python cannot write goes in as deep brackets."""
    try:
        return storage.encoded(arrays, metadata)
    except (RecursionError, UnicodeError):
        return storage.encoded(arrays, {"version": storage.VERSION})


def special(arrays: dict[str, np.ndarray]) -> Iterator[bytes]:
    """Whole metadata that is no record of anything."""
    from safetensors.numpy import save

    texts = (
        *("1", "null", "[]", '"x"', "", "{", "NaN", "9" * 5000, '"' + "\\" * 10_001, "[" + '"\\"' * 50_000),
        *("[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 60 + "]" * 60),
        *('{"kind":1}', '{"version":2}', '{"version":"2"}', '{"version":true}', '{"version":3}', '{"version":1}'),
        *('{"version":2,"kind":["student"]}', '{"version":2,"kind":"checkpoint"}', '{"version":2,"kind":"student"}'),
    )
    for text in texts:
        yield save(arrays, {"tnsolve": text, "sha256": storage._digest(arrays, text)})


# -- one file ----------------------------------------------------------------------------------------------------------


class Probe:
    """A format under test: its sound file, how to read one, and what its function is."""

    def __init__(self, name: str, model: tn.AbstractModel):
        self.name, self.model = name, model
        self.arrays, self.metadata = model.arrays(), model.metadata()
        self.content = storage.encoded(self.arrays, self.metadata)
        self.x = points(model)
        self.y = model(self.x).tobytes()

    def outcome(self, path: Path) -> str:
        """What became of a file: one of `OUTCOMES`."""
        begun = time.process_time()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = self._read(path)
        except ValueError as error:
            found = "named error" if str(path) in str(error) else "foreign exception"
            if found == "foreign exception":
                self.complaint = traceback.format_exc()
        except Exception:
            found, self.complaint = "foreign exception", traceback.format_exc()
        return "hang" if time.process_time() - begun > SLOW else found

    def _read(self, path: Path) -> str:
        model = tn.load(path)
        if model.inputs == self.x.shape[1] and type(model) is type(self.model):
            y = self._called(model)
            if y is None or y.tobytes() == self.y:
                return "another sound model" if y is None else "same function"
        truth = None
        x = np.random.default_rng(2).uniform(size=(5, model.inputs)) if model.inputs < 10**4 else None
        if x is not None and (y := self._called(model, x)) is not None:
            truth = said(model, x)
            if truth is not None and np.all(np.abs(truth) < 1e150):
                z = model.preactivation(x)
                size = np.max(np.abs(truth)) + np.prod([np.linalg.norm(c.data) for c in model.network.cores])
                scale = math.exp(model.network.scale) * 64 * np.finfo(z.dtype).eps * len(model.network.cores)
                if not np.all(np.abs(z - truth) <= scale * (size + 1) * 1e3):
                    self.complaint = f"{model!r}: {z} in place of {truth}"
                    return "foreign number"
        return "another sound model"

    def _called(self, model: tn.AbstractModel, x: np.ndarray | None = None) -> np.ndarray | None:
        """y, or None where the inputs are out of the range of other feature maps."""
        try:
            return model(self.x if x is None else x)
        except ValueError as error:
            if "in column" in str(error):
                return None
            raise


class CheckpointProbe(Probe):
    """The file of a fit under way: read by going on with the fit."""

    def __init__(self) -> None:
        self.name, self.train = "checkpoint", Training(sweeps=4)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "fit"
            self.train(path, stop=2)
            self.content = path.read_bytes()
            self.arrays, self.metadata = storage.load(path, "fit")
            self.y = self.train(path)

    def _read(self, path: Path) -> str:
        return "same function" if self.train(path) == self.y else "another sound model"


class Training:
    """A small fit on random data, the same every time, that leaves a checkpoint after each sweep."""

    def __init__(self, sweeps: int):
        rng = np.random.default_rng(0)
        self.x, self.y = rng.uniform(size=(60, 4)), rng.standard_normal((60, 1))
        self.start = tn.Student.principal(self.x, self.y, features=tn.trigonometric(), rank=2)
        self.schedule = tn.Schedule(sweeps, ridge=1e-3)

    def solution(self, path: Path | None, observe: Callable[[Any], None] | None = None) -> Any:
        """The fit, gone on with where the file says."""
        return tn.fit(self.start, self.x, self.y, schedule=self.schedule, checkpoint=path, workers=1, observe=observe)

    def __call__(self, path: Path | None, stop: int | None = None) -> bytes:
        """Losses and predictions, bit for bit; interrupted after `stop` sweeps."""
        made = 0

        def seen(event: Any) -> None:
            nonlocal made
            if isinstance(event, tn.Visit):
                return
            made += 1
            if made == (stop or -1) + 1:
                raise KeyboardInterrupt

        solution = self.solution(path, seen)
        return np.asarray(solution.losses).tobytes() + solution.student(self.x).tobytes()


def probes() -> list[Probe]:
    """One for each kind of file."""
    return [*(Probe(name, model) for name, model in models().items()), CheckpointProbe()]


def contents(probe: Probe, others: list[Probe], count: int, forge: bool, seed: int) -> Iterator[bytes]:
    """Mutated or forged files of one format."""
    rng = random.Random(f"{probe.name} {forge} {seed}")
    if forge and seed == 0:
        yield from special(probe.arrays)
    for _ in range(count):
        if forge:
            yield forged(probe.arrays, probe.metadata, rng)
        else:
            yield mutated(probe.content, [other.content for other in others], rng)


def fuzz(probe: Probe, others: list[Probe], count: int, forge: bool, seed: int, folder: Path) -> Counter[str]:
    """How many files of one format came to what; the first of each fault is printed."""
    found: Counter[str] = Counter()
    path = folder / f"{os.getpid()}.bin"
    for content in contents(probe, others, count, forge, seed):
        path.write_bytes(content)
        outcome = probe.outcome(path)
        if outcome in FAULTS and not found[outcome]:
            kept = folder / f"{outcome} {probe.name}.bin".replace(" ", "_")
            kept.write_bytes(content)
            print(f"{probe.name}: {outcome}, kept as {kept}\n{getattr(probe, 'complaint', '')}", file=sys.stderr)
        found[outcome] += 1
    return found
