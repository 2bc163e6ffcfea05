"""Numbers of committed tables are computed anew, and every one that differs is found.

Oracle: a table that was just exported is what the code computes; one that was changed by hand is not.
"""

from __future__ import annotations

import json
import re
import shutil
import zlib
from base64 import b64decode
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import plausible as pl
from plausible.cli.main import main
from plausible.core import randomness
from plausible.errors import BadInput
from plausible.optimise.schedules import Cosine
from plausible.optimise.sgd import SGD
from plausible.printing.table import as_text
from plausible.registry import files, registry
from plausible.report.verified import provenance, shown, told
from plausible.study.differences import bound_of
from plausible.study.rebuilt import CHANGED, Cells, ends, recorded
from plausible.study.run import Run
from plausible.study.store import tables
from plausible.study.verified import chosen, state, verified
from plausible.study.workers.machine import machine
from tests.suite.command import command

STUDY = """
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.experiment import Experiment, Measured
from plausible.study.study import Study, cells

def walk(bench, steps=5):
    import numpy as np
    place = np.random.default_rng(bench.seed).normal(size=steps).cumsum()
    for step, at in enumerate(place):
        yield Measured("place", float(at), step)

def fast():
    runs = cells(["two-moons[examples=100]"], ["fa", "backprop"], [MLP((4,))], SGD(0.1), 2, 10, seeds=2)
    return [*runs, Experiment(f"{__file__}:walk", (("steps", 5),))]

study = Study("mine", "Where?", {"fast": fast})
"""
FIGURE = """
from matplotlib.figure import Figure

def source(table):
    return table

def draw(table):
    return Figure()
"""
RUNS = 5


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small study and the table that was just exported of it."""
    folder = tmp_path_factory.mktemp("exported")
    (folder / "studies").mkdir()
    (folder / "studies" / "mine.py").write_text(STUDY)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PLAUSIBLE_RESULTS", str(folder / "results"))
        for line in (["run", "mine", "--workers", "0"], ["export", "mine"]):
            with pytest.raises(SystemExit) as stop:
                main(line)
            assert not stop.value.code
    return folder


@pytest.fixture
def table(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that table, below the current folder, with its study."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(exported / "studies", tmp_path / "studies")
    return tmp_path / "studies" / "tables" / "mine.parquet"


def changed(table: Path, factor: float, metric: str = "accuracy", **about: bytes | None) -> None:
    """Multiply the last number of a metric in every run of a table; and put other metadata into it."""
    held = pq.read_table(table)
    frame = held.to_pandas()
    last = frame[(frame.metric == metric) & (frame.layer == "")].groupby("key").tail(1).index
    frame.loc[last, "value"] *= factor
    metadata = {**held.schema.metadata, **{name.encode(): text for name, text in about.items()}}
    kept = {name: text for name, text in metadata.items() if text is not None}
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(kept), table)


def test_a_table_that_was_just_computed_is_bitwise(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = command("verify", "mine", "--cells", "9", "--execute-files", capsys=capsys)
    assert ended.code == 0
    assert f"{RUNS} bitwise" in ended.err
    about = machine()
    for said in (about["commit"] or "not recorded", *about["processor"].split(), np.__version__):
        assert said in ended.out
    (machines,) = provenance(chosen("mine")).to_dict("records")
    assert (machines["blas"], machines["processor"], machines["runs"]) == (
        about["blas"],
        about["processor"],
        RUNS,
    )
    found = pl.verify("mine", cells=9, execute_files=True)
    assert found.verdict.tolist() == ["bitwise"] * RUNS
    assert set(found.code) == {"same"}
    assert state(table) == "same"


def test_so_it_is_from_its_study_where_the_table_does_not_say(table: Path) -> None:
    changed(table, 1.0, **{"plausible.specs": None})
    assert pl.verify("mine", cells=9).verdict.tolist() == ["bitwise"] * RUNS


@pytest.mark.parametrize("metric", ["accuracy", "loss", "place"])
def test_a_number_that_differs_is_found(table: Path, metric: str, capsys: pytest.CaptureFixture[str]) -> None:
    changed(table, 1.01, metric)
    found = pl.verify("mine", cells=9, execute_files=True)
    apart = found[found.verdict == "different"]
    assert len(apart) == (1 if metric == "place" else RUNS - 1)
    assert set(apart.metric) == {metric}
    assert (apart.largest <= 0.01 / 1.01 + 1e-9).all()
    ended = command("verify", "mine", "--cells", "9", "--execute-files", capsys=capsys)
    assert ended.code == 1
    assert "different" in ended.out


def test_rounding_is_called_so_up_to_its_bound(table: Path) -> None:
    """Two epochs of 6 batches of 10 of the 60 examples: 12 changes, each a unit of 2⁻²⁴ off."""
    bound = 12 * 2.0**-24
    frame = pl.verify("mine", cells=9, execute_files=True)
    assert set(frame[frame.run.str.contains("two-moons")].bound) == {bound}
    changed(table, 1 + 0.9 * bound, "loss")
    assert sorted(pl.verify("mine", cells=9, execute_files=True).verdict) == ["bitwise"] + ["rounding"] * 4
    changed(table, 1 + 0.9 * bound, "loss")
    assert sorted(pl.verify("mine", cells=9, execute_files=True).verdict) == ["bitwise"] + ["different"] * 4


@pytest.mark.parametrize(("degrees", "verdict"), [(0.06, "rounding"), (0.08, "different")])
def test_an_angle_of_nothing_is_held_against_its_cosine(table: Path, degrees: float, verdict: str) -> None:
    """12 changes in float32 move a cosine of 1 by 7.2e-7, and so an angle of 0 by 0.069 degrees."""
    held = pq.read_table(table)
    frame = held.to_pandas()
    frame.loc[(frame.metric == "gradient angle") & (frame.rule == "backprop"), "value"] += degrees
    again = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(again.replace_schema_metadata(held.schema.metadata), table)
    found = pl.verify("mine", cells=9, execute_files=True)
    assert set(found[found.run.str.startswith("backprop")].verdict) == {verdict}


def test_a_number_that_is_measured_no_more_and_a_run_that_ends_otherwise_differ(table: Path) -> None:
    held = pq.read_table(table)
    frame = held.to_pandas()
    frame["metric"] = frame.metric.astype(str).replace("update norm", "norm of before")
    frame.loc[frame.rule == "backprop", "status"] = "diverged"
    pq.write_table(
        pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(held.schema.metadata), table
    )
    found = pl.verify("mine", cells=9, execute_files=True).set_index("run")
    fa, backprop = (
        found.loc[f"{rule}@two-moons[examples=100]/0"] for rule in ("feedback-alignment", "backprop")
    )
    assert fa.verdict == backprop.verdict == "different"
    assert "numbers are not measured today" in fa.reason
    assert "it is done today" in backprop.reason
    assert "was diverged" in backprop.reason


def test_cells_are_drawn_by_the_seed_among_the_short(table: Path) -> None:
    def drawn(**how: float) -> list[str]:
        return [cell.key for cell in verified("mine", execute=True, **how)]  # type: ignore[arg-type]

    assert drawn(cells=2, seed=1) == drawn(cells=2, seed=1)
    assert len(set(drawn(cells=RUNS + 4))) == RUNS
    assert len({drawn(seed=seed)[0] for seed in range(6)}) > 1
    (cell,) = verified("mine", longest=1e-9)
    assert (cell.verdict, cell.reason[:23]) == ("not recomputed", "its shortest run takes ")


def test_to_have_recomputed_nothing_is_no_success(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = command("verify", "mine", "--longest", "1e-9", capsys=capsys)
    assert (ended.code, ended.err) == (1, "1 not recomputed\n")
    assert command("verify", "mine", "--execute-files", capsys=capsys).code == 0


def test_a_file_of_ones_own_that_a_table_names_is_not_executed_unasked(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a process that has not executed it yet."""
    monkeypatch.setattr(files, "USER_FILES", {})
    found = pl.verify("mine", cells=9)
    (left,) = found[found.verdict != "bitwise"].to_dict("records")
    assert left["verdict"] == "not recomputed"
    assert "--execute-files" in left["reason"]
    assert state(table) == "not told"


