"""Files of data sets: found, downloaded, refused; never half there. Mirrors are a server on this machine.

It speaks https with a certificate of its own, which requests is told to trust.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import os
import socket
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pooch
import pytest

from plausible.errors import BadInput
from plausible.tasks import fetch, images, text, vowels
from plausible.tasks.fetch import find
from tests.suite.mirrors import CERTIFICATE, Mirror, serving

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PACKED = gzip.compress(CONTENT)

DAMAGED = {
    "other content": gzip.compress(b"something else"),
    "truncated": PACKED[: len(PACKED) // 2],
    "cut in the header": PACKED[:5],
    "invalid block": PACKED[:10] + b"\x07" + PACKED[11:],  # 11, a reserved type, of the first block
    "wrong check": PACKED[:-8] + bytes(4) + PACKED[-4:],  # of the four bytes of CRC
    "not compressed": b"<html>please log in</html>",
    "empty": b"",
}


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    with Mirror() as server, serving(server):
        yield server


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the data set "tiny" in an empty cache; PLAUSIBLE_DATA is not set."""
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.delenv("PLAUSIBLE_DATA", raising=False)
    return tmp_path / "cache" / "plausible" / "tiny"


@pytest.fixture
def data(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same in a folder that PLAUSIBLE_DATA names."""
    folder = tmp_path / "data" / "tiny"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PLAUSIBLE_DATA", str(folder.parent))
    return folder


def put(folder: Path, body: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "a.gz"
    path.write_bytes(body)
    return path


def look(*urls: str) -> bytes:
    return find("tiny", "a.gz", SHA256, urls)


def refusal(*urls: str) -> str:
    with pytest.raises(BadInput) as caught:
        look(*urls)
    message = str(caught.value)
    assert "\n" not in message
    return message


def dead_address() -> str:
    """An address at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"https://127.0.0.1:{free.getsockname()[1]}/a.gz"


# --- on this machine ------------------------------------------------------------------------------------


def test_a_file_in_the_given_folder_comes_first(data: Path, cache: Path) -> None:
    put(data, PACKED)
    put(cache, DAMAGED["other content"])  # would be refused if it were read
    assert look() == CONTENT


def test_a_file_missing_in_the_given_folder_is_taken_from_the_cache(data: Path, cache: Path) -> None:
    put(cache, PACKED)
    assert look() == CONTENT


def test_the_cache_alone_is_enough(cache: Path) -> None:
    put(cache, PACKED)
    assert look() == CONTENT


def test_an_empty_variable_counts_as_none(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(cache, PACKED)
    put(tmp_path / "tiny", DAMAGED["empty"])  # would be refused if "" were the working folder
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAUSIBLE_DATA", "")
    assert look() == CONTENT


def test_the_compression_does_not_matter(data: Path) -> None:
    put(data, gzip.compress(CONTENT, compresslevel=1, mtime=1))  # as from a mirror that packed it anew
    assert look() == CONTENT
    put(data, CONTENT)  # as from a browser that unpacked it
    assert look() == CONTENT


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("place", ["data", "cache"])
def test_a_damaged_file_is_refused_by_name(
    place: str, body: bytes, mirror: Mirror, request: pytest.FixtureRequest
) -> None:
    path = put(request.getfixturevalue(place), body)
    message = refusal(mirror.serve("/a.gz", PACKED))
    for part in (str(path), SHA256, "delete", "PLAUSIBLE_DATA"):
        assert part in message
    assert path.read_bytes() == body  # what a user put there is not ours to mend
    assert mirror.asked == []


def test_what_is_no_file_is_refused_by_name(data: Path) -> None:
    (data / "a.gz").mkdir()
    assert str(data / "a.gz") in refusal()


def test_a_dangling_link_is_refused_by_name(data: Path) -> None:
    (data / "a.gz").symlink_to(data / "gone")
    assert str(data / "a.gz") in refusal()


@pytest.mark.parametrize("kind", ["nothing", "a file"])
def test_a_variable_that_names_no_folder_is_refused(
    kind: str, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(cache, PACKED)  # would do, but the user meant another folder
    given = tmp_path / "given"
    if kind == "a file":
        given.write_text("")
    monkeypatch.setenv("PLAUSIBLE_DATA", str(given))
    message = refusal()
    assert "PLAUSIBLE_DATA" in message
    assert str(given) in message


# --- from a mirror --------------------------------------------------------------------------------------


def test_a_file_is_downloaded_once(mirror: Mirror, cache: Path) -> None:
    url = mirror.serve("/a.gz", PACKED)
    assert look(url) == CONTENT
    assert look(url) == CONTENT
    assert mirror.asked == ["/a.gz"]
    assert [path.name for path in cache.iterdir()] == ["a.gz"]
    assert (cache / "a.gz").read_bytes() == PACKED


def test_a_download_goes_to_the_cache_and_not_to_the_given_folder(
    mirror: Mirror, data: Path, cache: Path
) -> None:
    assert look(mirror.serve("/a.gz", PACKED)) == CONTENT
    assert list(data.iterdir()) == []
    assert (cache / "a.gz").exists()


def test_a_server_may_undo_the_compression(mirror: Mirror, cache: Path) -> None:
    url = mirror.serve("/a.gz", PACKED, Content_Encoding="gzip")
    assert look(url) == CONTENT
    assert look() == CONTENT  # what went into the cache is good too


def faulty(mirror: Mirror, fault: str) -> str:
    """An address that does not give the file."""
    if fault == "dead":
        return dead_address()
    if fault.startswith("status"):
        return mirror.serve("/first", PACKED, status=int(fault.split()[1]))
    if fault == "cut off":
        return mirror.serve("/first", PACKED[:30], Content_Length=str(len(PACKED)))
    return mirror.serve("/first", DAMAGED[fault])


@pytest.mark.parametrize("fault", [*DAMAGED, "dead", "status 404", "status 500", "cut off"])
def test_the_next_mirror_is_tried(fault: str, mirror: Mirror, cache: Path) -> None:
    assert look(faulty(mirror, fault), mirror.serve("/second", PACKED)) == CONTENT
    assert mirror.asked[-1] == "/second"
    assert (cache / "a.gz").read_bytes() == PACKED


def test_with_no_mirror_left_the_error_says_all(mirror: Mirror, cache: Path) -> None:
    urls = dead_address(), mirror.serve("/first", DAMAGED["truncated"]), mirror.serve("/second", b"", 404)
    message = refusal(*urls)
    for part in ("tiny", "a.gz", *urls, str(cache), "PLAUSIBLE_DATA"):
        assert part in message
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_download_leaves_nothing(
    error: type[BaseException], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    def interrupted(url: str, partial: Path, most: int) -> None:
        written.append(partial)
        written[0].write_bytes(PACKED[:30])
        raise error

    monkeypatch.setattr(fetch, "transfer", interrupted)
    with pytest.raises(error):
        look("https://127.0.0.1/a.gz", "https://127.0.0.1/b.gz")
    assert len(written) == 1  # no second mirror after Ctrl-C
    assert written[0].is_relative_to(cache)  # the same file system, so that the move is one step
    assert written[0] != cache / "a.gz"
    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLAUSIBLE_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "a-file" / project)
    (tmp_path / "a-file").write_text("in the way")
    message = refusal(mirror.serve("/a.gz", PACKED))
    assert str(tmp_path / "a-file") in message
    assert "PLAUSIBLE_DATA" in message


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_shown_on_a_terminal_only(
    mirror: Mirror,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = mirror.serve("/a.gz", PACKED)
    look(url)
    assert capsys.readouterr() == ("", "")
    assert [record for record in caplog.records if record.name == "pooch"] == []
    (cache / "a.gz").unlink()
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    look(url)
    assert "a.gz" in terminal.getvalue()
    assert f"/{len(PACKED)} " in terminal.getvalue()  # the bar knows the size


# --- hostile mirrors and files --------------------------------------------------------------------------

BOUND = len(CONTENT)


def bounded(*urls: str) -> bytes:
    return find("tiny", "a.gz", SHA256, urls, size=BOUND)


def bomb(size: int) -> bytes:
    """A thousandth of the zeros that it unpacks to."""
    return gzip.compress(bytes(size))


def test_a_content_of_the_known_size_is_unpacked_and_no_more(mirror: Mirror, cache: Path) -> None:
    assert bounded(mirror.serve("/a.gz", PACKED)) == CONTENT


@pytest.mark.parametrize("place", ["mirror", "cache"])
def test_a_bomb_stops_at_the_known_size(place: str, mirror: Mirror, cache: Path) -> None:
    """A gigabyte in a megabyte: neither time nor memory for more than the data set."""
    body = gzip.compress(bytes(2**24)) * 64
    address = mirror.serve("/a.gz", body)
    if place == "cache":
        put(cache, body)
    tracemalloc.start()
    with pytest.raises(
        BadInput, match=f"(sends|has .* bytes,|unpacks to) more than {fetch.packed(BOUND)}|{BOUND}"
    ):
        bounded(address)
    with pytest.raises(BadInput, match=f"unpacks to more than {2**20} bytes"):
        fetch.read_local(put(cache, body), SHA256, size=2**20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**23


def test_a_server_that_sends_without_end_is_left(mirror: Mirror, cache: Path) -> None:
    """Its answer unpacks, on the way, to a thousand times what may come."""
    address = mirror.serve("/a.gz", bomb(2**24), Content_Encoding="gzip")
    with pytest.raises(BadInput, match=f"it sends more than {fetch.packed(BOUND)} bytes"):
        bounded(address)
    assert list(cache.iterdir()) == []


def test_addresses_are_https_alone(mirror: Mirror, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(PACKED)
    with Mirror("http") as plain, serving(plain):
        there = plain.serve("/a.gz", PACKED)
        moved = mirror.serve("/moved", b"", 302, Location=there)
        for address in (there, moved, f"file://{tmp_path}/a.gz", "ftp://127.0.0.1/a.gz", "/a.gz"):
            with pytest.raises(BadInput, match="is not https") as caught:
                bounded(address)
            assert "\n" not in str(caught.value)
        assert plain.asked == []
    assert list(cache.iterdir()) == []


def test_redirects_to_https_are_followed_and_not_for_ever(mirror: Mirror, cache: Path) -> None:
    mirror.serve("/a.gz", PACKED)
    ring = mirror.serve("/ring", b"", 302, Location="/ring")
    with pytest.raises(BadInput, match="it redirects more than 30 times"):
        bounded(ring)
    assert bounded(mirror.serve("/moved", b"", 301, Location="/a.gz")) == CONTENT


def test_a_server_that_cannot_prove_who_it_is_is_not_believed(
    mirror: Mirror, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(BadInput, match="SSLError"):
        bounded(mirror.serve("/a.gz", PACKED))
    assert mirror.asked == []


def test_what_would_never_end_is_not_read(cache: Path) -> None:
    cache.mkdir(parents=True)
    os.mkfifo(cache / "a.gz")
    assert "it is no regular file" in refusal()
    (cache / "a.gz").unlink()
    (cache / "a.gz").symlink_to("/dev/zero")
    assert "it is no regular file" in refusal()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_archive_stops_at_its_size_too(method: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("ae.train", bytes(2**26))
        archive.writestr("ae.test", b"")
    tracemalloc.start()
    with pytest.raises(BadInput, match=r"ae.train (unpacks to more than 4194304 bytes|.*without a bound)"):
        vowels.unpacked(packed.getvalue())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**25


def test_the_sizes_of_data_sets_are_those_of_their_formats() -> None:
    """A header of 4 bytes and 4 per dimension, and a byte per pixel of 28 x 28 or per label."""
    assert {
        f"{part}-{what}-ubyte.gz": 4 + 4 * len(shape) + math.prod(shape)
        for part, n in (("train", 60_000), ("t10k", 10_000))
        for what, shape in (("images-idx3", (n, 28, 28)), ("labels-idx1", (n,)))
    } == images.SIZES
    assert all(
        url.startswith("https://") for url in (*images.MNIST_MIRRORS, *images.FASHION_MIRRORS, text.URL)
    )
