"""Tasks of sequences: what their definitions promise. Oracles: grammars and formulas, written out anew."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible.errors import BadInput
from plausible.tasks.completion import completion
from plausible.tasks.digits import digits
from plausible.tasks.elman import (
    LETTERS,
    TEMPLATES,
    WORDS,
    letter_prediction,
    likelihoods,
    simple_sentences,
    temporal_xor,
    words,
)
from plausible.tasks.grammars import SYMBOLS, embedded_reber, reber
from plausible.tasks.image_rows import digit_rows, mnist_rows
from plausible.tasks.marschall import add, add_floors, mimic
from plausible.tasks.memory import adding_problem, copy, delayed_recall, sine_generation
from plausible.tasks.task import Split, Task
from plausible.tasks.text import tiny_shakespeare
from tests.checkout import needs

DRAWN: dict[str, Callable[..., Task]] = {
    "temporal-xor": temporal_xor,
    "letter-prediction": letter_prediction,
    "simple-sentences": lambda rng: simple_sentences(rng, sentences=400),
    "reber": lambda rng: reber(rng, strings=200),
    "embedded-reber": lambda rng: embedded_reber(rng, strings=200),
    "add": lambda rng: add(rng, steps=2000),
    "mimic": lambda rng: mimic(rng, steps=500),
    "copy": copy,
    "delayed-recall": delayed_recall,
    "adding-problem": adding_problem,
    "sine-generation": sine_generation,
    "completion": completion,
}


def make(name: str, seed: int = 0) -> Task:
    return DRAWN[name](np.random.default_rng(seed))


def equal(a: Split, b: Split) -> bool:
    return np.array_equal(a.x, b.x) and np.array_equal(a.y, b.y)


@pytest.mark.parametrize("name", DRAWN)
def test_a_seed_gives_a_task_and_another_seed_another(name: str) -> None:
    first, same, other = make(name), make(name), make(name, 1)
    assert first.name == name
    for split in first.splits:
        assert equal(first.splits[split], same.splits[split])
        assert not equal(first.splits[split], other.splits[split])
    assert not equal(first.train, first.test)
    for split in first.splits.values():
        assert split.x.dtype == split.y.dtype == np.float32


@pytest.mark.parametrize("name", ["temporal-xor", "letter-prediction", "simple-sentences"])
def test_what_is_predicted_is_what_comes_next(name: str) -> None:
    for split in make(name).splits.values():
        assert np.array_equal(split.y[:-1], split.x[1:])


def test_every_third_bit_is_the_exclusive_or_of_the_two_before() -> None:
    bits = make("temporal-xor").train.x[:, 0, 0].astype(int)
    a, b, c = bits[0::3], bits[1::3], bits[2::3]
    assert np.array_equal(a ^ b, c)
    assert abs(a.mean() - 0.5) < 0.08  # 1,000 coins: 5 standard errors
    assert abs(np.mean(a == b) - 0.5) < 0.08


def test_errors_of_the_best_prediction_by_position() -> None:
    """A half where nothing is known, the third bit where it follows: squared errors 1/4, 1/4, 0, by the definition."""
    task = make("temporal-xor")
    answer = np.full_like(task.test.y, 0.5)
    answer[1::3] = task.test.y[1::3]
    assert task.report is not None
    found = {m.layer: m.value for m in task.report([answer])}
    assert [found[f"{k:02d}"] for k in range(6)] == pytest.approx([0.25, 0, 0.25] * 2)


def test_vowels_follow_their_consonants() -> None:
    letters = {bits: letter for letter, bits in LETTERS.items()}
    text = "".join(letters[tuple(map(int, row))] for row in make("letter-prediction").train.x[:, 0])
    rest = text.replace("ba", ".").replace("dii", ".").replace("guuu", ".")
    assert set(rest[:-3]) == {"."}  # the last syllable has lost its end
    assert set(text) == set("bdgaiu")


def test_sentences_are_of_the_templates() -> None:
    assert len(WORDS) == 29
    assert len(TEMPLATES) == 16
    text = words(np.random.default_rng(0), 4000)
    assert 2.70 < len(text) / 4000 < 2.80  # 12 templates of three words and 4 of two: 2.75
    spoken = {WORDS[k] for k in text}
    assert spoken == set(WORDS)


def test_likelihoods_are_those_that_are_counted() -> None:
    """After the first word of a text, over many drawn texts: each probability within 5 of its standard errors."""
    rng, trials = np.random.default_rng(1), 20_000
    first, counts = WORDS.index("monster"), Counter[int]()
    for _ in range(trials):
        text = words(rng, 1)
        if text[0] == first:
            counts[int(text[1])] += 1
    n = sum(counts.values())
    known = likelihoods([first])[0]
    assert known.sum() == pytest.approx(1)
    for word, p in enumerate(known):
        assert abs(counts[word] / n - p) <= 5 * np.sqrt(p * (1 - p) / n) + 1e-12, WORDS[word]


def test_no_prediction_has_a_lower_cross_entropy_than_the_likelihoods() -> None:
    text = words(np.random.default_rng(2), 3000)
    known = likelihoods(text)[:-1]
    following = np.eye(len(WORDS))[text[1:]]
    entropy = -np.mean(np.log((known * following).sum(axis=1)))
    expected = -np.mean((known * np.log(np.maximum(known, 1e-300))).sum(axis=1))
    assert entropy == pytest.approx(expected, rel=0.03)  # a text says what the likelihoods expect of it
    frequencies = following.mean(axis=0)
    assert entropy < -np.mean(np.log((frequencies * following).sum(axis=1))) - 0.5


def test_mean_activities_are_means_over_each_words_places() -> None:
    task = make("simple-sentences")
    shown = task.test.x[:, 0]
    hidden = np.random.default_rng(0).random((len(shown), 1, 3))
    assert task.report is not None
    found = {m.layer: m.value for m in task.report([hidden, task.test.y]) if m.metric == "mean activity"}
    for word in ("boy", "break"):
        here = shown[:, WORDS.index(word)] == 1
        assert found[f"{word} 2"] == pytest.approx(hidden[here, 0, 2].mean())


def strings(split: Split) -> list[str]:
    assert split.mask is not None
    found = []
    for which in range(split.examples):
        n = int(split.mask[:, which].sum())
        x, y = split.x[:n, which].argmax(axis=1), split.y[:n, which].argmax(axis=1)
        assert np.array_equal(x[1:], y[:-1])
        found.append("".join(SYMBOLS[k] for k in [*x, y[-1]]))
    return found


def grammatical(string: str) -> bool:
    """Reber's automaton as the usual drawing has it, two arcs out of every inner node."""
    arcs = {
        (1, "T"): 2, (1, "P"): 3, (2, "S"): 2, (2, "X"): 4, (3, "T"): 3, (3, "V"): 5,
        (4, "X"): 3, (4, "S"): 6, (5, "P"): 4, (5, "V"): 6,
    }  # fmt: skip
    if string[0] != "B" or string[-1] != "E":
        return False
    node = 1
    for symbol in string[1:-1]:
        if (node, symbol) not in arcs:
            return False
        node = arcs[node, symbol]
    return node == 6


