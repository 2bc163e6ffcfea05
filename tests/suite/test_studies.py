"""Studies are run once, kept whole, and say what was lost. Oracle: the promises of the design, by experiment."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
import pytest

from plausible.cli import main
from plausible.errors import BadInput
from plausible.functions import Gaussian, output, relu
from plausible.networks import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine, Steps
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Decay, Grouped
from plausible.study import checkpoint
from plausible.study import run as run_module
from plausible.study.key import key
from plausible.study.run import Run, execute
from plausible.study.spec import decode, encode
from plausible.study.store import Store
from plausible.study.study import Skipped, Study, cells

QUICK = Run(
    "two-moons[examples=100]", "fa", MLP(hidden=(4,)), SGD(0.1, momentum=0.9), epochs=2, batch_size=10
)
COMMAND = [sys.executable, "-c", "from plausible.cli import main; main()"]

OPTIMISERS = [
    SGD(0.1),
    SGD(Cosine(0.1, 100), momentum=0.9, nesterov=True),
    Adam(Steps(0.1, (3, 4))),
    Decay(Clipped(Adam(), 2.0), 0.1, ("W*", "b1")),
    Grouped((("b*", SGD(0.5)), ("W1", Adam())), SGD(0.1)),
]


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=repr)
def test_runs_go_through_json_and_back(optimiser: SGD) -> None:
    network = MLP((3, 2), relu, output("logistic", "sum"), "float64", Gaussian(0.1), bias=False)
    run = Run("digits", "fa[feedback=gaussian(0.1)]", network, optimiser, 3, 7, 11)
    assert decode(json.loads(json.dumps(encode(run)))) == run


@pytest.mark.parametrize(
    "value",
    [{}, {"class": "os:system", "command": "x"}, {"class": "nowhere:X"}, {"class": "plausible:MLP", "a": 1}],
)
def test_what_is_no_run_is_refused(value: object) -> None:
    with pytest.raises(BadInput):
        decode(value)


# --- keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"epochs": 3},
        {"batch_size": 9},
        {"floors": ((1.0, 0.5),)},
        {"test": False},
        {"rule": "dfa"},
        {"rule": "fa[feedback=gaussian]"},
        {"task": "two-moons[examples=101]"},
        {"optimiser": SGD(0.1, momentum=0.8)},
        {"network": MLP(hidden=(4,), dtype="float64")},
        {"network": MLP(hidden=(4,), output=output("softmax", "sum"))},
    ],
    ids=str,
)
def test_every_hyperparameter_changes_the_key(change: dict[str, object]) -> None:
    other = key(dataclasses.replace(QUICK, **change))  # type: ignore[arg-type]
    assert other.name != key(QUICK).name
    assert other.differences(key(QUICK))


def test_names_of_one_thing_give_one_key() -> None:
    assert key(QUICK) == key(dataclasses.replace(QUICK, rule="feedback-alignment"))
    assert key(QUICK).differences(key(QUICK)) == []


RULE = '''
from dataclasses import dataclass
from baselines.backprop import Backprop

@dataclass(frozen=True)
class Mine(Backprop):
    """Words."""

    def signals(self, params, passed, error):
        # a remark
        return [2 * signal for signal in super().signals(params, passed, error)]
'''


def mine(folder: Path, text: str) -> Run:
    """The quick run with a rule of one's own."""
    folder.mkdir(exist_ok=True)
    (folder / "mine.py").write_text(text)
    os.utime(folder / "mine.py", ns=(crc32(text.encode()),) * 2)  # within the clock's tick, too
    return dataclasses.replace(QUICK, rule=f"{folder / 'mine.py'}:Mine")


def test_an_equation_changes_the_key_and_an_explanation_does_not(tmp_path: Path) -> None:
    before = key(mine(tmp_path / "a", RULE))
    reworded = RULE.replace("Words.", "Other words.").replace("a remark", "another") + "\n\n# the end\n"
    assert key(mine(tmp_path / "a", reworded)) == before
    assert key(mine(tmp_path / "b", RULE)) == before, "where the file lies is no part of the result"
    after = key(mine(tmp_path / "a", RULE.replace("2 *", "3 *")))
    assert after.differences(before) == ["the code of mine.py changed"]


def test_the_code_of_a_key_is_what_computes() -> None:
    modules = dict(key(QUICK).code)
    assert {"plausible.core", "plausible.train", "plausible.rules.feedback_alignment"} <= modules.keys()
    assert {"plausible.optimise.accumulate", "plausible.tasks.toys", "baselines.backprop"} <= modules.keys()
    for idle in (
        "plausible.rules.direct_feedback_alignment",
        "plausible.study.store",
        "plausible.cli",
        "plausible.figure",
    ):
        assert idle not in modules


