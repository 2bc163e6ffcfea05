"""Standard output is what was asked for alone; logs tell how far the work is. Oracle: what `--help` promises."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console

from plausible.cli.progress import followed
from plausible.printing import log as log_module
from plausible.printing.log import Log, duration
from plausible.printing.terminal import bars
from plausible.registry import registry
from plausible.study.compare import Comparison
from plausible.study.run import Outcome
from plausible.study.store.store import Store
from tests.processes import COMMAND, finished
from tests.suite.command import command, computed
from tests.suite.quick import QUICK

LOUD = """
import os
from dataclasses import dataclass
from baselines.backprop import Backprop
from plausible.study.compare import Comparison
from plausible.study.study import Study

print("imported", flush=True)
os.write(1, b"imported below Python\\n")

@dataclass(frozen=True)
class Loud(Backprop):
    def __post_init__(self):
        print("made", flush=True)

    def init(self, n_in, n_out, rng):
        os.system("echo begun")
        return super().init(n_in, n_out, rng)

def smoke():
    print("asked for cells")
    return Comparison("two-moons[examples=100]", ("backprop", f"{__file__}:Loud"), 2, 1, (4,)).runs()

study = Study("loud", "Is it quiet?", {"smoke": smoke})
"""


@pytest.fixture
def loud(tmp_path: Path, store: Store) -> Path:
    """A file with a rule and a study that print whenever they can; their runs are stored."""
    file = tmp_path / "loud.py"
    file.write_text(LOUD)
    computed(Comparison("two-moons[examples=100]", ("backprop", f"{file}:Loud"), 2, 1, (4,)).runs(), store)
    return file


def test_json_is_alone_on_standard_output(loud: Path, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    compare = [
        "compare",
        "--task",
        "two-moons[examples=100]",
        "--hidden",
        "4",
        "--epochs",
        "1",
        "--seeds",
        "2",
    ]
    for line in (
        [*compare, "--rules", f"backprop,{loud}:Loud"],
        ["report", str(loud), "--scale", "smoke"],
        ["seeds", str(loud), "--scale", "smoke"],
        ["list", "studies"],
    ):
        ended = command(*line, "--json", capsys=capfd)
        assert ended.code == 0, ended.err
        assert json.loads(ended.out), line
        if str(loud) in " ".join(line):
            assert "made\n" in ended.err


def test_json_is_alone_in_a_process_of_its_own(loud: Path, results: Path) -> None:
    """Where standard output is a file, whose buffers are written late."""
    (loud.parent / "out.json").write_text("")
    line = [*COMMAND, "report", str(loud), "--scale", "smoke"]
    environment = {**os.environ, "PLAUSIBLE_RESULTS": str(results)}
    with (loud.parent / "out.json").open("wb") as out:
        ended = finished([*line, "--json"], environment, stdout=out)
    assert len(json.loads((loud.parent / "out.json").read_text())) == 2
    assert "imported below Python" in ended.stderr


def test_without_json_nothing_is_moved(capfd: pytest.CaptureFixture[str]) -> None:
    from plausible.cli.options import json_alone

    with json_alone(False):
        print("here")
    assert capfd.readouterr().out == "here\n"
    with json_alone(True):
        print("there")
    print("and here")
    assert capfd.readouterr() == ("and here\n", "there\n")


LEAST, EVERY = log_module.LEAST, log_module.EVERY  # which tests set otherwise


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log has lines as often as it has for users."""
    monkeypatch.setattr(log_module, "LEAST", LEAST)
    monkeypatch.setattr(log_module, "EVERY", EVERY)


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.usefixtures("hurried")
def test_a_log_has_a_line_at_each_tenth_and_every_half_minute() -> None:
    """Ten runs in 1000 s: at each tenth, and while the fourth takes 200 s, a line every 30 s."""
    clock, lines = Clock(), []
    log = Log(10, clock=clock, write=lines.append)
    for second in range(1, 1001):
        clock.now = float(second)
        log.tick()
        if second % 100 == 0 and second != 400:
            log.at(second / 100)
    told = [line.split(",")[0] for line in lines]
    assert told.count("1.0 of 10 runs") == 4  # at 100, 130, 160 and 190 s
    assert told.count("3.0 of 10 runs") == 7  # at 300, 330 ... 480 s
    assert lines[-1] == "10.0 of 10 runs, 100 %, after 16 min 40 s, about 0 s left"
    assert "5.0 of 10 runs, 50 %, after 8 min 20 s, about 8 min 20 s left" in lines


@pytest.mark.usefixtures("hurried")
def test_short_work_leaves_no_line_in_a_log() -> None:
    clock, lines = Clock(), []
    log = Log(100, clock=clock, write=lines.append)
    for done in range(1, 101):
        clock.now = done / 25
        log.at(done)
        log.tick()
    assert lines == []


@pytest.mark.usefixtures("hurried")
def test_what_was_there_already_is_not_taken_for_speed() -> None:
    """Nine of ten runs were there; the tenth is half done after 60 s, so that 60 s are left."""
    clock, lines = Clock(), []
    log = Log(10, 9, clock=clock, write=lines.append)
    clock.now = 60.0
    log.done = 9.5
    log.tick()
    assert lines == ["9.5 of 10 runs, 95 %, after 1 min 0 s, about 1 min 0 s left"]


def test_a_listener_writes_to_a_log_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(log_module, "LEAST", 0.0)
    with followed("all", 2) as lines:
        lines.hear(QUICK, 0.5)
        lines.ended(Outcome(QUICK, "done"))
    out, err = capfd.readouterr()
    assert out == ""
    assert [line.split(",")[0] for line in err.splitlines() if " runs, " in line] == [
        "0.5 of 2 runs",
        "1.0 of 2 runs",
    ]
    assert "\x1b" not in err


DURATIONS = [(0.4, "0 s"), (59.6, "1 min 0 s"), (3600, "1 h 0 min"), (90061, "25 h 1 min")]


@pytest.mark.parametrize(("seconds", "told"), DURATIONS)
def test_durations(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.parametrize("columns", [None, "0", "", "many", "-5", "1" * 400])
def test_a_width_that_is_none_hides_nothing(columns: str | None) -> None:
    """COLUMNS is set by shells, and now and then to nothing; a file has no width of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    environment |= {} if columns is None else {"COLUMNS": columns}
    ended = finished([*COMMAND, "list", "optimisers"], env=environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "name" in ended.stdout.splitlines()[0]
    assert all(name in ended.stdout for name in registry.registered("optimiser"))


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_a_long_name_leaves_a_bar_its_share_and_its_times(width: int) -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    drawn = bars(terminal)
    drawn.add_task("folder/rule:NodePerturbation[sigma=0.3]@folder/task:task" * 3, total=1.0, completed=0.2)
    shown = Console(file=io.StringIO(), width=width, color_system=None)
    shown.print(drawn.get_renderable())
    (line,) = shown.file.getvalue().splitlines()
    assert line.startswith("folder/rule")
    assert line.rstrip().endswith(" 20 % 0:00:00 left -:--:--")