def test_strings_keep_to_the_grammar() -> None:
    assert all(grammatical(string) for string in strings(make("reber").train))
    for string in strings(make("embedded-reber").train):
        assert string[0] == "B"
        assert string[-1] == "E"
        assert string[1] == string[-2]
        assert string[1] in "TP"
        assert grammatical(string[2:-2])


def test_what_is_said_of_predictions_of_strings() -> None:
    """The string itself is legal, accepted and remembered; a T where P was to come is not."""
    task = make("embedded-reber")
    assert task.report is not None
    assert task.test.mask is not None
    best = {m.metric: m.value for m in task.report([task.test.y])}
    assert best == {"legal": 1, "accepted": 1, "remembered": 1}
    blind = task.test.y.copy()
    t, p = SYMBOLS.index("T"), SYMBOLS.index("P")
    last = task.test.mask.sum(axis=0).astype(int) - 2
    blind[last, np.arange(len(last))] = np.eye(7)[t]
    found = {m.metric: m.value for m in task.report([blind])}
    share = float(np.mean(task.test.y[last, np.arange(len(last)), p] == 0))
    assert found["remembered"] == found["accepted"] == pytest.approx(share)
    assert 0.3 < share < 0.7


def test_odds_of_the_add_task() -> None:
    task = add(np.random.default_rng(0), t1=2, t2=5, steps=3000)
    c, p = task.train.x[:, 0, 0], task.train.y[:, 0, 0]
    t = np.arange(5, 3000)
    np.testing.assert_allclose(p[t], 0.5 + 0.5 * c[t - 2] - 0.25 * c[t - 5])
    assert task.train.mask is not None
    assert np.array_equal(task.train.mask[:, 0], np.arange(3000) >= 5)
    assert np.allclose(task.train.x.sum(axis=-1), 1)


