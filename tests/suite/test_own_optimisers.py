"""Rules of a comparison with optimisers of their own. Oracle: the same runs, asked for one by one."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pandas as pd
import pytest

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine, Steps
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped
from plausible.plotting import comparison as figure
from plausible.registry import kinds, registry, specs
from plausible.report import comparison as report
from plausible.report.labels import plain_rule
from plausible.report.paired import beside_reference
from plausible.report.summary import summary
from plausible.study.campaign import Plan
from plausible.study.compare import Comparison, compare
from plausible.study.keys.key import key
from plausible.study.run import Outcome, Row, Run
from plausible.study.store.store import Store
from plausible.study.study import cells
from plausible.study.trials import table as trials_table
from plausible.study.tuning.tuner import groups_of
from plausible.study.winners import optimiser_of, winners
from tests.suite.command import command, computed

QUICK = {"task": "two-moons[examples=100]", "seeds": 2, "epochs": 1, "hidden": (4,)}
ROOT = Path(__file__).parents[2]
STEPS = 2  # of an epoch: 60 examples in batches of 32


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fa", ("fa", None)),
        ("fa@adam", ("fa", "adam")),
        ("fa[feedback=uniform(0.1)]@sgd[rate=0.1]", ("fa[feedback=uniform(0.1)]", "sgd[rate=0.1]")),
        ("./me@home/rule.py:Mine", ("./me@home/rule.py:Mine", None)),
        ("./me@home/rule.py:Mine@adam", ("./me@home/rule.py:Mine", "adam")),
        ("/a@b/c.py:Mine[x=1]@/d@e/f.py:Own", ("/a@b/c.py:Mine[x=1]", "/d@e/f.py:Own")),
    ],
)
def test_rule_at_optimiser(text: str, expected: tuple[str, str | None]) -> None:
    assert specs.with_optimiser(text) == expected


@pytest.mark.parametrize(
    "text", ["backprop@@sgd", "fa@sgd@adam", "fa[feedback=uniform(0.1)]@adam@", "fa@ @sgd"]
)
def test_a_second_at_is_said(text: str) -> None:
    with pytest.raises(BadInput, match=re.escape(f"{text!r} has 2 @ after rule '")) as caught:
        specs.with_optimiser(text)
    assert "\n" not in str(caught.value)


def test_each_rule_learns_with_its_own_optimiser_on_the_same_schedule() -> None:
    entries = Comparison(**QUICK, rules=("backprop@sgd[rate=0.3]", "fa@adam", "fa")).entries
    found = {label: run.optimiser for label, run in entries}
    assert found["backprop@sgd[rate=0.3]"] == SGD(Cosine(0.3, STEPS))
    assert found["feedback-alignment@adam"] == Adam(Cosine(Adam().rate, STEPS))
    assert list(found) == ["backprop@sgd[rate=0.3]", "feedback-alignment@adam", "feedback-alignment"]
    stepped = Comparison(**QUICK, rules=("fa@adam",), schedule="step").entries[0].run.optimiser
    assert stepped == Adam(Steps(Adam().rate, (1, 1)))


def test_numbers_are_those_of_each_rule_alone(store: Store) -> None:
    """And the table, its JSON, the tests and the figure tell one rule with two optimisers apart."""
    both = Comparison(**QUICK, rules=("backprop", "fa@adam", "fa@sgd[rate=0.5]"))
    computed(both.runs(), store)
    result = compare(both, store=store)
    for optimiser in ("adam", "sgd[rate=0.5]"):
        alone = compare(Comparison(**QUICK, rules=("fa",), optimiser=optimiser), store=store)
        mine = result.metrics[result.metrics.rule == f"feedback-alignment@{optimiser}"]
        pd.testing.assert_frame_equal(
            mine.drop(columns="rule").reset_index(drop=True),
            alone.metrics.drop(columns="rule"),
            check_exact=True,
        )
    labels = ["backprop", "feedback-alignment@adam", "feedback-alignment@sgd[rate=0.5]"]
    assert summary(result).rule.tolist() == labels
    told = report.as_json(result, both)
    assert told["optimiser"] is None
    assert "Adam(" in told["rules"][1]["optimiser"]
    assert [row["rule"] for row in told["against backprop"]] == labels
    (legend,) = figure.draw(result.metrics).legends
    assert [text.get_text() for text in legend.get_texts()] == labels


def test_backprop_with_an_optimiser_of_its_own_is_what_others_are_held_against(store: Store) -> None:
    comparison = Comparison(**QUICK, rules=("backprop@sgd[rate=0.1]", "fa@adam"))
    computed(comparison.runs(), store)
    rows = report.against(compare(comparison, store=store))
    assert set(rows.reference) == {"backprop@sgd[rate=0.1]"}
    assert rows[rows.rule == "feedback-alignment@adam"].pairs.tolist() == [2]


def trials(folder: Path) -> Path:
    """A table of trials, as `plausible tune` writes it: the best that was done is the second of each rule."""
    folder.mkdir(parents=True, exist_ok=True)
    sgd = "SGD(rate=Cosine(start={}, steps=136, end=0.0), momentum=0.9, nesterov=False)"
    rows = [
        ("two-moons[examples=100]", "backprop", "backprop", sgd.format(0.5), "done", 0.5),
        ("two-moons[examples=100]", "backprop", "backprop", sgd.format(0.25), "done", 0.75),
        ("two-moons[examples=100]", "backprop", "backprop", sgd.format(4.0), "pruned", 0.9),
        (
            "two-moons[examples=100]",
            "feedback-alignment",
            "fa[feedback=uniform(0.5)]",
            "Adam(rate=0.01)",
            "done",
            0.1,
        ),
        (
            "two-moons[examples=100]",
            "feedback-alignment",
            "fa[feedback=uniform(0.2)]",
            "Adam(rate=0.02)",
            "done",
            0.6,
        ),
        ("digits", "backprop", "backprop", sgd.format(1.0), "done", 0.99),
    ]
    columns = ["task", "rule", "spec", "optimiser", "status", "score"]
    file = folder / "mine-tuning.parquet"
    pd.DataFrame(rows, columns=columns).to_parquet(file)
    return file


def test_winners_of_a_tuned_study(store: Store) -> None:
    trials(store.root / "tuning")
    found = winners("mine", QUICK["task"])
    assert found["backprop"] == ("backprop", SGD(0.25, momentum=0.9))
    assert found["feedback-alignment"] == ("fa[feedback=uniform(0.2)]", Adam(0.02))
    entries = Comparison(**QUICK, rules=("backprop", "fa", "shallow", "fa@sgd[rate=1]"), tuned="mine").entries
    runs = {label: (run.rule, run.optimiser) for label, run in entries}
    assert runs["backprop@tuned"] == ("backprop", SGD(Cosine(0.25, STEPS), momentum=0.9))
    assert runs["feedback-alignment@tuned"] == ("fa[feedback=uniform(0.2)]", Adam(Cosine(0.02, STEPS)))
    assert runs["feedback-alignment@sgd[rate=1]"] == ("fa", SGD(Cosine(1, STEPS)))
    assert runs["shallow"][1] == Comparison(**QUICK, rules=("shallow",)).entries[0].run.optimiser


def test_the_command_says_which_rules_were_not_tuned(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    trials(store.root / "tuning")
    computed(Comparison(**QUICK, rules=("backprop", "shallow"), tuned="mine").runs(), store)
    line = ("compare", "--task", QUICK["task"], "--seeds", "2", "--epochs", "1", "--hidden", "4")
    ended = command(*line, "--rules", "backprop,shallow", "--tuned", "mine", capsys=capsys)
    assert ended.code == 0
    assert "backprop@tuned" in ended.out
    assert "not tuned in 'mine': shallow\n" in ended.err
    assert f"backprop@tuned: backprop, {SGD(Cosine(0.25, STEPS), momentum=0.9)}\n" in ended.err
    assert command("clean", capsys=capsys).out == "0 left over and 0 stale removed\n"


def test_a_rule_with_its_own_optimiser_that_was_not_tuned_is_named(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that the user gives an optimiser is not: nothing of the study was asked for."""
    (tmp_path / "own.py").write_text(
        "from dataclasses import dataclass\nfrom typing import ClassVar\n"
        "from baselines.backprop import Backprop\n\n@dataclass(frozen=True)\nclass Own(Backprop):\n"
        "    optimiser: ClassVar = 'adam[rate=0.01]'\n"
    )
    trials(store.root / "tuning")
    line = ("compare", "--task", QUICK["task"], "--seeds", "1", "--epochs", "1", "--hidden", "4")
    rules = f"backprop,{tmp_path}/own.py:Own,shallow@adam"
    ended = command(*line, "--rules", rules, "--tuned", "mine", "--workers", "0", capsys=capsys)
    assert ended.code == 0, ended.err
    assert "not tuned in 'mine': Own@adam[rate=0.01]\n" in ended.err


