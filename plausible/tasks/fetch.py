"""Files of data sets: looked for on this machine, downloaded once if they are not there, always checked.

A download is not trusted before its SHA-256 is right. It comes by https alone, also where the address redirects, and
neither the file nor its decompressed content may be larger than the data set is known to be.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

from plausible.errors import BadInput, require
from plausible.tasks.shut import check
from plausible.writing import at_home

VARIABLE = "PLAUSIBLE_DATA"
GZIP = b"\x1f\x8b"
LARGEST = 2**30  # bytes of a content whose size is not known
PACKING = 2**10  # bytes by which a packed file may exceed its content, beside a hundredth of the content
TIMEOUT = 30.0  # seconds without an answer
UNUSABLE = (OSError, EOFError, zlib.error, ValueError)  # the errors of requests are OSErrors


_HERE_ONLY = ContextVar("here only", default=False)


@contextmanager
def here_only() -> Iterator[None]:
    """A context in which nothing is downloaded: `find` refuses a file that is not on this machine."""
    before = _HERE_ONLY.set(True)
    try:
        yield
    finally:
        _HERE_ONLY.reset(before)


def sha256_of(content: bytes) -> str:
    """The SHA-256 of a content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def is_here(dataset: str, file: str) -> bool:
    """Whether a file of a data set is on this machine, in a folder that `find` looks into."""
    return any(os.path.lexists(folder / file) for folder in folders(dataset))


def find(
    dataset: str,
    file: str,
    sha256: str,
    urls: Sequence[str],
    digest: Callable[[bytes], str] = sha256_of,
    size: int = LARGEST,
) -> bytes:
    """The decompressed content of a `.gz` file of a data set.

    The file is looked for as `$PLAUSIBLE_DATA/<dataset>/<file>`, then as `<dataset>/<file>` in the user's cache,
    then downloaded into that cache from the first address that has it. A file with another content stops the
    search: whoever put it there should know.

    Args:
        dataset: the name of the data set and of its folder.
        file: the name of the file.
        sha256: of the decompressed content, since mirrors compress the same data differently.
        urls: addresses of the file, with https, the preferred one first.
        digest: the function whose result must be `sha256`; for archives, of the files inside, however they are packed.
        size: bytes of the decompressed content, at most; more is never unpacked.

    Raises:
        BadInput: if PLAUSIBLE_DATA is not a folder, if a file on this machine is damaged or another one, if
            no address has the file, or if the cache cannot be written; while a rule is at work.
    """
    check(f"file {file!r} of data")
    for folder in folders(dataset):
        path = folder / file
        if os.path.lexists(path):  # a dangling link counts as there, and is refused by name
            return read_local(path, sha256, digest, size)
    if _HERE_ONLY.get():
        raise BadInput(f"{file} of {dataset} is not on this machine, and is not downloaded to read a result")
    return download(cache(dataset) / file, dataset, sha256, urls, digest, size)


def folders(dataset: str) -> Iterator[Path]:
    """Where a data set may lie on this machine, the preferred folder first."""
    given = os.environ.get(VARIABLE)
    if given:
        root = at_home(f"the environment variable {VARIABLE}", given)
        require(root.is_dir(), f"the environment variable {VARIABLE}", given, "an existing folder")
        yield root / dataset
    yield cache(dataset)


def cache(dataset: str) -> Path:
    """The data set's folder in the user's cache."""
    import pooch  # here, since it is slow to import, and not needed when PLAUSIBLE_DATA has the file

    return Path(pooch.os_cache("plausible")) / dataset


def read_local(
    path: Path, sha256: str, digest: Callable[[bytes], str] = sha256_of, size: int = LARGEST
) -> bytes:
    """The decompressed content of a file of this machine. Raises `BadInput` if it is unusable."""
    try:
        return read(path, sha256, digest, size)
    except UNUSABLE as error:
        raise BadInput(
            f"{path} is unusable ({reason(error)}): expected content with sha256 {sha256}; "
            f"delete the file or point {VARIABLE} at another folder"
        ) from error