def test_versions_and_data_are_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(QUICK)
    assert [name for name, _ in before.versions] == [
        "numpy",
        "scipy",
    ]  # what other rules need is not part of it
    monkeypatch.setattr("plausible.study.key.versions", lambda used: (("numpy", "9.9"), ("scipy", "1.0")))
    differences = key(QUICK).differences(before)
    assert any(line.startswith("numpy is 9.9, was 2.") for line in differences)
    monkeypatch.setattr("plausible.study.key.data_digest", lambda task, seed: "other")
    assert "the data changed" in key(QUICK).differences(before)


def test_the_simulator_is_part_of_the_key_of_what_it_simulates() -> None:
    pytest.importorskip("brian2", reason="the extra `spiking` is not installed")
    spiking = dataclasses.replace(QUICK, rule="diehl-cook")
    assert [name for name, _ in key(spiking).versions] == ["numpy", "scipy", "brian2"]


# --- the store -------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty store, which the command line uses too."""
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "results"))
    return Store()


def test_what_is_stored_is_what_came_out(store: Store) -> None:
    outcome = execute(QUICK)
    store.save(key(QUICK), outcome)
    stored = store.find(key(QUICK))
    assert stored is not None
    assert (stored.run, stored.key, stored.status) == (QUICK, key(QUICK), "done")
    table = stored.metrics()
    assert [tuple(row) for row in table.drop(columns="key").itertuples(index=False)] == [
        tuple(r) for r in outcome.rows
    ]
    assert table.dtypes.value == np.float64
    pd.testing.assert_frame_equal(store.load(), table)
    assert list(store.runs.iterdir()) == [stored.folder]
    assert list((store.root / "writing").iterdir()) == []


