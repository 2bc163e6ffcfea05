"""What reaches a terminal: whole lines in whatever encoding it has, and no character that it would obey.

Oracle: the same command in UTF-8, character by character; and the names, which are hostile on purpose.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pandas as pd
import pytest

from plausible.cli.main import main
from plausible.plotting import comparison, saving
from plausible.printing.terminal import complain, out, remark, say
from plausible.printing.words import LOOKALIKES, count, encodable, visible
from plausible.registry import registry
from plausible.report import comparison as report
from plausible.study.compare import Comparison
from plausible.study.run import Run
from plausible.study.store.store import Store
from plausible.study.study import find
from tests.processes import finished
from tests.suite.command import command, computed

MOONS = ("--task", "two-moons[examples=100]", "--hidden", "4", "--epochs", "1")
SMALL = (*MOONS, "--seeds", "2", "--rules", "fa,pc,backprop")
HOSTILE = "mine\x1bc;owned\x07é±"
RAISING = """
from dataclasses import dataclass
from baselines.backprop import Backprop

@dataclass(frozen=True)
class Mine(Backprop):
    def signals(self, params, passed, error):
        raise KeyError("\\x1b[2J\\u202egone ± \\udc80")
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with all that the commands below look at."""
    folder = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAUSIBLE_RESULTS", str(folder))
        comparison = Comparison("two-moons[examples=100]", ("fa", "pc", "backprop"), 2, 1, (4,))
        cells = [cell for name in ("accuracy", "settling") for cell in find(name).cells("smoke")]
        computed([*comparison.runs(), *(cell for cell in cells if isinstance(cell, Run))], Store())
    return folder


@pytest.fixture
def stored(root: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The same, which the command line uses too."""
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(root))
    return Store()


COMMANDS = [
    *(("list", what) for what in ("rules", "tasks", "optimisers", "studies", "figures")),
    ("list", "rules", "--json"),
    ("compare", *SMALL),
    ("compare", *SMALL, "--json"),
    ("compare", "--task", "ünknown–"),
    ("compare", "--rules", "./närgends±.py:Rule"),
    *((name, "accuracy", "--scale", "smoke") for name in ("run", "status", "report")),
    ("report", "accuracy", "--scale", "smoke", "--json"),
    ("reproduce", "scellier2017", "--scale", "größe"),
    ("seeds", "accuracy", "0.01", "--scale", "smoke"),
    ("check", "fa"),
    ("clean", "--dry-run"),
    ("why", "…"),
    ("figure", "±"),
    ("--help",),
]


def told(
    arguments: tuple[str, ...], encoding: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, list[str], list[str]]:
    """Exit code and the lines of both streams, where they have that encoding and are strict about it."""
    streams = [TextIOWrapper(BytesIO(), encoding=encoding, errors="strict") for _ in range(2)]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        with pytest.raises(SystemExit) as stop:
            main(list(arguments))
    texts = []
    for stream in streams:
        stream.flush()
        texts.append(stream.buffer.getvalue().decode(encoding).splitlines())  # type: ignore[attr-defined]
    return int(stop.value.code or 0), texts[0], texts[1]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_speaks_every_encoding(
    arguments: tuple[str, ...], encoding: str, stored: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "draw", lambda *_: ([], ""))  # figures, which take seconds, say nothing
    if arguments[0] == "compare":
        arguments = (*arguments, "--out", str(tmp_path / "out"))
    code, out, err = told(arguments, "utf-8", monkeypatch)
    its_code, its_out, its_err = told(arguments, encoding, monkeypatch)
    assert (its_code, len(its_err)) == (code, len(err))
    assert not any("Traceback" in line for line in its_err)
    if "--json" in arguments:
        assert json.loads("\n".join(its_out)) == json.loads("\n".join(out))
        return
    words = re.findall(r"[A-Za-z0-9.,]+", " ".join(out))  # columns may move, as "±" is longer in ASCII
    missing = {*words} - {*re.findall(r"[A-Za-z0-9.,]+", " ".join(its_out))}
    assert not {word for word in missing if word.isdigit() or (len(word) > 3 and not broken(word, its_out))}


