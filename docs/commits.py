"""Name the commits whose code computed the committed tables: `python -m docs.commits [TABLE ...]`.

The key of a run holds a digest of the code that the run executes. A commit computed a run if its code has that digest.
So a table that was computed before a rebase, or with changes that were committed later, is named by what is in the
history. The commits stand in the table's metadata (`plausible.study.store.tables.commits_of`); runs whose code is in
none of those that are tried count as those of commit "".
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from tarfile import TarFile
from tempfile import TemporaryDirectory

from plausible.study.store.stored import read_frame
from plausible.study.store.tables import CODE, commits_of, computed_with, note, specs_of, tables

ROOT = Path(__file__).parents[1]
DRAWN = ("figures", "studies/tables", "tests")  # what no run executes, and is large
NEAR = 2  # commits before and after a candidate that are tried too

# Asked of the code of a commit, in a process of its own: which of the codes in tables it has.
ASKED = """
import json, sys
from pathlib import Path
from plausible.study.keys.key import key
from plausible.study.store.stored import read_frame
from plausible.study.store.tables import specs_of
from plausible.study.verified import made

found = {}
for name in sys.argv[1:]:
    file, codes = Path(name), set()
    specs = specs_of(file, read_frame(file, ["key", "seed"]))
    for spec in {json.dumps([each.run | {"seed": 0}, each.code]): each for each in specs.values()}.values():
        try:
            codes |= {spec.code} & {key(made(spec.run), "-").code_digest}
        except Exception:
            continue  # what the run names is not there yet, or not any more
    found[file.stem] = sorted(codes)
print(json.dumps(found))
"""


def git(*words: str) -> str:
    """What git prints, in the folder of the project. Raises `subprocess.CalledProcessError`."""
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout


def history() -> list[str]:
    """All commits, newest first, as twelve digits."""
    return [one[:12] for one in git("rev-list", "HEAD").split()]


def counted(file: Path) -> dict[str, int]:
    """The runs of a table by the digest of their code; none of a table without runs."""
    try:
        table = read_frame(file, ["key", "seed"])
    except ValueError:  # of trials, or made from other tables
        return {}
    runs: dict[str, int] = {}
    for spec in specs_of(file, table).values():
        runs[spec.code] = runs.get(spec.code, 0) + 1
    return runs


def codes_at(commit: str, files: Iterable[Path]) -> dict[str, set[str]]:
    """Which digests in tables, by their names, are those of a commit's code; {} of one that cannot be asked."""
    words = ["git", "archive", commit, ".", *(f":(exclude){folder}" for folder in DRAWN)]
    packed = subprocess.run(words, cwd=ROOT, capture_output=True, check=True)
    with TemporaryDirectory() as folder:
        with TarFile(fileobj=BytesIO(packed.stdout)) as files_of_it:
            files_of_it.extractall(folder, filter="data")
        words = [sys.executable, "-W", "ignore", "-c", ASKED, *(str(file.resolve()) for file in files)]
        answer = subprocess.run(words, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    if answer.returncode:
        return {}
    return {name: {*codes} for name, codes in json.loads(answer.stdout).items()}


def tried(file: Path, known: list[str]) -> Iterator[str]:
    """Commits that may have computed a table: those that it tells, and those that changed it; then their neighbours."""
    told = [str(one.get("commit", "")).rstrip("+") for one in computed_with(file)]
    changed = git("log", "--format=%H", "--", str(file)).split()
    places = [known.index(one[:12]) for one in dict.fromkeys([*told, *changed]) if one[:12] in known]
    for apart in range(NEAR + 1):
        for place in places:
            for one in {place - apart, place + apart}:
                if 0 <= one < len(known):
                    yield known[one]


def named(files: dict[str, Path]) -> dict[str, dict[str, int]]:
    """The runs of each table by the commit whose code computed them, "" if none of those that were tried did."""
    known, runs = history(), {name: counted(file) for name, file in files.items()}
    open_, commits = {name: {*codes} - {""} for name, codes in runs.items()}, dict[str, dict[str, int]]()
    ways = {name: [*dict.fromkeys(tried(file, known))] for name, file in files.items()}
    for step in range(max(map(len, ways.values()), default=0)):
        asked: dict[str, list[str]] = {}
        for name, way in ways.items():
            if open_[name] and step < len(way):
                asked.setdefault(way[step], []).append(name)
        for commit, names in asked.items():
            print(f"{commit}: {', '.join(names)}", flush=True)
            for name, codes in codes_at(commit, [files[one] for one in names]).items():
                count = sum(runs[name][code] for code in codes & open_[name])
                if count:
                    commits.setdefault(name, {})[commit] = count
                open_[name] -= codes
    for name, codes in runs.items():
        rest = sum(codes.values()) - sum(commits.get(name, {}).values())
        if rest:
            commits.setdefault(name, {})[""] = rest
    return commits


def main(names: list[str]) -> None:
    """Write into tables, those that are named or all, which commits computed them."""
    files = {name: file for name, file in tables().items() if not names or name in names}
    for name, commits in named(files).items():
        told = [{"commit": commit, "runs": runs} for commit, runs in commits.items()]
        if told != commits_of(files[name]):
            note(files[name], {CODE: json.dumps(told).encode()})
        print(
            name, *(f"{runs} of {commit or 'no commit that was tried'}" for commit, runs in commits.items())
        )


if __name__ == "__main__":
    main(sys.argv[1:])
