"""The command line, as a user meets it. Oracle: what the README and `--help` promise."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from plausible.registry import registry
from tests.suite.command import command

QUICK = ("compare", "--task", "two-moons[examples=100]", "--hidden", "4", "--epochs", "1", "--seeds", "1")


def quick(*arguments: str) -> list[str]:
    """The quick comparison, with these options in the place of its own."""
    options = dict(zip(QUICK[1::2], QUICK[2::2], strict=True)) | dict(
        zip(arguments[::2], arguments[1::2], strict=True)
    )
    return [QUICK[0], *(word for pair in options.items() for word in pair)]


def test_compare_writes_a_table_and_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = command(*QUICK, "--out", str(tmp_path), "--workers", "1", capsys=capsys)
    assert code == 0
    for rule in ("backprop", "shallow", "feedback-alignment", "direct-feedback-alignment"):
        assert rule in out
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        *("compare.png", "compare.svg", "comparison.json", "metrics.parquet", "summary.json"),
    ]
    assert all(str(tmp_path / name) in err for name in ("compare.png", "metrics.parquet"))
    assert "\x1b" not in out + err  # quiet and colourless where the output is no terminal
    assert set(pd.read_parquet(tmp_path / "metrics.parquet").split) == {"train", "validation", "test"}


def test_compare_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = command(*QUICK, "--out", str(tmp_path), "--json", "--rules", "fa,shallow", capsys=capsys)
    found = json.loads(out)
    assert code == 0
    assert [row["rule"] for row in found["rules"]] == ["feedback-alignment", "shallow"]
    assert found["rules"][0]["test"]["n"] == 1
    assert found["rules"][0]["test"]["low"] is None
    assert found["hidden"] == [4]


@pytest.mark.parametrize(
    ("what", "kind"), [("rules", "rule"), ("tasks", "task"), ("optimisers", "optimiser")]
)
def test_list(what: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = command("list", what, capsys=capsys)
    assert code == 0
    assert all(name in out for name in registry.registered(kind))
    assert [row["name"] for row in json.loads(command("list", what, "--json", capsys=capsys)[1])] == sorted(
        registry.registered(kind)
    )


def test_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = command("check", "fa", capsys=capsys)
    assert code == 0
    assert "no " not in {line[:3] for line in out.splitlines()}
    file = tmp_path / "mine.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom baselines.backprop import Backprop\n"
        "@dataclass(frozen=True)\nclass Mine(Backprop):\n"
        "    def signals(self, params, passed, error):\n        return super().signals(params, passed, -error)\n"
    )
    code, out, err = command("check", f"{file}:Mine", capsys=capsys)
    assert code == 1
    assert "is a sign wrong?" in out
    assert "1 of " in err


BAD = {
    "an unknown rule": (["--rules", "backprob"], "did you mean 'backprop'"),
    "an unknown task": (["--task", "mnits"], "did you mean 'mnist'"),
    "an unknown option of a task": (
        ["--task", "xor[n=3]"],
        "unknown option 'n' of task 'xor': expected none",
    ),
    "an unknown optimiser": (["--optimiser", "sdg"], "did you mean 'sgd'"),
    "a negative rate": (["--optimiser", "sgd[rate=-0.1]"], "learning rate is -0.1"),
    "a momentum of two": (["--optimiser", "sgd[momentum=2]"], "momentum is 2"),
    "zero seeds": (["--seeds", "0"], "the number of seeds is 0"),
    "negative epochs": (["--epochs", "-3"], "the number of epochs is -3"),
    "zero workers": (["--workers", "-1"], "the number of workers is -1"),
    "a batch of none": (["--batch", "0"], "batch_size is 0"),
    "units that are no number": (["--hidden", "a,b"], "--hidden is 'a,b'"),
    "a layer of no units": (["--hidden", "8,0"], "hidden is (8, 0)"),
    "an unknown schedule": (["--schedule", "linear"], "unknown schedule 'linear'"),
    "an unknown activation": (["--activation", "tanhh"], "did you mean 'tanh'"),
    "unreadable brackets": (["--rules", "fa[feedback"], "cannot be read"),
    "a way to settle that is a number": (
        ["--rules", "pc[settling=20]"],
        "a way to settle, such as euler(20, 0.1)",
    ),
    "a bracket that does not close": (["--rules", "pc[settling=euler(20,0.1]"], "round brackets"),
    "an unknown distribution's argument": (["--rules", "fa[feedback=zero(3)]"], "takes no argument"),
    "a rule's file that is not there": (["--rules", "./nowhere.py:Rule"], "is not there"),
    "a rule's file without a class": (["--rules", "./nowhere.py"], "expected ./nowhere.py:Class"),
    "an output folder below a file": (["--out", "/dev/null/results"], "cannot be written"),
    "too few examples": (["--task", "two-moons[examples=0]"], "examples"),
}


@pytest.mark.parametrize(("arguments", "expected"), BAD.values(), ids=list(BAD))
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = command(*quick("--out", str(tmp_path), *arguments), capsys=capsys)
    assert code == 2
    assert expected in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert out == ""


def test_options_that_do_not_exist_exit_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("compare", "--sedes", "3", capsys=capsys)[0] == 2
    assert command("compare", "--seeds", "many", capsys=capsys)[0] == 2
    assert command("list", "rule", capsys=capsys)[0] == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import nonsense_that_is_not_there", "ModuleNotFoundError"),
        ("def broken(:", "SyntaxError"),
        ("raise RuntimeError('no')", "RuntimeError: no"),
        ("Rule = 3", "expected a frozen dataclass"),
        ("Rool = 3", "did you mean 'Rool'"),
        ("class Rule: pass", "expected a frozen dataclass"),
        (
            (
                "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Rule:\n"
                "    def init(self, n_in, n_out, rng): raise IndexError('too\\nlong')"
            ),
            "init of rule",
        ),
    ],
)
def test_a_rule_file_that_cannot_be_used(
    text: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rule.py"
    file.write_text(text)
    code, _, err = command(*QUICK, "--out", str(tmp_path), "--rules", f"{file}:Rule", capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert expected in err


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("raise KeyError('x')", "KeyError: 'x'"),
        ("return 3", "expected a plausible.tasks.task.Task"),
        ("x[3, 1] = np.nan", "has 1 NaN or infinite numbers"),
        ("x[0, 0] = -np.inf", "has 1 NaN or infinite numbers"),
        ("x = x[:, 0]", "the shape of x and y"),
        ("x = x[:5]", "as many of each"),
        ("x, y = x[:0], y[:0]", "at least one"),
        ("y = one_hot([0, 1, 2, 7, 0, 1], 3)", "label 7 is out of range"),
        ("y = y * 0.5", "one-hot"),
    ],
)
def test_a_task_file_with_bad_data(
    body: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "task.py"
    file.write_text(
        "import numpy as np\nfrom plausible.tasks.task import Recipe, Split, Task, one_hot\n"
        "def mine(rng):\n    x, y = rng.normal(size=(6, 2)), one_hot([0, 1, 2, 0, 1, 2], 3)\n"
        f"    {body}\n    good = Split(rng.normal(size=(6, 2)), one_hot([0, 1, 2, 0, 1, 2], 3))\n"
        "    return Task('mine', Split(x, y), good, good, 'classes', Recipe((4,), 'softmax', 1, 2, 'sgd'))\n"
    )
    arguments = ("compare", "--task", f"{file}:mine", "--seeds", "1", "--out", str(tmp_path))
    code, _, err = command(*arguments, capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert expected in err


def test_no_network_and_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in the cache, and mirrors that do not answer."""
    monkeypatch.delenv("PLAUSIBLE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # the discard port: refused at once
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    code, _, err = command("compare", "--task", "fashion-mnist", "--out", str(tmp_path), capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert "PLAUSIBLE_DATA" in err
    assert "fashion-mnist" in err


def test_a_data_file_that_is_cut_short(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b\x08\x00half")
    monkeypatch.setenv("PLAUSIBLE_DATA", str(tmp_path / "data"))
    code, _, err = command("compare", "--task", "mnist", "--out", str(tmp_path), capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert "train-images-idx3-ubyte.gz" in err


def test_a_diverging_rule_is_reported_and_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (
        "--task",
        "linear-teacher[examples=300]",
        "--optimiser",
        "sgd[rate=10]",
        "--rules",
        "backprop",
    )
    code, out, err = command(*quick(*arguments, "--out", str(tmp_path)), capsys=capsys)
    assert code == 1
    assert "1 of 1 diverged" in out
    assert "backprop, seed 0: diverged: " in err
