"""IDX, the file format of MNIST and its relatives: a magic number, the sizes, then the bytes."""

from __future__ import annotations

import math
import struct

import numpy as np
from numpy.typing import NDArray

from plausible.errors import require

Bytes = NDArray[np.uint8]


def parse(content: bytes, dimensions: int, what: str) -> Bytes:
    """The array in an IDX file of unsigned bytes; it shares the memory of `content` and is read-only.

    The file is two zero bytes, the type (8, unsigned bytes), the number of dimensions, the sizes as 32-bit
    big-endian numbers, and the values, the last index fastest [lecun1998].

    Args:
        content: the file, decompressed.
        dimensions: the number of axes that the array must have.
        what: a name for error messages.

    Raises:
        BadInput: if the magic number is wrong, the length does not fit the sizes, or there are no values.
    """
    magic = bytes((0, 0, 8, dimensions))
    start = len(magic) + 4 * dimensions
    expected = f"{magic.hex()}, unsigned bytes in {dimensions} dimensions"
    require(content[:4] == magic, f"the magic number of {what}", content[:4].hex(), expected)
    require(len(content) > start, f"the length of {what}", len(content), f"more than a header of {start}")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    length = start + math.prod(shape)
    require(len(content) == length, f"the length of {what}", len(content), f"{length}, for shape {shape}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def pair(images: bytes, labels: bytes, what: str) -> tuple[Bytes, Bytes]:
    """Images, (examples, rows, columns), and their labels, (examples,), from two IDX files.

    Raises:
        BadInput: if either is no such file, or if there are not as many labels as images.
    """
    x = parse(images, 3, f"the images of {what}")
    y = parse(labels, 1, f"the labels of {what}")
    require(
        len(x) == len(y), f"the number of images and labels of {what}", (len(x), len(y)), "as many of each"
    )
    return x, y
