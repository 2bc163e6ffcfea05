"""Text, character by character."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from plausible.errors import is_whole, require
from plausible.tasks.elman import positive
from plausible.tasks.fetch import find
from plausible.tasks.task import Recipe, Split, Task

FILE = "input.txt"
SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
SIZE = 1_115_394  # bytes
URL = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"


def tiny_shakespeare(rng: Generator, *, characters: int = 1_115_394, lanes: int = 32) -> Task:
    """The next character of Shakespeare's plays [karpathy2015]: x and y (time, lanes, 65), one-hot.

    The text is cut into 90, 5 and 5 per cent, and each part into `lanes` pieces that are read side by side. The most
    frequent character, the space, is right in 15 per cent of all places. Nothing is drawn from `rng`.

    Args:
        characters: how many are used, from the beginning of the text.
        lanes: pieces of each part.

    Raises:
        BadInput: if the file is neither found nor downloaded, or damaged, or too short for so many lanes.
    """
    positive("lanes", lanes)
    text = np.frombuffer(find("tinyshakespeare", FILE, SHA256, (URL,), size=SIZE), np.uint8)
    require(
        is_whole(characters) and 40 * lanes <= characters <= len(text),
        "characters", characters, f"a whole number from {40 * lanes}, for {lanes} lanes, to {len(text)}",
    )  # fmt: skip
    alphabet = np.unique(text)
    codes = np.searchsorted(alphabet, text[:characters])
    unit = np.eye(len(alphabet), dtype=np.float32)

    def split(start: float, end: float) -> Split:
        part = codes[round(start * characters) : round(end * characters)]
        time = (len(part) - 1) // lanes
        x, y = (part[k : k + time * lanes].reshape(lanes, time).T for k in (0, 1))
        return Split(unit[x], unit[y])

    recipe = Recipe((128,), "softmax", 5, 32, "adam[rate=0.002]", window=25)
    return Task("tiny-shakespeare", split(0, 0.9), split(0.9, 0.95), split(0.95, 1), "classes", recipe)