@pytest.mark.parametrize(
    ("label", "rule"),
    [
        ("mine/rule:Rule@adam", "mine/rule:Rule"),
        ("mine/rule:Rule[x=1]@mine/opt:Lion", "mine/rule:Rule[x=1]"),
        ("me@home/rule:Rule", "me@home/rule:Rule"),
        ("me@home/rule:Rule@adam", "me@home/rule:Rule"),
        ("feedback-alignment@me@home/opt:Lion", "feedback-alignment"),
        ("of-another-package@adam", "of-another-package"),
        ("backprop", "backprop"),
    ],
)
def test_a_label_without_its_optimiser(label: str, rule: str) -> None:
    assert plain_rule(label) == rule


def test_winners_of_the_committed_study_learn_as_they_did_there() -> None:
    """The study ran its winners on digits; its committed table shows with which options and optimisers."""
    table = pd.read_parquet(
        ROOT / "studies" / "tables" / "accuracy.parquet", columns=["task", "rule", "optimiser"]
    )
    there = table[table.task == "digits[split=seed]"][["rule", "optimiser"]].drop_duplicates()
    entries = Comparison("digits[split=seed]", seeds=1, tuned="accuracy").entries
    here = {(registry.label(run.rule), repr(run.optimiser)) for _, run in entries}
    assert here == set(there.itertuples(index=False, name=None))
    assert all(label.endswith("@tuned") for label, _ in entries)