@pytest.mark.parametrize("file", ["spec.json", "status.json", "metrics.parquet"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "removed", "replaced"])
def test_what_cannot_be_read_is_put_into_quarantine(store: Store, file: str, damage: str) -> None:
    place = store.save(key(QUICK), execute(QUICK)) / file
    content = place.read_bytes()
    if damage == "removed":
        place.unlink()
    else:
        place.write_bytes({"cut": content[: len(content) // 2], "emptied": b"", "replaced": b"{}"}[damage])
    assert store.find(key(QUICK)) is None
    assert store.load().empty
    quarantined = list(store.quarantined.glob("*/*"))
    assert [folder.name for folder in quarantined] == [key(QUICK).name]
    store.save(key(QUICK), execute(QUICK))
    assert store.find(key(QUICK)) is not None


def test_foreign_files_are_left_alone(store: Store) -> None:
    (store.runs / "notes.txt").write_text("mine")
    (store.runs / "folder").mkdir()
    store.save(key(QUICK), execute(QUICK))
    assert len(list(store)) == 1
    assert (store.runs / "notes.txt").read_text() == "mine"


# --- checkpoints -----------------------------------------------------------------------------------------


def test_a_pack_of_many_tables_is_only_a_faster_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plausible.study.store.MANY", 3)
    outcome = execute(QUICK)
    keys = [dataclasses.replace(key(QUICK), spec=str(n)) for n in range(5)]
    for one in keys:
        store.save(one, outcome)
    read = store.load(keys)
    pack = store.root / "pack.arrow"
    assert pack.exists()
    with monkeypatch.context() as patched:
        patched.setattr(Store, "table", None)  # nothing is read from the files of runs any more
        pd.testing.assert_frame_equal(store.load(keys), read)
        assert store.load(keys[3:0:-1])["key"].drop_duplicates().to_list() == [k.name for k in keys[3:0:-1]]

    store.save(keys[0], dataclasses.replace(outcome, rows=outcome.rows[:1]))  # written again
    (store.runs / keys[1].name / "metrics.parquet").write_bytes(b"PAR1")  # damaged
    shutil.rmtree(store.runs / keys[2].name)  # deleted
    expected = pd.concat(
        [read[read["key"] == keys[0].name][:1], read[read["key"].isin([k.name for k in keys[3:]])]]
    )
    pd.testing.assert_frame_equal(store.load(keys), expected.reset_index(drop=True))
    for damage in (b"", b"nonsense", pack.read_bytes()[:-100]):
        pack.write_bytes(damage)
        pd.testing.assert_frame_equal(store.load(keys), expected.reset_index(drop=True))


PARTICLES = "equilibrium-propagation[persistent=True,free=euler(3,0.5)]"  # far from rest after 3 steps


@pytest.mark.parametrize(
    ("rule", "optimiser"), [*((QUICK.rule, o) for o in OPTIMISERS), (PARTICLES, OPTIMISERS[0])], ids=repr
)
def test_a_run_that_was_stopped_ends_as_one_that_was_not(
    rule: str, optimiser: SGD, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last bit, wherever it was stopped."""
    monkeypatch.setattr(run_module, "KEEP_EVERY", 0.0)
    run = dataclasses.replace(QUICK, rule=rule, optimiser=optimiser, epochs=4)
    whole = execute(run)
    for stops_at in (0.3, 0.75):
        file = tmp_path / f"{stops_at}.npz"

        def stop(fraction: float, stops_at: float = stops_at) -> None:
            if fraction >= stops_at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            execute(run, stop, checkpoint=file)
        assert file.exists()
        resumed = execute(run, checkpoint=file)
        assert numbers(resumed.rows) == numbers(whole.rows)


def numbers(rows: list[run_module.Row]) -> list[object]:
    """Everything but time."""
    return [row._replace(seconds=0.0) for row in rows if row.metric != "examples per second"]


def test_checkpoints_hold_arrays_and_words_only(tmp_path: Path) -> None:
    tree = {
        "a": np.arange(3.0),
        "b": [1, (2.5, "x", None)],
        "c": {"d": np.eye(2, dtype="float32")},
        "e": 2**100,
        "f": {b"one": (np.arange(2), np.eye(2)), b"two": (np.ones(2, int), np.zeros((2, 2)))},
        "g": {},
    }
    checkpoint.save(tmp_path / "c.npz", tree)
    found = checkpoint.load(tmp_path / "c.npz")
    assert found is not None
    assert np.array_equal(found["a"], tree["a"])
    assert found["b"] == tree["b"]
    assert found["c"]["d"].dtype == np.float32
    assert found["e"] == 2**100
    assert list(found["f"]) == [b"one", b"two"]
    for name, arrays in tree["f"].items():
        assert all(map(np.array_equal, found["f"][name], arrays))
    assert found["g"] == {}
    uneven = {b"one": (np.arange(2),), b"two": (np.arange(3),)}
    for bad in (object(), np.array([object()]), uneven, {b"one": (1,), b"three": (1,)}, {b"a": (), "b": ()}):
        with pytest.raises(checkpoint.NotStorable):
            checkpoint.save(tmp_path / "c.npz", {"a": bad})
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"]
    (tmp_path / "c.npz").write_bytes(b"PK\x03\x04half")
    assert checkpoint.load(tmp_path / "c.npz") is None
    assert checkpoint.load(tmp_path / "nothing.npz") is None


# --- studies ---------------------------------------------------------------------------------------------

STUDY = """
import os, time
from dataclasses import dataclass
import numpy as np
from baselines.backprop import Backprop
from plausible.networks import MLP
from plausible.optimise.sgd import SGD
from plausible.study.study import Study, cells

@dataclass(frozen=True)
class Raises(Backprop):
    def signals(self, params, passed, error):
        raise RuntimeError("no idea")

@dataclass(frozen=True)
class Exits(Backprop):
    def signals(self, params, passed, error):
        os._exit(3)

@dataclass(frozen=True)
class Hangs(Backprop):
    def signals(self, params, passed, error):
        time.sleep(1000)

@dataclass(frozen=True)
class Eats(Backprop):
    def signals(self, params, passed, error):
        np.ones(2**40)

@dataclass(frozen=True)
class Diverges(Backprop):
    def signals(self, params, passed, error):
        return [np.nan * signal for signal in super().signals(params, passed, error)]

def smoke():
    here = __file__
    rules = ["backprop", *(f"{here}:{name}" for name in NAMES)]
    return cells(["two-moons[examples=100]"], rules, [MLP((4,))], SGD(0.1), 2, 10, seeds=2)

NAMES = ["Raises", "Exits", "Eats", "Diverges"]
study = Study("mine", "Does it hold?", {"smoke": smoke})
"""


def command(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error, in this process."""
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_one_bad_run_costs_itself_alone(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(STUDY)
    arguments = ("run", str(file), "--scale", "smoke", "--workers", "2")
    code, out, err = command(*arguments, capsys=capsys)
    assert code == 1
    assert "10 computed, 0 were there" in out
    for line in (
        "Raises@two-moons[examples=100]/0: failed: RuntimeError: no idea",
        "Exits@",
        "Eats@",
        "Diverges@",
    ):
        assert line in err
    assert "MemoryError" in err
    assert "diverged: weights or loss not finite" in err
    statuses = pd.Series({(s.run.rule.rpartition(":")[2], s.run.seed): s.status for s in store})
    assert statuses.groupby(level=0).agg(set).to_dict() == {
        **{name: {"failed"} for name in ("Raises", "Exits", "Eats")},
        "Diverges": {"diverged"},
        "backprop": {"done"},
    }
    code, out, _ = command(*arguments, capsys=capsys)
    assert (code, "0 computed, 10 were there" in out) == (1, True)
    code, out, _ = command(*arguments, "--retry-failed", "--only", "Raises*", capsys=capsys)
    assert "2 computed, 0 were there" in out
    code, out, _ = command("status", str(file), "--scale", "smoke", capsys=capsys)
    assert [line.split() for line in out.splitlines()[-3:]] == [
        ["2", "done"],
        ["2", "diverged"],
        ["6", "failed"],
    ]


def test_a_run_that_hangs_is_ended(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plausible.study.executors.GRACE", 1.0)
    file = tmp_path / "mine.py"
    file.write_text(STUDY.replace('NAMES = ["Raises", "Exits", "Eats", "Diverges"]', 'NAMES = ["Hangs"]'))
    code, _, err = command(
        "run", str(file), "--scale", "smoke", "--limit", "6", "--only", "*/0", capsys=capsys
    )
    assert code == 1
    assert "Hangs@two-moons[examples=100]/0: timed out" in err
    assert {stored.status for stored in store} == {"done", "timed out"}


def test_a_combination_that_cannot_be_is_a_row_with_its_reason() -> None:
    found = cells(["xor", "two-moons[examples=100]"], ["backprop"], [MLP((4,))], SGD(0.1), 1, 4, seeds=3)
    skipped = [cell for cell in found if isinstance(cell, Skipped)]
    assert len(found) == 4
    assert [cell.run.task for cell in skipped] == ["xor"]
    assert "two or more for softmax" in skipped[0].reason


EXECUTORS = {"one": ["--workers", "1"], "two": ["--workers", "2"], "dask": ["--executor", "dask:local"]}


def test_workers_and_executors_change_nothing(tmp_path: Path) -> None:
    """In processes of their own, as Dask leaves threads behind; the tables are equal to the last bit."""
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    tables = []
    for name, arguments in EXECUTORS.items():
        line = [*COMMAND, "run", "accuracy", "--scale", "smoke", *arguments]
        environment = {**os.environ, "PLAUSIBLE_RESULTS": str(tmp_path / name)}
        ended = subprocess.run(line, env=environment, capture_output=True, text=True, check=True)
        assert "8 computed, 0 were there" in ended.stdout
        assert "Traceback" not in ended.stderr
        tables.append(stored_numbers(tmp_path / name))
    for table in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], table, check_exact=True)


def test_why(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = mine(tmp_path / "a", RULE)
    store.save(key(run), execute(run))
    name = key(run).name
    assert "nothing changed" in command("why", name[:8], capsys=capsys)[1]
    mine(tmp_path / "a", RULE.replace("2 *", "3 *"))
    assert command("why", name[:8], capsys=capsys)[1] == "the code of mine.py changed\n"
    assert command("clean", "--all", capsys=capsys)[1] == "0 left over and 1 stale removed\n"
    assert list(store) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "acuracy"], "did you mean 'accuracy'"),
        (["run", "accuracy", "--scale", "fats"], "did you mean 'fast'"),
        (["run", "accuracy", "--scale", "smoke", "--only", "nothing*"], "no run of 'accuracy' matches"),
        (["run", "accuracy", "--scale", "smoke", "--executor", "cloud"], "unknown executor 'cloud'"),
        (["run", "accuracy", "--scale", "smoke", "--workers", "0"], "the number of workers is 0"),
        (["run", "accuracy", "--scale", "smoke", "--limit", "-1"], "the limit is -1"),
        (["run", "./nowhere.py"], "is not there"),
        (["why", "zzz"], "0 stored runs begin with 'zzz'"),
        (["export", "accuracy", "--scale", "smoke"], "8 of 8 runs are missing"),
    ],
    ids=str,
)
def test_bad_input_of_studies(
    arguments: list[str], expected: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = command(*arguments, capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert expected in err


def test_a_study_file_that_raises(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.py"
    file.write_text("raise OSError('no\\nway')")
    code, _, err = command("run", str(file), capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert "OSError: no" in err


def test_every_study_has_its_scales() -> None:
    from plausible.study.study import candidates, find

    names = {file.stem for file in candidates() if "study = Study(" in file.read_text()}
    assert "accuracy" in names
    for name in names:
        study = find(name)
        assert isinstance(study, Study)
        assert study.name == name
        assert study.question.endswith("?")
        assert {"smoke", "fast", "paper"} <= set(study.scales) <= {"smoke", "fast", "long", "paper"}
        assert study.cells("smoke")


def stored_numbers(folder: Path) -> pd.DataFrame:
    """Every measurement in a store but those of time."""
    found = Store(folder).load()
    found = found[found.metric != "examples per second"].drop(columns="seconds")
    return found.sort_values(list(found.columns)).reset_index(drop=True)


@pytest.mark.slow
def test_kills_at_random_instants_lose_only_what_was_in_flight(tmp_path: Path) -> None:
    """Twenty kills of the main process and twenty of a worker; then the table is that of an undisturbed run."""
    import psutil

    def arguments(folder: str) -> tuple[list[str], dict[str, str]]:
        environment = {**os.environ, "PLAUSIBLE_RESULTS": str(tmp_path / folder)}
        return [
            *COMMAND,
            "run",
            "accuracy",
            "--scale",
            "smoke",
            "--workers",
            "2",
            "--retry-failed",
        ], environment

    line, environment = arguments("calm")
    subprocess.run(line, env=environment, check=True, capture_output=True)
    rng = np.random.default_rng(0)
    line, environment = arguments("stormy")
    for victim in ["main", "worker"] * 20:
        process = subprocess.Popen(
            line, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        time.sleep(rng.uniform(0.5, 6))
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        if victim == "main" or not children:
            process.kill()
        else:
            rng.choice(np.array(children, dtype=object)).send_signal(signal.SIGKILL)
        process.wait(60)
        for child in children:
            if child.is_running():
                child.kill()
        assert all(stored.status in ("done", "failed") for stored in Store(tmp_path / "stormy"))
        if victim == "worker" and rng.random() < 0.3:  # begin anew, so that there is always something to lose
            for stored in list(Store(tmp_path / "stormy"))[::2]:
                shutil.rmtree(stored.folder)
    subprocess.run(line, env=environment, check=True, capture_output=True)
    pd.testing.assert_frame_equal(
        stored_numbers(tmp_path / "stormy"), stored_numbers(tmp_path / "calm"), check_exact=True
    )


@pytest.mark.slow
def test_two_processes_share_one_store_without_waste(tmp_path: Path) -> None:
    line = [*COMMAND, "run", "accuracy", "--scale", "smoke", "--workers", "1"]
    environment = {**os.environ, "PLAUSIBLE_RESULTS": str(tmp_path)}
    processes = [subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert len(list(Store(tmp_path))) == 8
    assert list((tmp_path / "quarantine").glob("*")) == []
    computed = [int(output.split(": ")[1].split()[0]) for output in outputs]
    assert sum(computed) == 8, f"every run once, in one of the two: {computed}"


@pytest.mark.slow
def test_a_full_disk_costs_what_was_in_flight(tmp_path: Path) -> None:
    """One line and exit code 2; what was stored stays; with room, the study goes on to the same table."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=80k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        line = [*COMMAND, "run", "accuracy", "--scale", "smoke", "--workers", "2"]
        full = {**os.environ, "PLAUSIBLE_RESULTS": str(disk)}
        ended = subprocess.run(line, env=full, capture_output=True, text=True, check=False)
        assert ended.returncode == 2
        assert "No space left on device" in ended.stderr
        assert "Traceback" not in ended.stderr
        stored = [run.key for run in Store(disk)]
        assert 0 < len(stored) < 8
        assert not (disk / "quarantine").exists()
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        again = subprocess.run(line, env=full, capture_output=True, text=True, check=True)
        assert f"{8 - len(stored)} computed, {len(stored)} were there" in again.stdout
        calm = {**os.environ, "PLAUSIBLE_RESULTS": str(tmp_path / "calm")}
        subprocess.run(line, env=calm, check=True, capture_output=True)
        pd.testing.assert_frame_equal(
            stored_numbers(disk), stored_numbers(tmp_path / "calm"), check_exact=True
        )
    finally:
        subprocess.run(["umount", str(disk)], check=False)
