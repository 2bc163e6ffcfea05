"""The format IDX, in which images are published. Oracle: its definition."""

from __future__ import annotations

import gzip
import struct
from typing import Any

import numpy as np
import pytest

from plausible.errors import BadInput
from plausible.tasks import idx


def packed(array: np.ndarray[Any, np.dtype[np.uint8]], kind: int = 8) -> bytes:
    """An IDX file, written from the format's description and not from our reader."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape) + array.tobytes()


IMAGES = np.arange(5 * 2 * 3, dtype=np.uint8).reshape(5, 2, 3)
LABELS = np.array([3, 1, 4, 1, 5], np.uint8)


def test_idx_keeps_shape_and_order() -> None:
    x, y = idx.pair(packed(IMAGES), packed(LABELS), "tiny")
    np.testing.assert_array_equal(x, IMAGES)
    np.testing.assert_array_equal(y, LABELS)
    assert x.dtype == y.dtype == np.uint8


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed(LABELS), "magic number of tiny is '00000801': expected 00000803"),
        (packed(IMAGES, kind=0x0D), "magic number of tiny is '00000d03'"),
        (b"", "magic number of tiny is ''"),
        (gzip.compress(packed(IMAGES)), "magic number of tiny is '1f8b"),
        (packed(IMAGES)[:10], "length of tiny is 10"),
        (packed(IMAGES)[:-1], "length of tiny is 45: expected 46"),
        (packed(IMAGES) + b"\0", "length of tiny is 47: expected 46"),
        (packed(IMAGES[:0]), "length of tiny is 16"),
    ],
    ids=["dimensions", "type", "empty", "compressed", "header", "short", "long", "no images"],
)
def test_idx_refuses_what_is_no_such_file(content: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        idx.parse(content, 3, "tiny")


def test_idx_refuses_labels_that_do_not_fit_the_images() -> None:
    with pytest.raises(BadInput, match=r"images and labels of tiny is \(5, 4\)"):
        idx.pair(packed(IMAGES), packed(LABELS[:-1]), "tiny")
