"""A rule that never ends is told so, and one that is slow is not. Oracle: loops and sleeps that are planted."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from plausible.cli.main import main
from plausible.errors import BadInput
from plausible.plausibility.audit import audit
from plausible.plausibility.patience import Overdue, counted, patient

LIMIT = 0.4
RULE = '''
import time
from dataclasses import dataclass
from plausible.core import Step
from plausible.rules.layered import Feedforward


def goes_on():
    {loop}


@dataclass(frozen=True)
class Planted(Feedforward):
    """A planted rule."""

    def init(self, n_in, n_out, rng):
        {init}
        return super().init(n_in, n_out, rng)

    def respond(self, params, state, x, rng):
        {respond}
        return super().respond(params, state, x, rng)

    def update(self, params, state, shown, rng):
        {update}
        h = self.network.forward(params, shown.x).activities[1]
        return Step({{"W1": shown.x.T @ h}})
'''
PLACES = ("init", "respond", "update")


def written(folder: Path, loop: str, **parts: str) -> str:
    """A rule that goes on somewhere."""
    file = folder / "planted.py"
    file.write_text(RULE.format(loop=loop, **{**dict.fromkeys(PLACES, "pass"), **parts}), encoding="utf-8")
    return f"{file}:Planted"


@pytest.mark.parametrize("place", PLACES)
def test_a_loop_without_end_is_refused(place: str, tmp_path: Path) -> None:
    name = written(tmp_path, "while True: pass", **{place: "goes_on()"})
    with pytest.raises(
        BadInput, match=rf"does not end a step within {LIMIT} s .* expected init, respond and update"
    ):
        audit(name, ["update locking", "non-local error"], limit=LIMIT)


def test_a_rule_that_is_slow_at_each_of_many_steps_is_audited(tmp_path: Path) -> None:
    """Its steps take longer together than one may."""
    name = written(tmp_path, "pass", update="time.sleep(0.02)")
    began = time.monotonic()
    audited = audit(name, ["non-local error", "target at the output"], limit=1.0)
    assert {each.cell.verdict for each in audited.measured} == {"removed"}
    assert time.monotonic() - began > 1.0


def test_the_command_says_so_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = written(tmp_path, "while True: pass", respond="goes_on()")
    with pytest.raises(SystemExit) as ended:
        main(["audit", name, "--limit", str(LIMIT)])
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = [each for each in said.err.splitlines() if each.startswith("error")]
    assert "mend the loop that goes on, or give it more time by --limit" in line


def test_what_does_not_hear_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that catches whatever is raised: what is to be said is handed on, and nothing is raised afterwards."""
    monkeypatch.setattr("plausible.plausibility.patience.GRACE", 1.0)
    told, heard = list[str](), threading.Event()

    def deaf(said: str) -> None:
        told.append(said)
        heard.set()

    with patient("mine", 0.2, deaf):
        counted()
        for _ in range(60):
            try:
                if heard.wait(0.1):
                    break
            except Overdue:
                pass
    assert heard.is_set()
    (said,) = told
    assert said.startswith("rule 'mine' does not end a step within 0.2 s")


def test_steps_that_end_are_no_step_that_does_not() -> None:
    with patient("mine", 1.0):
        for _ in range(15):
            counted()
            time.sleep(0.1)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda file: file.mkdir(), "mine.py' is a folder: expected a Python file that defines Mine"),
        (lambda file: None, "mine.py' is not there: expected a Python file that defines Mine"),
        (lambda file: file.write_bytes(b"a = '\xff'"), "expected UTF-8"),
        (lambda file: file.write_text("def f():\n    pass\nclass Mine(:\n"), "invalid syntax (mine.py:3)"),
        (lambda file: file.write_text("class Other: pass\n"), "'Mine': expected one of Other"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_in_one_sentence(
    made: object,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    made(tmp_path / "mine.py")  # type: ignore[operator]
    with pytest.raises(SystemExit) as ended:
        main(["audit", "./mine.py:Mine"])
    assert ended.value.code == 2
    (line,) = [each for each in capsys.readouterr().err.splitlines() if "Traceback" not in each]
    assert line.startswith("error: ")
    assert said in line


def test_a_file_that_may_not_be_read_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the system says it, also to a user who may read whatever there is."""
    (tmp_path / "mine.py").write_text("class Mine: pass\n", encoding="utf-8")

    def refused(path: Path, *_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(SystemExit) as ended:
        main(["audit", f"{tmp_path / 'mine.py'}:Mine"])
    assert ended.value.code == 2
    said = f"error: file {str(tmp_path / 'mine.py')!r} cannot be read: Permission denied; "
    assert capsys.readouterr().err.splitlines() == [f"{said}expected a file that this user may read"]