@pytest.mark.parametrize("optimiser", [SGD(0.1, momentum=0.5), Adam(0.003), Clipped(SGD(0.2), 2.0)])
def test_optimisers_are_read_as_they_are_shown(optimiser: object) -> None:
    assert optimiser_of(repr(optimiser)) == optimiser


@pytest.mark.parametrize(
    "text", ["__import__('os').getcwd()", "open('x')", "SGD(0.1)", "SGD(rate=nan)", "SGD(", "3 + x"]
)
def test_a_table_runs_no_code(text: str) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        optimiser_of(text)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--rules", "fa@"], "expected rule@optimiser"),
        (["--rules", "@adam"], "expected rule@optimiser"),
        (["--rules", "fa@adma"], "did you mean 'adam'"),
        (["--rules", "fa@adam,feedback-alignment@adam"], "each rule once"),
        (["--tuned", "accuracy"], "was not tuned on task 'two-moons"),
        (["--tuned", "acuracy"], "has no table of trials: expected one of accuracy"),
        (["--tuned", "../x"], "has no table of trials"),
    ],
)
def test_what_cannot_be_read_is_refused(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = command("compare", "--task", QUICK["task"], *arguments, capsys=capsys)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert expected in ended.err


def test_rules_of_a_study_may_have_optimisers_of_their_own() -> None:
    rules = ["backprop", "fa@adam", "fa@sgd[rate=0.5]"]
    for optimisers in (SGD(0.1), {"backprop": SGD(0.1)}):
        found = cells(["two-moons[examples=100]"], rules, [MLP((4,))], optimisers, 1, 10, seeds=1)
        runs = [(cell.rule, cell.optimiser) for cell in found if isinstance(cell, Run)]
        assert runs == [("backprop", SGD(0.1)), ("fa", Adam()), ("fa", SGD(0.5))]
    with pytest.raises(BadInput, match="a rule without an optimiser"):
        cells(["two-moons[examples=100]"], rules, [MLP((4,))], {}, 1, 10, seeds=1)


def test_one_rule_with_two_optimisers_is_two_in_the_report_of_a_study(store: Store, tmp_path: Path) -> None:
    """Each beside backprop with the same optimiser."""
    rules = ["backprop@adam", "backprop@sgd[rate=0.5]", "fa@adam", "fa@sgd[rate=0.5]"]
    found = cells(["two-moons[examples=100]"], rules, [MLP((4,))], SGD(0.1), 1, 10, seeds=2)
    runs = [cell for cell in found if isinstance(cell, Run)]
    computed(runs, store)
    rows = beside_reference(Plan({run: key(run) for run in runs}).table(store))
    assert rows.pairs.tolist() == [2, 2, 2, 2]
    assert {task.partition("(")[0] for task in rows.task} == {
        "two-moons[examples=100], SGD",
        "two-moons[examples=100], Adam",
    }


@pytest.mark.parametrize("text", ["fa[]", " fa [ ]", "fa[,]", "fa[feedback=he,]"])
def test_brackets_without_an_option_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="cannot be read: expected option=value"):
        Comparison(**{**QUICK, "seeds": 1}, rules=(text,)).entries  # noqa: B018
    assert registry.label("fa[]") == "feedback-alignment", "what an older store holds keeps its name"


