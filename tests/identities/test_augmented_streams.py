"""Streams that move images and smooth labels: what stays as it was, and what is drawn how often.

Oracles: numpy's `roll` of an image with an empty edge; equal chances with their error bars; the stream that is changed,
bit by bit; [szegedy2016]'s mixture of a label with all labels.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from plausible.core import Presentation
from plausible.errors import BadInput
from plausible.tasks.augmented import Shifted, Smoothed
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split

SHAPE, MOST = (5, 4), 1


def images(n: int = 60) -> Split:
    """With numbers, no two alike, inside of an edge that is as wide as images are moved."""
    x = np.zeros((n, *SHAPE), "float32")
    x[:, 1:-1, 1:-1] = 1 + np.arange(n * 6).reshape(n, 3, 2)
    return Split(x.reshape(n, -1), np.eye(3, dtype="float32")[np.arange(n) % 3])


def shown(stream: Shifted | Smoothed | Minibatches, split: Split, epochs: int = 2) -> list[Presentation]:
    return [*stream(split, "classes", epochs, np.random.default_rng(4))]


def test_each_image_is_moved_as_a_whole_and_nothing_else_is_changed() -> None:
    split, inner = images(), Minibatches(7)
    before, after = shown(inner, split), shown(Shifted(inner, MOST, SHAPE), split)
    assert len(before) == len(after) == 2 * inner.length(split) == 2 * Shifted(inner).length(split)
    steps = [*product((-1, 0, 1), repeat=2)]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old.y, new.y)
        assert new.x.dtype == old.x.dtype
        assert not new.x.flags.writeable
        assert Shifted(inner).count(new) == len(old.x)
        for a, b in zip(old.x.reshape(-1, *SHAPE), new.x.reshape(-1, *SHAPE), strict=True):
            assert sum(np.array_equal(np.roll(a, step, (0, 1)), b) for step in steps) == 1


def test_every_displacement_is_as_likely() -> None:
    split = Split(np.tile(images(1).x, (4000, 1)), np.eye(2)[np.arange(4000) % 2])
    (all_of_them,) = shown(Shifted(Minibatches(4000), MOST, SHAPE), split, 1)
    counts = np.unique(all_of_them.x, axis=0, return_counts=True)[1]
    assert len(counts) == 9
    assert (abs(counts / 4000 - 1 / 9) < 5 * (8 / 81 / 4000) ** 0.5).all()


def test_epochs_move_images_otherwise_and_seeds_alike() -> None:
    split, stream = images(20), Shifted(Minibatches(20, shuffle=False), MOST, SHAPE)
    one, two = shown(stream, split)
    assert (one.x != two.x).any()
    np.testing.assert_array_equal(two.x, shown(stream, split)[1].x)


def test_what_comes_in_at_an_edge_is_the_fill_and_no_pixels_are_none_moved() -> None:
    split = Split(np.ones((50, 4)), np.eye(2)[np.arange(50) % 2])
    (moved,) = shown(Shifted(Minibatches(50), 2, (2, 2), fill=-3.0), split, 1)
    assert set(np.unique(moved.x)) == {-3.0, 1.0}
    still = shown(Shifted(Minibatches(7), 0, SHAPE), images())
    for old, new in zip(shown(Minibatches(7), images()), still, strict=True):
        np.testing.assert_array_equal(old.x, new.x)


@pytest.mark.parametrize("amount", [0.0, 0.1, 1.0])
def test_smoothed_labels_are_mixtures_with_all_labels_and_rewards_stay(amount: float) -> None:
    for old, new in zip(
        shown(Minibatches(7), images()), shown(Smoothed(Minibatches(7), amount), images()), strict=True
    ):
        expected = (1 - amount) * old.y + amount * np.full_like(old.y, 1 / 3)
        np.testing.assert_allclose(new.y, expected, rtol=1e-6)
        assert new.y.dtype == old.y.dtype
        np.testing.assert_array_equal(new.x, old.x)
        np.testing.assert_array_equal(new.reward(old.y), old.reward(old.y))


def test_one_change_goes_on_top_of_another() -> None:
    both = Smoothed(Shifted(Minibatches(7), MOST, SHAPE), 0.1)
    for old, new in zip(
        shown(Shifted(Minibatches(7), MOST, SHAPE), images()), shown(both, images()), strict=True
    ):
        np.testing.assert_array_equal(old.x, new.x)
        assert (new.y > 0).all()


def test_what_cannot_be_changed_so_is_refused_in_one_line() -> None:
    for make, words in (
        (lambda: Shifted(most=-1), "most is -1"),
        (lambda: Shifted(shape=(3, 0)), "shape is"),
        (lambda: Smoothed(amount=1.5), "amount is 1.5"),
        (
            lambda: shown(Shifted(Minibatches(7)), images()),
            "20,.* are no images of 28 x 28 pixels: expected 784 inputs",
        ),
        (
            lambda: [*Smoothed()(images(), "values", 1, np.random.default_rng(0))],
            "a task of values in 3 columns",
        ),
    ):
        with pytest.raises(BadInput, match=words):
            make()
