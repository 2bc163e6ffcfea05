"""Images of 28 x 28 pixels in ten classes: handwritten digits, and clothes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator

from plausible.tasks import idx
from plausible.tasks.fetch import find
from plausible.tasks.task import Recipe, Split, Task, one_hot

HELD_OUT = 10_000  # the last examples of the training file are the validation split
CLASSES = 10
RECIPE = Recipe(
    hidden=(800, 800),
    activation="relu",
    output="softmax",
    epochs=20,
    batch_size=64,
    optimiser="adam[rate=0.001]",
)

MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
MNIST_SHA256 = {  # of the decompressed files
    "train-images-idx3-ubyte.gz": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte.gz": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte.gz": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte.gz": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
FASHION_MIRRORS = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
)
FASHION_SHA256 = {
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
SIZES = {  # bytes of the decompressed files, of both data sets: a header, and a byte per pixel or label
    "train-images-idx3-ubyte.gz": 16 + 60_000 * 28 * 28,
    "train-labels-idx1-ubyte.gz": 8 + 60_000,
    "t10k-images-idx3-ubyte.gz": 16 + 10_000 * 28 * 28,
    "t10k-labels-idx1-ubyte.gz": 8 + 10_000,
}


def mnist(rng: Generator) -> Task:
    """Handwritten digits [lecun1998]: x (50,000 | 10,000 | 10,000, 784) from 0 to 1, y one-hot (..., 10).

    Train and validation are the first 50,000 and the last 10,000 of the training file, test is the test file;
    nothing is drawn from `rng`, so that every run has the same splits. Pixels are divided by 255.

    Raises:
        BadInput: if files are neither found nor downloaded, or damaged (see `plausible.tasks.fetch.find`).
    """
    return _images("mnist", MNIST_SHA256, MNIST_MIRRORS)


def fashion_mnist(rng: Generator) -> Task:
    """Pictures of clothes [xiao2017], in the files, the splits and the shapes of `mnist`.

    Raises:
        BadInput: as `mnist` does.
    """
    return _images("fashion-mnist", FASHION_SHA256, FASHION_MIRRORS)


def _images(dataset: str, checksums: Mapping[str, str], mirrors: Sequence[str]) -> Task:
    def read(file: str) -> bytes:
        return find(dataset, file, checksums[file], [mirror + file for mirror in mirrors], size=SIZES[file])

    def read_pair(part: str) -> tuple[idx.Bytes, idx.Bytes]:
        images, labels = read(f"{part}-images-idx3-ubyte.gz"), read(f"{part}-labels-idx1-ubyte.gz")
        return idx.pair(images, labels, f"{dataset}, {part}")

    images, labels = read_pair("train")
    return Task(
        name=dataset,
        train=_split(images[:-HELD_OUT], labels[:-HELD_OUT]),
        validation=_split(images[-HELD_OUT:], labels[-HELD_OUT:]),
        test=_split(*read_pair("t10k")),
        kind="classes",
        recipe=RECIPE,
    )


def _split(images: idx.Bytes, labels: idx.Bytes) -> Split:
    pixels = images.reshape(len(images), -1)
    x = np.divide(pixels, np.float32(255), dtype=np.float32)  # with no copy of the pixels in between
    return Split(x, one_hot(labels, CLASSES))
