"""Tasks: what their definitions promise, and what they refuse."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pooch
import pytest

from plausible.core import Array, randomness
from plausible.errors import BadInput
from plausible.registry import registry
from plausible.tasks import images
from plausible.tasks.digits import digits
from plausible.tasks.images import fashion_mnist, mnist
from plausible.tasks.synthetic import clusters, cosines
from plausible.tasks.task import Task
from plausible.tasks.teachers import linear_teacher, nonlinear_teacher
from plausible.tasks.toys import encoder, spirals, two_moons, xor
from tests.processes import finished

Make = Callable[[np.random.Generator], Task]

PATTERNS: dict[str, Make] = {"xor": xor, "encoder": encoder}  # all there is is shown: three equal splits
DRAWN: dict[str, Make] = {
    "two-moons": two_moons,
    "spirals": spirals,
    "linear-teacher": linear_teacher,
    "nonlinear-teacher": nonlinear_teacher,
    "cosines": cosines,
    "clusters": clusters,
}
FIXED: dict[str, Make] = {"digits": digits}
DOWNLOADED: dict[str, Make] = {"mnist": mnist, "fashion-mnist": fashion_mnist}
SMALL = PATTERNS | DRAWN | FIXED

SHAPES = {  # examples of the three splits, n_in, n_out, kind
    "xor": (4, 4, 4, 2, 1, "classes"),
    "encoder": (8, 8, 8, 8, 8, "classes"),
    "two-moons": (1200, 400, 400, 2, 2, "classes"),
    "spirals": (1800, 600, 600, 2, 2, "classes"),
    "linear-teacher": (5000, 1000, 1000, 30, 10, "values"),
    "nonlinear-teacher": (10000, 1000, 5000, 30, 10, "values"),
    "cosines": (5000, 1000, 1000, 256, 10, "values"),
    "clusters": (25000, 5000, 5000, 256, 10, "classes"),
    "digits": (1078, 359, 360, 64, 10, "classes"),
    "mnist": (50000, 10000, 10000, 784, 10, "classes"),
    "fashion-mnist": (50000, 10000, 10000, 784, 10, "classes"),
}


def make(name: str, seed: int = 0) -> Task:
    return (SMALL | DOWNLOADED)[name](np.random.default_rng(seed))


def downloaded(name: str) -> Task:
    """The task, if its files are on this machine."""
    roots = [Path(os.environ.get("PLAUSIBLE_DATA") or "/nowhere"), Path(pooch.os_cache("plausible"))]
    if not all(any((root / name / file).exists() for root in roots) for file in images.MNIST_SHA256):
        pytest.skip(f"the files of {name} are neither in the folder PLAUSIBLE_DATA nor in the cache")
    return make(name)


def rows(x: Array) -> set[int]:
    """The examples, as 64-bit hashes: chances are 1 in 10^9 that any two of 70,000 collide."""
    return {hash(row.tobytes()) for row in x}


def check_form(task: Task, name: str) -> None:
    *examples, n_in, n_out, kind = SHAPES[name]
    assert (task.name, task.kind, task.n_in, task.n_out) == (name, kind, n_in, n_out)
    assert [len(split.x) for split in task.splits.values()] == examples
    for split in task.splits.values():
        for array in (split.x, split.y):
            assert array.dtype == np.float32
            assert array.flags.c_contiguous


def check_disjoint(task: Task) -> None:
    train, validation, test = (rows(split.x) for split in task.splits.values())
    assert not train & validation
    assert not train & test
    assert not validation & test


def same(a: Task, b: Task) -> bool:
    pairs = zip(a.splits.values(), b.splits.values(), strict=True)
    return all(np.array_equal(s.x, t.x) and np.array_equal(s.y, t.y) for s, t in pairs)


# --- all tasks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMALL)
def test_arrays_have_the_form_that_is_promised(name: str) -> None:
    check_form(make(name), name)


@pytest.mark.parametrize("name", DRAWN | FIXED)
def test_splits_share_no_example(name: str) -> None:
    check_disjoint(make(name))


@pytest.mark.parametrize("name", PATTERNS)
def test_splits_of_a_few_patterns_are_the_same(name: str) -> None:
    task = make(name)
    assert task.train is task.validation
    assert task.train is task.test


@pytest.mark.parametrize("name", SMALL)
def test_a_seed_gives_a_task(name: str) -> None:
    assert same(make(name, seed=1), make(name, seed=1))


@pytest.mark.parametrize("name", SMALL)
def test_another_seed_gives_another_task_only_if_it_is_drawn(name: str) -> None:
    assert same(make(name, seed=1), make(name, seed=2)) == (name not in DRAWN)


@pytest.mark.parametrize("name", PATTERNS | FIXED)
def test_a_fixed_task_draws_nothing(name: str) -> None:
    rng = np.random.default_rng(0)
    SMALL[name](rng)
    assert rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("name", ["two-moons", "spirals"])
def test_two_classes_are_balanced(name: str) -> None:
    for split in make(name).splits.values():
        assert split.y.sum(axis=0).tolist() == [len(split.y) / 2] * 2


@pytest.mark.parametrize("task", [two_moons, spirals])
@pytest.mark.parametrize("examples", [10, 11, 997])
def test_two_classes_are_as_balanced_as_can_be(task: Callable[..., Task], examples: int) -> None:
    splits = task(np.random.default_rng(0), examples=examples).splits.values()
    assert sum(len(split.x) for split in splits) == examples
    for split in splits:
        assert abs(float(split.y[:, 0].sum() - split.y[:, 1].sum())) <= 1


@pytest.mark.parametrize(
    ("task", "option", "value"),
    [
        *[(encoder, "n", value) for value in (1, 0, -8, 2.5, "8", True)],
        *[(encoder, "hidden", value) for value in (0, -1, 1.5)],
        *[(task, "examples", value) for task in (two_moons, spirals) for value in (9, 0, -1, 20.0, "20")],
        *[
            (task, "noise", value)
            for task in (two_moons, spirals)
            for value in (-0.1, math.nan, math.inf, "0")
        ],
        *[(spirals, "turns", value) for value in (0, -1, math.nan, math.inf)],
        *[
            (task, "examples", value)
            for task in (linear_teacher, nonlinear_teacher, cosines, clusters)
            for value in (0, -1, 1.5)
        ],
    ],
)
def test_a_wrong_option_is_refused_by_name(task: Callable[..., Task], option: str, value: object) -> None:
    with pytest.raises(BadInput, match=f"{option} is {value!r}: expected"):
        task(np.random.default_rng(0), **{option: value})


# --- synthetic --------------------------------------------------------------------------------------------


def test_cosines_are_those_of_the_mean_input() -> None:
    """At a mean of 0 the tenth target is the cosine of π / 2, whose neighbours are π / 9 apart."""
    x, y, _ = make("cosines").test
    mean = x.mean(axis=1, dtype=np.float64)
    for output in range(10):
        np.testing.assert_allclose(y[:, output], np.cos(mean + np.pi * (output - 4.5) / 9), atol=1e-5)
    assert x.std(axis=1).mean() == pytest.approx(1, abs=0.01)  # its standard error is 1 / √(2 · 256 · 1000)
    assert np.abs(mean).max() < math.pi + 6 / 16


def test_clusters_lie_on_a_cube_in_half_of_the_inputs() -> None:
    """Inputs on which clusters lie at ±4.5 have a variance of at least 4.5², the others of 1."""
    x, y, _ = make("clusters").train
    variance = x.var(axis=0)
    assert (variance > 10).sum() == 128
    np.testing.assert_allclose(variance[variance < 10], 1, atol=0.05)
    np.testing.assert_allclose(y.mean(axis=0), 0.1, atol=0.01)


# --- toys -------------------------------------------------------------------------------------------------


def test_xor_is_exclusive_or() -> None:
    x, y, _ = make("xor").train
    assert sorted(map(tuple, x.tolist())) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    np.testing.assert_array_equal(y[:, 0], x[:, 0] != x[:, 1])


@pytest.mark.parametrize(("n", "bits"), [(2, 1), (3, 2), (4, 2), (5, 3), (8, 3), (9, 4), (10, 4), (16, 4)])
def test_an_encoder_has_as_many_hidden_units_as_a_code_has_bits(n: int, bits: int) -> None:
    task = encoder(np.random.default_rng(0), n=n)
    np.testing.assert_array_equal(task.train.x, np.eye(n))
    np.testing.assert_array_equal(task.train.y, np.eye(n))
    assert task.recipe.hidden == (bits,)


def test_an_encoder_takes_another_bottleneck() -> None:
    assert encoder(np.random.default_rng(0), n=10, hidden=5).recipe.hidden == (
        5,
    )  # the 10-5-10 of fahlman1988


def test_moons_without_noise_are_half_circles() -> None:
    x, y, _ = two_moons(np.random.default_rng(0), noise=0).train
    upper, lower = x[y[:, 0] == 1], x[y[:, 1] == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1, atol=1e-5)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, atol=1e-5)
    assert upper[:, 1].min() >= -1e-6  # above the centre of its circle
    assert lower[:, 1].max() <= 0.5 + 1e-6  # below
    for moon, centre in (upper, 0), (lower, 1):
        assert np.ptp(moon[:, 0]) > 1.9  # all of the half circle
        assert abs(moon[:, 0].mean() - centre) < 0.1  # evenly: 0.1 is 3.5 standard errors


def test_spirals_without_noise_lie_on_their_curve() -> None:
    x, y, _ = spirals(np.random.default_rng(0), turns=3, noise=0).train
    x = np.where(y[:, :1] == 1, x, -x)  # one spiral is the other, turned by half a turn
    radius = np.hypot(*x.T)
    assert 0.5 <= radius.min() < 0.6
    assert 6.4 < radius.max() <= 6.5 + 1e-5
    angle = 2 * np.pi * 3 * (radius - 0.5) / 6  # 3 turns between the two radii
    np.testing.assert_allclose(
        x, np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), atol=1e-3
    )


@pytest.mark.parametrize("task", [two_moons, spirals])
def test_noise_has_its_standard_deviation(task: Callable[..., Task]) -> None:
    clean, noisy = (task(np.random.default_rng(0), examples=10_000, noise=noise) for noise in (0, 0.2))
    noise = noisy.train.x - clean.train.x  # the same points, as the seed is the same
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=5 * 0.2 / 6000**0.5)
    np.testing.assert_allclose(noise.std(axis=0), 0.2, rtol=5 / (2 * 6000) ** 0.5)


# --- teachers ---------------------------------------------------------------------------------------------


def linear_fit(task: Task) -> tuple[Array, float]:
    """The best linear map on the train split, and the share of the test variance that it leaves."""
    weights = np.linalg.lstsq(task.train.x, task.train.y, rcond=None)[0]
    x, y, _ = task.test
    return weights, float(((x @ weights - y) ** 2).sum() / ((y - y.mean(axis=0)) ** 2).sum())


def test_a_linear_teacher_is_linear_and_its_weights_lie_within_one() -> None:
    weights, left = linear_fit(make("linear-teacher"))
    assert left < 1e-10
    assert 0.95 < abs(weights).max() <= 1 + 1e-5  # 300 uniform numbers: below 0.95 with probability 2e-7
    assert abs(weights.std() - 3**-0.5) < 0.05


def test_a_nonlinear_teacher_is_not() -> None:
    assert 0.02 < linear_fit(make("nonlinear-teacher"))[1] < 0.9


def test_a_nonlinear_teacher_is_the_network_of_its_docstring() -> None:
    rng = np.random.default_rng(3)
    t1, t2, t3 = (math.sqrt(3 / n) * rng.uniform(-1, 1, (n, m)) for n, m in ((30, 20), (20, 10), (10, 10)))
    for x, y, _ in make("nonlinear-teacher", seed=3).splits.values():
        first = x @ t1
        second = np.tanh(first) @ t2
        np.testing.assert_allclose(y, np.tanh(second) @ t3, atol=1e-5)
        assert 0.8 < first.std() < 1.2  # 1 expected: the units are neither linear nor saturated
        assert 0.4 < second.std() < 1


@pytest.mark.parametrize("name", ["linear-teacher", "nonlinear-teacher"])
def test_inputs_of_teachers_are_normal(name: str) -> None:
    for x, *_ in make(name).splits.values():
        np.testing.assert_allclose(x.mean(axis=0), 0, atol=5 / len(x) ** 0.5)
        np.testing.assert_allclose(x.var(axis=0), 1, atol=5 * (2 / len(x)) ** 0.5)
        assert abs((x**4).mean() - 3) < 0.3  # the fourth moment of a normal variable


@pytest.mark.parametrize("task", [linear_teacher, nonlinear_teacher])
def test_more_examples_of_a_teacher_leave_the_other_splits_alone(task: Callable[..., Task]) -> None:
    few, many = (task(np.random.default_rng(0), examples=n) for n in (10, 200))
    assert (len(few.train.x), len(many.train.x)) == (10, 200)
    np.testing.assert_array_equal(few.validation.y, many.validation.y)
    np.testing.assert_array_equal(few.test.y, many.test.y)


# --- images -----------------------------------------------------------------------------------------------


def test_digits_are_cut_in_proportion() -> None:
    splits = make("digits").splits.values()
    counts = np.array([split.y.sum(axis=0) for split in splits])
    shares = np.array([0.6, 0.2, 0.2])[:, None] * counts.sum(axis=0)
    assert abs(counts - shares).max() <= 1
    assert len(set[int]().union(*(rows(split.x) for split in splits))) == 1797  # every image, once
    for split in splits:
        assert (split.x.min(), split.x.max()) == (0, 1)
        np.testing.assert_array_equal(split.x * 16, np.round(split.x * 16))


COUNTS = {  # of the classes in the training file and in the test file, as published
    "mnist": (
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    ),
    "fashion-mnist": ([6000] * 10, [1000] * 10),
}


@pytest.mark.parametrize("name", DOWNLOADED)
def test_images_are_those_that_were_published(name: str) -> None:
    task = downloaded(name)
    check_form(task, name)
    check_disjoint(task)
    train, test = COUNTS[name]
    assert (task.train.y.sum(axis=0) + task.validation.y.sum(axis=0)).tolist() == train
    assert task.test.y.sum(axis=0).tolist() == test
    for split in task.splits.values():
        assert (split.x.min(), split.x.max()) == (0, 1)


PEAK = """
import numpy
from plausible.tasks.images import mnist
mnist(numpy.random.default_rng())
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) * 1024)
"""


def test_images_take_little_memory() -> None:
    """The process's own peak; getrusage would begin with that of the process which started it."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of a process is read from /proc, which this system lacks")
    downloaded("mnist")
    command = [sys.executable, "-c", PEAK]
    peak = int(finished(command).stdout)
    assert peak < 600e6