def test_winners_with_an_optimiser_of_a_users_own(tmp_path: Path) -> None:
    """It is read where its file is executed already; reading a table executes none."""
    text = """from dataclasses import dataclass\nfrom plausible.optimise.sgd import SGD
@dataclass(frozen=True)\nclass OwnOfATable(SGD): pass
"""
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(
        BadInput, match="OwnOfATable is no registered optimiser, and in no file that is named here"
    ):
        optimiser_of("OwnOfATable(rate=0.2)")
    own = registry.load("optimiser", f"{tmp_path}/own.py:OwnOfATable")
    assert optimiser_of("OwnOfATable(rate=Cosine(start=0.2, steps=3, end=0.0))") == own(0.2)
    (tmp_path / "other.py").write_text(text)
    registry.load("optimiser", f"{tmp_path}/other.py:OwnOfATable")
    with pytest.raises(BadInput, match="OwnOfATable is in several files"):
        optimiser_of("OwnOfATable(rate=0.2)")


OWN = """from dataclasses import dataclass
from typing import ClassVar
from plausible.optimise.schedules import Rate
from plausible.optimise.sgd import SGD
from plausible.search import Range

@dataclass(frozen=True)
class TunedLion(SGD):
    rate: Rate = 0.3
    search: ClassVar = {"rate": Range(0.1, 0.2, log=True)}

@dataclass(frozen=True)
class Warming:
    start: float
    steps: int

    def __call__(self, step):
        return self.start
"""


def test_what_tuning_writes_of_optimisers_of_ones_own_is_read_back(tmp_path: Path, store: Store) -> None:
    """Of a file that the command names, and of an installed package; in a wrapper, and on a schedule, too."""
    (tmp_path / "lions.py").write_text(OWN)
    name = f"{tmp_path}/lions.py:TunedLion"
    lion, warming = (registry.load("optimiser", f"{tmp_path}/lions.py:{n}") for n in ("TunedLion", "Warming"))
    base = Comparison(**QUICK, rules=("fa",), schedule="constant").entries[0].run
    for made, expected in (
        (lion(warming(0.5, 7)), lion(0.5)),
        (Clipped(lion(0.7), 2.0), Clipped(lion(0.7), 2.0)),
        (SGD(Steps(0.2, (3,))), SGD(0.2)),
        (lion(), lion()),
    ):
        (group,) = groups_of([replace(base, optimiser=made)], 1)
        run = group.ask()
        group.tell(Outcome(replace(run, optimiser=made), "done", rows=[scored(run)]))
        (store.root / "tuning").mkdir(exist_ok=True)
        trials_table([group]).to_parquet(store.root / "tuning" / "mine-tuning.parquet")
        assert winners("mine", QUICK["task"])["feedback-alignment"].optimiser == expected
        entries = Comparison(
            **QUICK, rules=("fa", f"shallow@{name}"), tuned="mine", schedule="constant"
        ).entries
        assert dict(entries)["feedback-alignment@tuned"].optimiser == expected


def scored(run: Run) -> Row:
    return Row(run.task, run.rule, 0, run.epochs, 1, 0.0, "validation", "accuracy", "", 0.5)


def test_a_file_that_a_table_names_is_executed_only_if_the_command_names_it(tmp_path: Path) -> None:
    (tmp_path / "unnamed.py").write_text(OWN)
    text = f"{tmp_path}/unnamed.py:TunedLion[rate=0.2]"
    with pytest.raises(BadInput, match=r"does not execute.*named here, as by --optimiser .*:TunedLion"):
        optimiser_of(text)
    cls = registry.load("optimiser", f"{tmp_path}/unnamed.py:TunedLion")
    assert optimiser_of(text) == cls(0.2)
    (tmp_path / "unnamed.py").unlink()
    with pytest.raises(BadInput, match="expected a file that is there"):
        optimiser_of(text)


def test_printed_classes_of_an_installed_package_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables that were written before hold what Python prints."""
    (tmp_path / "lions_package.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    there = {kind: dict(kinds.registered(kind)) for kind in kinds.KINDS}
    there["optimiser"]["lion"] = EntryPoint("lion", "lions_package:TunedLion", "plausible.optimisers")
    there["schedule"]["warm"] = EntryPoint("warm", "lions_package:Warming", "plausible.schedules")
    monkeypatch.setattr(kinds, "registered", there.__getitem__)
    made = optimiser_of("TunedLion(rate=Warming(start=0.25, steps=4), momentum=0.5)")
    assert (type(made).__name__, made.rate, made.momentum) == ("TunedLion", 0.25, 0.5)  # type: ignore[attr-defined]