def broken(word: str, lines: list[str]) -> bool:
    """Whether a word stands there over two lines."""
    return word in re.sub(r"\s", "", "".join(lines))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_texts_are_replaced_and_never_raise(encoding: str) -> None:
    text = "".join(map(chr, [*range(32, 0xD800), *range(0xE000, 0x11000)]))
    found = encodable(text, encoding)
    found.encode(encoding)
    assert encodable("W ± 0.1 – 日本", "ascii") == "W +/- 0.1 - ??"
    assert encodable("é", "cp1252") == "é"
    assert all(substitute.isascii() for substitute in LOOKALIKES.values())


def test_control_characters_are_shown() -> None:
    assert visible("\x1b[2J") == "\\x1b[2J"
    assert visible("a\nb\r\x07\x9b\x7f\u202e\u2028\udc80") == "a\\nb\\r\\x07\\x9b\\x7f\\u202e\\u2028\\udc80"
    assert visible("a\nb", keep="\n") == "a\nb"
    assert visible("W₁ ± Ω, 日本, é") == "W₁ ± Ω, 日本, é"


@pytest.mark.parametrize("speak", [say, remark, complain])
def test_nothing_that_is_said_is_obeyed(speak: object, capsys: pytest.CaptureFixture[str]) -> None:
    speak("\x1b]0;owned\x07[red]:bug:\u202e")  # type: ignore[operator]
    captured = capsys.readouterr()
    assert captured.out + captured.err == "\\x1b]0;owned\\x07[red]:bug:\\u202e\n"