def test_stretched_draws_are_shown_that_long() -> None:
    task = add(np.random.default_rng(0), t1=2, t2=4, stretch=3, steps=300)
    for part in (task.train.x, task.train.y):
        assert np.array_equal(part[0::3], part[1::3])
        assert np.array_equal(part[0::3], part[2::3])


def test_floors_of_the_add_task() -> None:
    """As the paper draws them, 0.66, 0.52 and 0.45; and the entropy of a drawn series' own odds."""
    floors = add_floors()
    assert {name: round(value, 3) for name, value in floors.items()} == {
        "nothing": 0.662, "t1": 0.519, "t2": 0.628, "both": 0.454,
    }  # fmt: skip
    task = add(np.random.default_rng(0), steps=50_000)
    p = task.train.counted(task.train.y)[:, 0].astype(float)
    inner = p[(p > 0) & (p < 1)]
    entropy = -(inner * np.log(inner) + (1 - inner) * np.log(1 - inner)).sum() / len(p)
    assert entropy == pytest.approx(floors["both"], abs=0.005)  # 50,000 draws: 4 standard errors


def test_noisy_odds_are_coins() -> None:
    task = add(np.random.default_rng(0), steps=4000, deterministic=False)
    assert set(np.unique(task.train.y)) == {0, 1}
    assert abs(task.train.y[9:, 0, 0].mean() - 0.625) < 0.05


def test_copies_are_wanted_when_the_signal_has_come() -> None:
    task = copy(np.random.default_rng(0), symbols=3, length=2, delay=4, sequences=40)
    x, y, mask = task.train
    assert x.shape == (8, 40, 5)
    assert mask is not None
    assert np.array_equal(y[-2:], x[:2, :, :3])
    assert np.array_equal(mask.sum(axis=1), [0] * 6 + [40] * 2)
    assert np.all(x[5, :, 4] == 1)
    assert np.all(x[[2, 3, 4, 6, 7], :, 3] == 1)
    assert np.all(x.sum(axis=-1) == 1)


def test_recall_is_of_what_was_shown() -> None:
    x, y, _ = delayed_recall(np.random.default_rng(0), delay=3, steps=100).train
    assert np.array_equal(y[3:], x[:-3])
    assert len(x) == 100


def test_sums_are_of_the_two_marked_numbers() -> None:
    x, y, mask = adding_problem(np.random.default_rng(0), length=11, sequences=400).train
    assert mask is not None
    assert np.array_equal(mask[-1], np.ones(400))
    assert mask.sum() == 400
    assert np.all(x[:5, :, 1].sum(axis=0) == 1)
    assert np.all(x[5:, :, 1].sum(axis=0) == 1)
    np.testing.assert_allclose(y[-1, :, 0], (x[..., 0] * x[..., 1]).sum(axis=0))


def test_waves_have_the_frequency_that_is_said() -> None:
    x, y, _ = sine_generation(np.random.default_rng(0), slowest=0.01, fastest=0.05, steps=50).train
    f = 0.01 + 0.04 * (x[0, :, 0] + 1) / 2
    assert np.all(x == x[0])
    np.testing.assert_allclose(y[9, :, 0], np.sin(2 * np.pi * f * 10), atol=1e-5)


