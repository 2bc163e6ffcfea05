"""Japanese vowels: real sequences of different lengths."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.core import Array
from plausible.errors import BadInput
from plausible.tasks.fetch import find, is_here
from plausible.tasks.task import Recipe, Split, Task, one_hot

NAME, SPEAKERS, HELD_OUT = "japanese-vowels", 9, 6
ARRAYS = "japanese_vowels.npz"  # as converted from the publisher's text files
ARRAYS_SHA256 = "bab017371147461f63326dbc7f3d1afd2032d5026c5ed2c8f7fc12ab714ded1e"
ARCHIVE = "japanese+vowels.zip"
ARCHIVE_URL = "https://archive.ics.uci.edu/static/public/128/japanese+vowels.zip"
BLOCKS = {
    "ae.train": (30,) * SPEAKERS,
    "ae.test": (31, 35, 88, 44, 29, 24, 40, 50, 29),
}  # sequences a speaker
# of all frames, train then test, as float64: the digest that the archive must have
FRAMES_SHA256 = "43b3ff9757bad30210bc71eb4bd7b6e442b455d0d71744350331e81dca80f73a"
LARGEST = 2**22  # bytes of the archive, of the arrays, and of each file in them, at most
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)  # of archives
RECIPE = Recipe((100,), "softmax", 100, 18, "adam[rate=0.003]")


def japanese_vowels(rng: Generator) -> Task:
    """Nine speakers say two vowels [kudo1999]: x (29 at most, 216 | 54 | 370, 12), y one-hot (..., 9), and a mask.

    Sequences of 7 to 29 cepstra of 12 coefficients, padded with zeros; the answer to the last step of each counts.
    Coefficients are shifted and scaled to mean 0 and variance 1 over the train split. The last 6 of the 30 training
    sequences of every speaker are the validation split; nothing is drawn from `rng`.

    Raises:
        BadInput: if the data are neither found nor downloaded, or damaged (see `plausible.tasks.fetch.find`).
    """
    train, test = load()
    speaker = np.repeat(np.arange(SPEAKERS), BLOCKS["ae.train"])
    held = np.concatenate([np.arange(30) >= 30 - HELD_OUT] * SPEAKERS)
    frames = np.concatenate([sequence for sequence, out in zip(train, held, strict=True) if not out])
    mean, scale = frames.mean(axis=0), frames.std(axis=0)

    def split(sequences: list[Array], labels: NDArray[np.intp]) -> Split:
        return padded([(sequence - mean) / scale for sequence in sequences], one_hot(labels, SPEAKERS))

    def some(which: NDArray[np.bool_]) -> Split:
        return split([train[place] for place in np.flatnonzero(which)], speaker[which])

    of_test = np.repeat(np.arange(SPEAKERS), BLOCKS["ae.test"])
    return Task(NAME, some(~held), some(held), split(test, of_test), "classes", RECIPE)


def load() -> tuple[list[Array], list[Array]]:
    """The sequences of the training and of the test file, each (7 to 29 steps, 12)."""
    if is_here(NAME, ARRAYS):
        content = find(NAME, ARRAYS, ARRAYS_SHA256, (), size=LARGEST)
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            cut = [
                np.split(stored[f"{part}_frames"], stored[f"{part}_offsets"][1:-1])
                for part in ("train", "test")
            ]
        return cut[0], cut[1]
    content = find(NAME, ARCHIVE, FRAMES_SHA256, (ARCHIVE_URL,), digest_of_archive, LARGEST)
    files = unpacked(content)
    return files["ae.train"], files["ae.test"]


def unpacked(archive: bytes) -> dict[str, list[Array]]:
    """The sequences in the publisher's archive, by file: lines of 12 numbers, an empty line behind each sequence.

    Raises:
        BadInput: if it is no such archive.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            texts = {name: bounded(files, name).decode("ascii") for name in BLOCKS}
    except (*BROKEN, KeyError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{ARCHIVE} cannot be read ({error}): expected a zip file with {', '.join(BLOCKS)}"
        ) from error
    sequences = {}
    for name, text in texts.items():
        blocks = [block.split("\n") for block in "\n".join(map(str.strip, text.splitlines())).split("\n\n")]
        lines = [[line for line in block if line] for block in blocks]
        sequences[name] = [
            np.array([[float(cell) for cell in line.split()] for line in block]) for block in lines if block
        ]
    return sequences


def bounded(archive: zipfile.ZipFile, name: str) -> bytes:
    """A file of an archive, of which no more than `LARGEST` bytes are unpacked. Raises one of `BROKEN`."""
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile(f"{name} is packed in a way that unpacks without a bound")
    with archive.open(name) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise zipfile.BadZipFile(f"{name} unpacks to more than {LARGEST} bytes")
    return content


def digest_of_archive(archive: bytes) -> str:
    """The SHA-256 of all frames in the archive, however it was packed. Raises `ValueError`, as `unpacked` does."""
    files = unpacked(archive)
    return hashlib.sha256(np.concatenate([*files["ae.train"], *files["ae.test"]]).tobytes()).hexdigest()


def padded(sequences: list[Array], labels: Array) -> Split:
    """Sequences of different lengths side by side; the answer to the last step of each counts."""
    lengths = np.array(list(map(len, sequences)))
    x = np.zeros((lengths.max(), len(sequences), sequences[0].shape[1]), np.float32)
    for which, sequence in enumerate(sequences):
        x[: len(sequence), which] = sequence
    mask = np.zeros(x.shape[:2], np.float32)
    mask[lengths - 1, np.arange(len(sequences))] = 1
    return Split(x, np.broadcast_to(labels, (len(x), *labels.shape)), mask)