def test_names_and_reasons_of_others_are_not_obeyed(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file's name, an exception's words, an unknown name: in tables, remarks, complaints, and the files' names."""
    folder = tmp_path / HOSTILE
    folder.mkdir()
    (tmp_path / "mine.py").write_text(RAISING)
    rule = f"{tmp_path / 'mine.py'}:Mine"
    lines = [
        ("compare", *MOONS, "--seeds", "1", "--rules", f"backprop,{rule}", "--out", str(folder / "out")),
        ("compare", "--task", HOSTILE),
        ("compare", "--rules", f"{folder}/nowhere.py:Rule"),
        ("check", rule),
        ("run", f"{folder}/nowhere.py"),
        ("figure", HOSTILE),
        ("why", HOSTILE),
    ]
    said = [command(*line, capsys=capsys) for line in lines]
    assert [ended.code for ended in said] == [1, 2, 2, 1, 2, 2, 2]
    for ended in said:
        text = ended.out + ended.err
        assert visible(text, keep="\n") == text
        assert "Traceback" not in text
    assert "\\x1b" in said[0].err


def full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def crash(*_: object, **__: object) -> None:
    raise ValueError("\n$x_{$\n^\nParseException: Expected end of text, found '$'")


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(("name", "failure"), [("draw", crash), ("save", crash), ("save", full)])
def test_a_figure_that_fails_costs_nothing_else(
    name: str, failure: object, as_json: bool, stored: Store, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(comparison if name == "draw" else saving, name, failure)
    ended = command("compare", *SMALL, "--out", str(tmp_path), *["--json"] * as_json, capsys=capsys)
    assert ended.code == 1
    if as_json:
        assert len(json.loads(ended.out)["rules"]) == 3
    else:
        assert "backprop" in ended.out
    (line,) = [line for line in ended.err.splitlines() if "figure" in line and "drawn" in line]
    assert line.startswith(
        f"the figure could not be drawn: {'OSError' if failure is full else 'ValueError'}: "
    )
    assert len(ended.err.splitlines()) == 5  # how much was computed, three files, and this
    assert {*pd.read_parquet(tmp_path / "metrics.parquet").rule} >= {"backprop"}
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == [
        *("comparison.json", "metrics.parquet", "summary.json"),
    ]


@pytest.mark.parametrize(("failure", "expected"), [(crash, "cannot be drawn"), (full, "cannot be written")])
def test_a_committed_figure_that_fails_is_one_line(
    failure: object, expected: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(saving, "save", failure)
    ended = command("figure", "laborieux2021", "--out", str(tmp_path), capsys=capsys)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert expected in ended.err


def test_the_table_comes_before_the_files(
    stored: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    for more in ((), ("--json",)):
        ended = command("compare", *SMALL, "--out", str(tmp_path), *more, capsys=capsys)
        assert ended.code == 2
        assert "backprop" in ended.out
        assert "make room" in ended.err.splitlines()[-1]


@pytest.mark.parametrize(("n", "expected"), [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs")])
def test_numbers_agree_with_their_nouns(n: int, expected: str) -> None:
    assert count(n, "epoch") == expected
    assert count(n, "index", "indices") == expected.replace("epochs", "indices").replace("epoch", "index")


def test_a_comparison_of_one_epoch_and_one_seed_says_so(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = command(
        "compare", *MOONS, "--seeds", "1", "--rules", "backprop", "--out", str(tmp_path), capsys=capsys
    )
    assert ended.out.splitlines()[0].endswith("4 hidden units, 1 epoch, 1 seed")
    assert "1 computed, 0 were there" in ended.err
    again = command(
        "compare", *MOONS, "--seeds", "1", "--rules", "backprop", "--out", str(tmp_path), capsys=capsys
    )
    assert "0 computed, 1 was there" in again.err


def test_sentences_are_whole_without_their_references() -> None:
    from plausible.registry.catalogue import first_sentence_of
    from plausible.report.listing import entries

    assert first_sentence_of("Shallow, the control of [a2016]: [b1960] on features. More.") == (
        "Shallow, the control of a2016: on features"
    )
    assert first_sentence_of("Backprop [a1986] [b1987]: exact, as in [c2000, task 3].") == (
        "Backprop: exact, as in c2000, task 3"
    )
    assert first_sentence_of("Exclusive or [a1986]: x.") == "Exclusive or: x"
    for what in ("rules", "tasks", "optimisers"):
        for row in entries(what):
            assert not re.search(r"\b(of|in|from|by|as|with|than|to|for)( but|:|,|\.|$)", row["what"]), row[
                "what"
            ]
    assert registry.registered("rule")


LOUD = """
import sys
from dataclasses import dataclass
from baselines.backprop import Backprop

for stream in (sys.stdout, sys.stderr):
    print("loud ±日", file=stream)

@dataclass(frozen=True)
class Mine(Backprop):
    def signals(self, params, passed, error):
        print("learning ±")
        return super().signals(params, passed, error)
"""


@pytest.mark.parametrize("first", ["check", "compare"])
def test_what_others_print_is_replaced_too(first: str, tmp_path: Path) -> None:
    """A rule's own `print`, to either stream, here, in workers and in the process that checks."""
    (tmp_path / "mine.py").write_text(LOUD)
    rule = f"{tmp_path / 'mine.py'}:Mine"
    arguments = (
        [rule] if first == "check" else [*MOONS, "--seeds", "1", "--rules", rule, "--out", str(tmp_path)]
    )
    environment = {"PYTHONIOENCODING": "ascii", "PLAUSIBLE_RESULTS": str(tmp_path / "results")}
    ended = finished(
        [sys.executable, "-m", "plausible", first, *arguments], env={**os.environ, **environment}
    )
    assert ended.returncode == 0, ended.stderr
    assert "loud ??" in ended.stderr
    assert "learning ?" in ended.stderr
    assert "Error" not in ended.stderr


TABLES = [
    *(("list", what) for what in ("rules", "tasks", "optimisers", "studies", "figures")),
    *((name, "accuracy", "--scale", "smoke") for name in ("status", "report", "seeds")),
    ("report", "settling", "--scale", "smoke"),
    ("reproduce", "sanfiz2021", "--scale", "smoke"),
    ("tune", "accuracy", "--scale", "smoke", "--only", "shallow@*", "--trials", "2"),
]


@pytest.mark.parametrize("arguments", TABLES, ids=" ".join)
def test_commands_lose_no_number_at_any_width(
    arguments: tuple[str, ...],
    stored: Store,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every number of the widest table stands in every other one, at least as often; and none that is not in it."""
    told = {}
    for width in (400, 200, 120, 80, 61, 40, 27, 20):
        monkeypatch.setattr(out, "_width", width)
        told[width] = command(*arguments, capsys=capsys)
    assert {ended.code for ended in told.values()} <= {0, 1}
    found = {width: Counter(re.findall(r"\d+(?:[.,]\d+)*", ended.out)) for width, ended in told.items()}
    for width, numbers in found.items():
        assert {*numbers} == {*found[400]}, width
        assert not found[400] - numbers, width
