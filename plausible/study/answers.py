"""What a run answered to the test split, example by example, so that examples can be drawn anew as seeds are.

For classes these are labels, and whether each is right; for values, errors. A small .npz file holds them, beside the
measurements of the run; nothing in it is pickled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array
from plausible.errors import BadInput
from plausible.probes.performance import targets
from plausible.tasks import npz
from plausible.tasks.task import Split, codes, correct

FILE = "answers.npz"  # in the folder of a run
ABOUT, FORMAT = "about", 1
MOST = 2**18  # answers; of more, none are kept


@dataclass(frozen=True, eq=False)
class Answers:
    """What a run answered to the test split; of sequences, at every step at which answers count.

    Args:
        scores: (answers,); of classes 1 where the answer is right, else 0, so that the mean is the accuracy; of values
            the squared error of each over the variance of the targets, so that the mean is the normalised error.
        predicted: (answers,), the numbers of the classes that were answered, -1 where an answer is not finite; None for
            values.
    """

    scores: NDArray[np.float64]
    predicted: NDArray[np.int64] | None = None


def of_split(answer: Array, split: Split, kind: str) -> Answers | None:
    """What is kept of the `plausible.probes.performance.answers` to a split; None of too many, or of equal targets."""
    y = targets(split)
    if not 0 < len(y) <= MOST:
        return None
    finite = np.isfinite(answer).all(axis=-1)
    if kind == "classes":
        predicted = np.where(finite, codes(np.nan_to_num(answer)), -1)
        return Answers(np.asarray(correct(answer, y) * finite, np.float64), predicted.astype(np.int64))
    squared = ((y - answer) ** 2).sum(axis=-1)
    variance = float(((y - y.mean(axis=0)) ** 2).sum())
    return Answers(squared * len(y) / variance) if variance > 0 else None


def packed(answers: Answers) -> bytes:
    """The content of the file: a bit and a byte for each answer of up to 255 classes; four bytes for each error."""
    about = json.dumps({"format": FORMAT, "answers": len(answers.scores)})
    arrays: dict[str, Any] = {ABOUT: np.array(about)}
    if answers.predicted is None:
        arrays["errors"] = answers.scores.astype(np.float32)
    else:
        most = int(answers.predicted.max(initial=0))
        arrays["predicted"] = (answers.predicted + 1).astype(np.uint8 if most < 255 else np.uint32)
        arrays["right"] = np.packbits(answers.scores > 0)
    content = BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def read(file: Path) -> Answers:
    """What `packed` wrote into a file. Raises `BadInput` for a file that is damaged, or of another format."""
    try:
        return made(*npz.read(file, ABOUT))
    except BadInput as error:
        raise BadInput(f"{file.name} cannot be used: {error}") from error


def made(text: str, arrays: dict[str, NDArray[Any]]) -> Answers:
    """The answers in the text and the arrays of a file. Raises `BadInput`."""
    try:
        about = json.loads(text)
        version, n = about["format"], about["answers"]
        if version == FORMAT and "errors" in arrays:
            scores, predicted = arrays["errors"].astype(np.float64), None
        elif version == FORMAT:
            scores = np.unpackbits(arrays["right"], count=n).astype(np.float64)
            predicted = arrays["predicted"].astype(np.int64) - 1
    except npz.UNREADABLE as error:
        raise BadInput(f"it is damaged ({npz.said(error)})") from error
    if version != FORMAT:
        raise BadInput(f"it is of format {version!r}: expected {FORMAT}")
    if not (scores.shape == (n,) and (predicted is None or predicted.shape == (n,))):
        raise BadInput(f"it is damaged: it holds other than {n} answers")
    return Answers(scores, predicted)


def packed_all(scores: Mapping[str, NDArray[np.float64]]) -> bytes:
    """The content of a file beside a table: the `scores` of its runs by their keys, a bit each where all are 0 or 1."""
    alike: dict[tuple[int, bool], list[str]] = {}
    for key, each in sorted(scores.items()):
        alike.setdefault((len(each), bool(np.isin(each, (0, 1)).all())), []).append(key)
    arrays: dict[str, Any] = {}
    for number, ((_, bits), keys) in enumerate(alike.items()):
        rows = np.stack([scores[key] for key in keys])
        arrays[f"keys{number}"] = np.array([key.encode("ascii") for key in keys])
        arrays[f"scores{number}"] = np.packbits(rows > 0, axis=1) if bits else rows.astype(np.float32)
    about = json.dumps({"format": FORMAT, "lengths": [n for n, _ in alike]})
    arrays[ABOUT] = np.array(about)
    content = BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def read_all(file: Path) -> dict[str, NDArray[np.float64]]:
    """What `packed_all` wrote into a file: the scores of each run, (answers,), by its key. Raises `BadInput`."""
    try:
        text, arrays = npz.read(file, ABOUT)
        about, found = json.loads(text), dict[str, NDArray[np.float64]]()
        if about["format"] != FORMAT:
            raise BadInput(f"it is of format {about['format']!r}: expected {FORMAT}")
        for number, n in enumerate(about["lengths"]):
            keys, rows = arrays[f"keys{number}"], arrays[f"scores{number}"]
            rows = np.unpackbits(rows, axis=1, count=n) if rows.dtype == np.uint8 else rows
            pairs = zip(keys.tolist(), rows.reshape(len(keys), n).astype(np.float64), strict=True)
            found |= {key.decode("ascii"): row for key, row in pairs}
    except BadInput as error:
        raise BadInput(f"{file.name} cannot be used: {error}") from error
    except npz.UNREADABLE as error:
        raise BadInput(f"{file.name} cannot be used: it is damaged ({npz.said(error)})") from error
    return found