def test_images_are_cut_and_scaled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On five and two images of 2 x 3 pixels in place of MNIST: the last two of five are for validation."""
    pixels = np.arange(7 * 6, dtype=np.uint8).reshape(7, 2, 3) * 6  # 0 to 246
    labels = np.array([3, 1, 4, 1, 5, 9, 2], np.uint8)
    files = {
        "train-images-idx3-ubyte.gz": struct.pack(">4I", 0x803, 5, 2, 3) + pixels[:5].tobytes(),
        "train-labels-idx1-ubyte.gz": struct.pack(">2I", 0x801, 5) + labels[:5].tobytes(),
        "t10k-images-idx3-ubyte.gz": struct.pack(">4I", 0x803, 2, 2, 3) + pixels[5:].tobytes(),
        "t10k-labels-idx1-ubyte.gz": struct.pack(">2I", 0x801, 2) + labels[5:].tobytes(),
    }
    (tmp_path / "mnist").mkdir()
    for name, content in files.items():
        (tmp_path / "mnist" / name).write_bytes(gzip.compress(content))
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(images, "MNIST_SHA256", checksums)
    monkeypatch.setattr(images, "HELD_OUT", 2)
    monkeypatch.setenv("PLAUSIBLE_DATA", str(tmp_path))
    task = mnist(np.random.default_rng(0))
    for split, part in zip(task.splits.values(), (slice(3), slice(3, 5), slice(5, 7)), strict=True):
        np.testing.assert_allclose(split.x, pixels[part].reshape(-1, 6) / 255, rtol=1e-6)
        np.testing.assert_array_equal(split.y.argmax(axis=1), labels[part])
        assert split.x.dtype == split.y.dtype == np.float32


@pytest.mark.parametrize("name", ["digits", "copy", "xor"])
def test_a_task_shows_itself_in_a_line_without_its_numbers(name: str) -> None:
    task = registry.task(name, randomness(0).data)
    shown = repr(task)
    assert len(shown) < 120
    assert "array" not in shown
    outputs = "1 output;" if task.n_out == 1 else f"{task.n_out} outputs;"
    for said in (name, task.kind, outputs, f"{task.test.examples} test"):
        assert said in shown