def test_a_run_that_no_study_has_is_not_recomputed(table: Path) -> None:
    changed(table, 1.0, **{"plausible.specs": None})
    (table.parents[1] / "mine.py").write_text(STUDY.replace("MLP((4,))", "MLP((5,))").replace("5)", "6)"))
    found = pl.verify("mine", cells=9)
    assert set(found.verdict) == {"not recomputed"}
    assert set(found.reason) == {"it is not recorded, and no cell of its study today"}


def test_a_table_is_older_than_code_that_changed(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pq.read_table(table).to_pandas()
    frame = frame[frame.task.astype(str).str.startswith("two-moons")]
    specs = {
        key: spec
        for key, spec in tables.specs_of(table, pq.read_table(table).to_pandas()).items()
        if key in set(frame.key)
    }
    tables.write(frame, table, [machine()], specs=specs)
    assert state(table) == "same"
    drawn_by = table.parents[2] / "figures" / "mine.py"
    drawn_by.parent.mkdir()
    drawn_by.write_text(FIGURE)
    assert "its table is older" not in command("figure", str(table), capsys=capsys).err
    old = {key: spec._replace(code="0" * 16) for key, spec in specs.items()}
    tables.write(frame, table, [machine()], specs=old)
    assert state(table) == "older"
    ended = command("figure", str(table), capsys=capsys)
    assert ended.code == 0
    since = "no run of it is noted to have been computed anew"
    assert f"its table is older than its code; {since}: plausible verify {table}\n" in ended.err
    tables.write(frame, table, [machine()])
    assert state(table) == "not recorded"


def test_lines_fit_a_terminal(table: Path) -> None:
    found = list(verified("mine", cells=9, execute=True))
    text = as_text([shown(found), told(chosen("all"))], 80)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing-of-that-name"], "unknown table 'nothing-of-that-name'"),
        (["none.parquet"], "'none.parquet' is not there"),
        (["mine", "--cells", "0"], "number of cells"),
        (["mine", "--seed", "-1"], "seed is -1"),
        (["mine", "--longest", "0"], "longest run"),
        (["mine", "--longest", "nan"], "longest run"),
    ],
)
def test_bad_input_is_one_line(
    table: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    ended = command("verify", *arguments, capsys=capsys)
    assert ended.code == 2
    assert told in ended.err
    assert ended.err.count("\n") == 1


def test_json_is_json(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = command("verify", "mine", "--json", capsys=capsys)
    (cell,) = json.loads(ended.out)
    assert cell["table"] == "mine"


def test_what_a_table_says_of_its_runs_takes_little_room(table: Path) -> None:
    """A spec for each rule, and a number for each run."""
    content = tables.entry(table, tables.SPECS)
    assert 0 < len(content) < 4000


def test_the_bound_counts_changes_of_the_weights() -> None:
    from plausible.networks.mlp import MLP
    from plausible.study.course import execute
    from plausible.study.run import Run

    run = Run("two-moons[examples=100]", "backprop", MLP((4,), dtype="float64"), epochs=3, batch_size=20)
    task = registry.task(run.task, randomness(0).data)
    assert bound_of(run, execute(run)) == 3 * task.train.examples / 20 * 2.0**-53


def test_cheap_cells_of_committed_tables_are_what_the_code_computes() -> None:
    """A run of each table with one of two seconds: bitwise, by rounding, or by rounding that learning amplified."""
    cheap = {name: shortest(file) for name, file in chosen("all").items()}
    cheap = {name: seconds for name, seconds in cheap.items() if seconds <= 2}
    found = [cell for name, least in cheap.items() for cell in verified(name, longest=max(least, 0.1))]
    assert len(found) == len(cheap) > 20
    assert [cell for cell in found if cell.verdict not in ("bitwise", "rounding", "amplified")] == []


def shortest(file: Path) -> float:
    """The seconds of the shortest run of a table, of digits or what is drawn; infinite, if there is none."""
    frame = pq.read_table(file).to_pandas()
    if not {"key", "seconds", "value"} <= {*frame}:
        return float("inf")
    drawn = ~frame.task.astype(str).str.contains("mnist|japanese")  # these need files
    return float(frame[drawn].groupby("key").seconds.max().min()) if drawn.any() else float("inf")


def test_every_committed_run_is_told_by_its_table() -> None:
    for name, file in chosen("all").items():
        held = pq.read_table(file)
        if "key" in held.column_names:
            frame = held.select(["key", "seed"]).to_pandas()
            assert set(tables.specs_of(file, frame)) == set(frame.key), name
            content = zlib.decompress(b64decode(tables.entry(file, tables.SPECS))).decode()
            assert not re.findall(r'"/[^"]*\.py:', content), (
                name
            )  # where the project lay there is nobody's concern


def test_what_a_table_does_not_say_is_recorded_from_its_study(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same numbers, keys and machines; the code only where the key is that of today."""
    changed(table, 1.0, **{"plausible.specs": None})
    before = pq.read_table(table)
    assert state(table) == "not recorded"
    ended = command("verify", "mine", "--record", capsys=capsys)
    assert ended.code == 0
    assert f"{RUNS} runs recorded" in ended.out
    after = pq.read_table(table)
    assert after.equals(before)
    about = dict(after.schema.metadata)
    about.pop(tables.SPECS)
    assert about == before.schema.metadata
    assert state(table) == "same"
    (table.parents[1] / "mine.py").write_text(STUDY.replace("MLP((4,))", "MLP((5,))"))
    found = pl.verify("mine", cells=9, execute_files=True)
    assert found[found.run.str.contains("moons")].verdict.tolist() == ["bitwise"] * 4
    ended = command("verify", "mine", "--record", capsys=capsys)
    assert ended.out == ""


def test_a_run_whose_key_is_another_today_is_recorded_as_of_older_code(table: Path) -> None:
    held = pq.read_table(table)
    frame = held.to_pandas()
    frame = frame[frame.task.astype(str).str.startswith("two-moons")]
    frame["key"] = frame.key.astype(str).str[::-1]
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), table)
    assert recorded("mine", table) == (RUNS - 1, 0)
    assert {spec.code for spec in tables.specs_of(table, frame).values()} == {CHANGED}
    assert state(table) == "older"
    found = pl.verify("mine", cells=9)
    assert found.verdict.tolist() == ["bitwise"] * (RUNS - 1)
    assert set(found.code) == {"changed"}


def test_a_table_that_tells_of_some_runs_alone_is_not_called_that_of_todays_code(table: Path) -> None:
    frame = pq.read_table(table).to_pandas()
    frame = frame[frame.task.astype(str).str.startswith("two-moons")]
    specs = tables.specs_of(table, pq.read_table(table).to_pandas())
    first = str(frame.key.iloc[0])
    tables.write(frame, table, [machine()], specs={first: specs[first]})
    assert state(table) == "not recorded"


def test_winners_of_tuning_are_cells_with_the_rule_and_the_optimiser_of_their_rows(table: Path) -> None:
    held = pq.read_table(table)
    frame = held.to_pandas().astype({"rule": str, "optimiser": str})
    tuned = frame.rule == "feedback-alignment"
    frame.loc[tuned, "rule"] = "feedback-alignment[feedback=uniform(0.5)]"
    frame["optimiser"] = "SGD(rate=Cosine(start=0.2, steps=12, end=0.0), momentum=0.5, nesterov=False)"
    (row,) = ends(frame[tuned & (frame.seed == 1)])
    run = Cells("mine").run(row)
    assert isinstance(run, Run)
    assert (run.rule, run.seed) == ("feedback-alignment[feedback=uniform(0.5)]", 1)
    assert run.optimiser == SGD(Cosine(0.2, 12), momentum=0.5)
    with pytest.raises(BadInput, match="no cell of its study"):
        Cells("mine").run({**row, "hidden": "5"})


def test_a_path_is_no_name(table: Path) -> None:
    assert [*chosen("studies/tables/mine.parquet")] == ["mine"]
    with pytest.raises(BadInput, match="unknown table 'nothing-of-that-name'"):
        chosen("nothing-of-that-name")