def test_a_network_like_the_teacher_can_mimic() -> None:
    """y is what one fixed network of tanh units makes of x: the same x gives the same y, and y is not linear in x."""
    task = mimic(np.random.default_rng(0), units=4, inputs=3, steps=2000)
    x, y = task.train.x[:, 0], task.train.y[:, 0]
    assert y.shape == (2000, 4)
    past = np.concatenate([np.ones((1990, 1)), *(x[10 - k : 2000 - k] for k in range(10))], axis=1)
    left = np.linalg.lstsq(past, y[10:], rcond=None)[1].sum() / ((y[10:] - y[10:].mean(axis=0)) ** 2).sum()
    assert 0.005 < left < 0.6  # not noise, and no linear filter


def test_rows_put_together_are_the_image() -> None:
    flat, sequential = digits(np.random.default_rng(0)), digit_rows(np.random.default_rng(0))
    for name, split in sequential.splits.items():
        images = split.x.swapaxes(0, 1).reshape(split.examples, 64)
        assert np.array_equal(images, flat.splits[name].x)
        assert split.mask is not None
        assert np.array_equal(split.counted(split.y), flat.splits[name].y)


def test_half_of_the_pixels_are_missing() -> None:
    task = completion(np.random.default_rng(0), missing=0.5)
    there = task.train.y > 0
    assert np.array_equal(task.train.y, digits(np.random.default_rng(0)).train.x)
    assert abs((task.train.x[there] == 0).mean() - 0.5) < 0.02
    assert np.all((task.train.x == 0) | (task.train.x == task.train.y))


def test_rows_of_mnist() -> None:
    needs("mnist", "train-images-idx3-ubyte.gz")
    task = mnist_rows(np.random.default_rng(0))
    assert [split.x.shape for split in task.splits.values()] == [
        (28, n, 28) for n in (50_000, 10_000, 10_000)
    ]
    assert task.n_out == 10


def test_text_is_cut_into_lanes() -> None:
    needs("tinyshakespeare", "input.txt")
    task = tiny_shakespeare(np.random.default_rng(0), characters=20_000, lanes=4)
    text = Path(os.environ["PLAUSIBLE_DATA"], "tinyshakespeare", "input.txt").read_bytes()
    alphabet = sorted(set(text))
    assert task.n_in == task.n_out == len(alphabet) == 65
    x, y, _ = task.train
    time = (18_000 - 1) // 4
    assert x.shape == (time, 4, 65)
    for lane in range(4):
        read = bytes(alphabet[k] for k in x[:, lane].argmax(axis=1))
        assert read == text[lane * time : (lane + 1) * time]
        assert np.array_equal(y[:-1, lane], x[1:, lane])
    assert hashlib.sha256(text).hexdigest().startswith("86c4e6aa")


BAD: list[tuple[Callable[..., Task], dict[str, Any]]] = [
    (temporal_xor, {"steps": 2}), (letter_prediction, {"syllables": 1}), (simple_sentences, {"sentences": 3}),
    (reber, {"strings": 0}), (embedded_reber, {"strings": 1.5}), (add, {"t1": 0}), (add, {"t1": 3, "t2": 3}),
    (add, {"steps": 5}), (add, {"stretch": 0}), (mimic, {"units": 0}), (mimic, {"steps": True}), (copy, {"symbols": 1}),
    (copy, {"length": 0}), (copy, {"delay": 0}), (delayed_recall, {"delay": 0}), (adding_problem, {"length": 1}),
    (adding_problem, {"sequences": 3}), (sine_generation, {"slowest": 0.2}), (sine_generation, {"fastest": 0.6}),
    (completion, {"missing": 1.0}), (completion, {"missing": -0.1}),
]  # fmt: skip


@pytest.mark.parametrize(("task", "options"), BAD, ids=lambda value: getattr(value, "__name__", repr(value)))
def test_impossible_options_are_refused(task: Callable[..., Task], options: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        task(np.random.default_rng(0), **options)