def read(path: Path, sha256: str, digest: Callable[[bytes], str] = sha256_of, size: int = LARGEST) -> bytes:
    """The decompressed content of a file. Raises one of `UNUSABLE`."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):  # reading a pipe or a device may never end
        raise ValueError("it is no regular file")
    if about.st_size > packed(size):
        raise ValueError(f"it has {about.st_size} bytes, more than {packed(size)}")
    content = path.read_bytes()
    if content.startswith(GZIP):  # without this mark, somebody has decompressed it already
        content = unpacked(content, size)
    actual = digest(content)
    if actual != sha256:
        raise ValueError(f"its content has sha256 {actual}")
    return content


def packed(size: int) -> int:
    """The most bytes of a packed file with a content of `size` bytes: noise grows a little by compression."""
    return size + size // 100 + PACKING


def unpacked(content: bytes, size: int) -> bytes:
    """The content of a gzip file. Raises one of `UNUSABLE` if that has more than `size` bytes, and unpacks no more."""
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        inside = stream.read(size + 1)
    if len(inside) > size:
        raise ValueError(f"it unpacks to more than {size} bytes")
    return inside


def download(
    path: Path,
    dataset: str,
    sha256: str,
    urls: Sequence[str],
    digest: Callable[[bytes], str] = sha256_of,
    size: int = LARGEST,
) -> bytes:
    """Put the file at `path`, whole or not at all. Returns its decompressed content."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the destination, so that the file can be moved there in one go; removed whatever happens.
        with TemporaryDirectory(prefix=".download-", dir=path.parent) as folder:
            partial = Path(folder) / path.name
            content = try_mirrors(partial, dataset, sha256, urls, path.parent, digest, size)
            partial.replace(path)
            return content
    except OSError as error:
        raise BadInput(
            f"the cache {path.parent} cannot be written ({reason(error)}): expected a folder for {path.name} "
            f"of {dataset}; make it writable, or point {VARIABLE} at a folder that has {dataset}/{path.name}"
        ) from error


def try_mirrors(
    partial: Path,
    dataset: str,
    sha256: str,
    urls: Sequence[str],
    folder: Path,
    digest: Callable[[bytes], str] = sha256_of,
    size: int = LARGEST,
) -> bytes:
    """Download to `partial` from the first address that has the content. Raises `BadInput` if none has."""
    failures = []
    for url in urls:
        try:
            transfer(url, partial, packed(size))
            return read(partial, sha256, digest, size)
        except UNUSABLE as error:
            failures.append(f"{url} ({reason(error)})")
    raise BadInput(
        f"{partial.name} of {dataset} is not on this machine and no mirror gave it: "
        f"tried {', '.join(failures) or 'none'}; "
        f"go online, or put the file into {folder} or into {dataset}/ in a folder named by {VARIABLE}"
    )


def transfer(url: str, partial: Path, most: int) -> None:
    """Write the file at `url`, at most `most` bytes, to `partial`, with a progress bar on a terminal.

    Raises:
        OSError: if the server does not answer or has no such file.
        ValueError: if the address, or one that it redirects to, is not https, or if the file has more bytes.
    """
    import requests  # here, since it is slow to import, and not needed when the file is there
    from tqdm import tqdm

    with requests.Session() as session:
        for _ in range(session.max_redirects):
            if not url.startswith("https://"):
                raise ValueError(f"{url!r} is not https")
            answer = session.get(url, stream=True, timeout=TIMEOUT, allow_redirects=False)
            if not answer.is_redirect:
                break
            url = urljoin(url, answer.headers["location"])
        else:
            raise ValueError(f"it redirects more than {session.max_redirects} times")
        answer.raise_for_status()
        total = answer.headers.get("Content-Length")
        # disable=None hides the bar unless stderr is a terminal
        bar = {"desc": partial.name, "unit": "B", "unit_scale": True, "leave": False, "disable": None}
        with partial.open("wb") as file, tqdm(total=int(total) if total else None, **bar) as progress:
            for chunk in answer.iter_content(2**16):
                if file.tell() + len(chunk) > most:
                    raise ValueError(f"it sends more than {most} bytes")
                file.write(chunk)
                progress.update(len(chunk))


def reason(error: Exception) -> str:
    """Why a file is unusable, in a few words: errors of the network quote whole stacks of causes."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error) or type(error).__name__
