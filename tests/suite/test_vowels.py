"""Japanese vowels: nine speakers, and the archive of the publisher. Oracle: what was published of them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from plausible.core import Array
from plausible.errors import BadInput
from plausible.tasks import vowels
from tests.checkout import needs


def test_vowels_are_of_nine_speakers() -> None:
    needs(vowels.NAME, vowels.ARRAYS)
    task = vowels.japanese_vowels(np.random.default_rng(0))
    assert [split.examples for split in task.splits.values()] == [216, 54, 370]
    assert task.train.counted(task.train.y).sum(axis=0).tolist() == [24] * 9
    assert task.validation.counted(task.validation.y).sum(axis=0).tolist() == [6] * 9
    assert task.test.counted(task.test.y).sum(axis=0).tolist() == [*vowels.BLOCKS["ae.test"]]
    for split in task.splits.values():
        assert split.mask is not None
        last = split.mask.argmax(axis=0)
        assert 6 <= last.min() <= last.max() <= 28
        assert np.all(split.mask.sum(axis=0) == 1)
        padding = np.arange(len(split.x))[:, None] > last
        assert np.all(split.x[padding] == 0)
        assert np.all(split.x[0] != 0)
    frames = task.train.x[np.arange(len(task.train.x))[:, None] <= task.train.mask.argmax(axis=0)]  # type: ignore[union-attr]
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(frames.std(axis=0), 1, atol=1e-5)


def archive(train: list[Array], test: list[Array]) -> bytes:
    """The publisher's form: text, a line a frame, an empty line behind each sequence."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        for name, sequences in (("ae.train", train), ("ae.test", test)):
            text = "".join(
                "".join(" ".join(map(repr, row)) + " \n" for row in s.tolist()) + "\n" for s in sequences
            )
            files.writestr(name, text)
    return packed.getvalue()


def test_the_publishers_archive_holds_the_same_frames() -> None:
    needs(vowels.NAME, vowels.ARRAYS)
    train, test = vowels.load()
    assert [*map(len, (train, test))] == [270, 370]
    content = archive(train, test)
    assert vowels.digest_of_archive(content) == vowels.FRAMES_SHA256
    found = vowels.unpacked(content)
    assert all(
        np.array_equal(a, b) for a, b in zip(found["ae.train"] + found["ae.test"], train + test, strict=True)
    )


def test_another_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / vowels.NAME
    folder.mkdir()
    monkeypatch.setenv("PLAUSIBLE_DATA", str(tmp_path))
    monkeypatch.setattr("plausible.tasks.fetch.cache", lambda dataset: tmp_path / "cache" / dataset)
    rng = np.random.default_rng(0)
    for content in (b"no archive", archive([rng.normal(size=(7, 12))], [rng.normal(size=(8, 12))])):
        (folder / vowels.ARCHIVE).write_bytes(content)
        with pytest.raises(BadInput, match="unusable"):
            vowels.japanese_vowels(np.random.default_rng(0))
