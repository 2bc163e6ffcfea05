"""Benchmarks keep what other machines have measured, and pages show the newest. Oracle: rows made by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from sklearn.exceptions import ConvergenceWarning
from typer.testing import CliRunner

import benchmarks.__main__
from benchmarks import beside_sklearn, report
from benchmarks.machine import blas
from benchmarks.rows import Row
from benchmarks.setting import Setting


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for results."""
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results.json")
    return tmp_path / "results.json"


def row(what: str, ratio: float) -> Row:
    """A ratio that should be at most 1.25."""
    return Row("settling", what, ratio, "ms", 1.25, "products", 1.0, (ratio, ratio, ratio), 10, 0.0)


def machine(processor: str, date: str) -> dict[str, str]:
    """As little of one as a table needs."""
    return {"processor": processor, "date": date}


def test_a_machine_replaces_its_own_rows_only(file: Path) -> None:
    report.write([row("a step", 1.3), row("a run", 1.1)], machine("slow", "2026-01-01"))
    report.write([row("a step", 1.2)], machine("fast", "2026-01-02"))
    report.write([row("a step", 1.4)], machine("slow", "2026-01-03"))
    found = [(one["what"], one["machine"]["processor"], one["ratio"][1], one["met"]) for one in report.read()]
    assert found == [
        ("a step", "slow", 1.4, False),
        ("a run", "slow", 1.1, True),
        ("a step", "fast", 1.2, True),
    ]


def test_pages_show_the_newest(file: Path) -> None:
    report.write([row("a step", 1.2)], machine("fast", "2026-01-02"))
    report.write([row("a step", 1.3)], machine("slow", "2026-01-01"))
    assert [one["ratio"][1] for one in report.latest()] == [1.2]
    report.write([row("a step", 1.3)], machine("slow", "2026-01-03"))
    assert [one["ratio"][1] for one in report.latest()] == [1.3]


def test_every_machine_has_its_table(file: Path) -> None:
    report.write([row("a step", 1.3)], machine("slow", "2026-01-01"))
    report.write([row("a run", 1.1)], machine("slow", "2026-01-03"))
    report.write([row("a step", 1.2)], machine("fast", "2026-01-02"))
    slow, fast = report.markdown().split("## fast")
    assert slow.startswith("## slow")
    assert "| NO |" in slow
    assert "date 2026-01-01 and 2026-01-03" in slow
    assert "1.200 [1.200, 1.200]" in fast
    assert "NO" not in fast
    assert "2026-01-01" not in fast


def test_a_row_that_misses_its_bound_says_what_another_machine_has_measured_since(file: Path) -> None:
    slot = Row("spiking", "a slot", 4.147, "ms a slot", 3.5)
    report.write([row("a step", 1.3), row("a run", 1.3), slot], machine("slow", "2026-01-02"))
    report.write([row("a step", 1.2), dataclasses.replace(slot, ours=2.794)], machine("fast", "2026-01-03"))
    report.write([row("a run", 1.2)], machine("fast", "2026-01-01"))
    ends = [line.rpartition("| NO | ")[2] for line in report.markdown().splitlines() if "| NO |" in line]
    assert ends == [
        "2026-01-02; since then, on fast, 1.200: yes |",
        "2026-01-02 |",
        "2026-01-02; since then, on fast, 2.79 ms a slot: yes |",
    ]


def test_a_table_names_the_contenders_that_some_of_its_rows_were_measured_beside(file: Path) -> None:
    report.write([row("a step", 1.3)], machine("slow", "2026-01-01"))
    report.write([row("a run", 1.1)], machine("slow", "2026-01-01") | {"jax": "0.10.2"})
    assert report.markdown().endswith("; date 2026-01-01; jax 0.10.2")


def test_a_contender_that_is_not_installed_is_named_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(benchmarks.__main__, "installed", lambda name: name != "jax")
    monkeypatch.setattr(benchmarks.__main__, "measured", pytest.fail)
    told = CliRunner().invoke(benchmarks.__main__.app, ["--only", "jax"])
    assert told.exit_code == 2
    assert "jax is not installed" in told.output


def test_both_classifiers_make_as_many_steps() -> None:
    """As many epochs as they are told, whatever the loss, which cannot fall long where labels are drawn."""
    setting, epochs = Setting((64, 8, 10), 32), 40
    x, labels = (each[:64] for each in setting.data())
    ours, theirs = (
        beside_sklearn.made(f"{whose} adam", (8,), 32, epochs) for whose in ("classifier", "sklearn")
    )
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(40\)"):
        theirs.fit(x, labels)
    fitted = [ours.fit(x, labels), theirs]
    assert [(one.n_iter_, len(one.loss_curve_), one.t_) for one in fitted] == [(40, 40, 40 * 64)] * 2


def test_a_machine_is_told_the_kernels_that_contenders_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that forces the kernels of products is left out where contenders run, and so where they are told."""
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    chosen = blas()
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    assert blas() == chosen
    assert "Prescott" not in chosen
