"""Options are columns of a long table, read from the texts that name them by one parser.

Oracle: the objects that the texts were made of: specs of the registry, experiments, optimisers and distributions.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from plausible.networks.inits import Orthogonal, Uniform
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Decay, Grouped
from plausible.registry import specs
from plausible.study.columns import option, parts, taken_apart, with_options
from plausible.study.experiment import Experiment
from plausible.study.store.tables import read, tables
from plausible.study.study import find

ROOT = Path(__file__).parents[2]
TEXTS = sorted(
    {str(text) for file in tables().values() for text in pd.read_parquet(file, columns=["rule"]).rule}
)


def test_the_options_of_committed_rules_are_those_that_the_registry_reads() -> None:
    named = [text for text in TEXTS if text.endswith("]") and "[" in text.partition("=")[0]]
    assert len(named) > 100
    for text in named:
        found, spec = parts(text), specs.parse(text)
        assert found["name"] == spec.name
        for name, value in ((name, specs.guess(text)) for name, text in spec.options.items()):
            if hasattr(value, "__dataclass_fields__"):  # a way to settle, or a distribution
                fields = {f"{name}_{field}": getattr(value, field) for field in value.__dataclass_fields__}
                numbers = {field: one for field, one in fields.items() if type(one) in (int, float)}
                assert {field: found.get(field) for field in numbers} == numbers
            elif type(value) in (int, float, str):
                assert found[name] == value
            else:
                assert str(found[name]).replace(" ", "") == repr(value).replace(" ", "")


def test_the_options_of_committed_experiments_are_read_from_their_names() -> None:
    """A word may hold commas, brackets and spaces, as "visual cortex, all, full"."""
    named = [text for text in TEXTS if "=" in text.partition("[")[0]]
    assert len(named) > 100
    for text in named:
        name, options = taken_apart(text)
        assert (name, ",".join(f"{option}={value}" for option, value in options.items())) == ("", text)


def test_the_options_of_experiments_are_what_they_were() -> None:
    cells = [
        cell for name in ("song2024", "stdp_windows", "generative") for cell in find(name).scales["smoke"]()
    ]
    assert len(cells) > 20
    for cell in cells:
        assert isinstance(cell, Experiment)
        found = parts(cell.rule)
        assert {name: found.get(name) for name, _ in cell.options} == dict(cell.options)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SGD(0.1, momentum=0.9), {"name": "SGD", "rate": 0.1, "momentum": 0.9, "nesterov": "False"}),
        (SGD(Cosine(0.1, 90)), {"rate_name": "Cosine", "rate_start": 0.1, "rate_steps": 90}),
        (Decay(Adam(1e-3), 1e-4), {"name": "Decay", "inner_name": "Adam", "inner_rate": 1e-3, "rate": 1e-4}),
        (Grouped((("W*", SGD(0.1)), ("b?", SGD(0.2)))), {"groups_W*_rate": 0.1, "groups_b?_rate": 0.2}),
        (Uniform(0.25), {"name": "Uniform", "limit": 0.25}),
        (Orthogonal(2.0), {"name": "Orthogonal", "gain": 2.0}),
    ],
)
def test_settings_are_read_as_they_print(value: object, expected: dict[str, Any]) -> None:
    found = parts(repr(value))
    assert {name: found[name] for name in expected} == expected


def test_what_is_none_is_no_cell() -> None:
    assert "limit" not in parts(repr(Uniform()))
    assert dict(parts("tanh")) == {"name": "tanh"}


@pytest.mark.parametrize(
    "text", ["", "a[", "a]b=1", "a[b", "=", "a=", "(", "()", "((", "a[=1]", "a(b)c", "x" * 9999]
)
def test_words_of_ones_own_are_no_fault(text: str) -> None:
    assert set(parts(text)) <= {"name", "a"}


def test_columns_hold_numbers_where_all_are_numbers_or_have_parts() -> None:
    table = pd.DataFrame(
        {
            "rule": ["a[n=2]", "a[n=3.5,word=yes]", "a", "b[word=7]"],
            "optimiser": [repr(SGD(0.1)), repr(SGD(Cosine(0.2, 9))), repr(Adam(0.3)), ""],
            "task": ["t[n=1]", "t[n=many]", "t", "u"],
        }
    )
    found = with_options(table)
    np.testing.assert_array_equal(found.rule_n, [2, 3.5, np.nan, np.nan])
    assert option(found, "rule_word").fillna("-").tolist() == ["-", "yes", "-", "7"]
    np.testing.assert_array_equal(found.optimiser_rate, [0.1, np.nan, 0.3, np.nan])
    np.testing.assert_array_equal(found.optimiser_rate_start, [np.nan, 0.2, np.nan, np.nan])
    assert option(found, "task_n").fillna("-").tolist() == ["1", "many", "-", "-"]
    assert found.rule_name.tolist() == ["a", "a", "a", "b"]


def test_an_option_is_there_whether_or_not_its_column_is() -> None:
    table = pd.DataFrame({"rule": ["a[n=2]", "a"], "seed": [0, 1]}, index=[7, 3])
    for given in (table, with_options(table)):
        pd.testing.assert_series_equal(
            option(given, "rule_n"), pd.Series([2.0, np.nan], [7, 3]), check_names=False
        )
    assert option(table, "rule_other").isna().all()
    assert option(table.iloc[:0], "rule_n").empty
    assert option(pd.DataFrame({"rule": ["a=b", "a=c"]}), "rule_a_name").tolist() == ["b", "c"]


def test_a_column_that_a_table_has_stays_as_it_is() -> None:
    table = pd.DataFrame({"rule": ["a[n=2]"], "rule_n": ["mine"]})
    assert with_options(table).rule_n.tolist() == ["mine"]


@pytest.mark.parametrize("name", ["whittington2017", "song2024", "scellier2017"])
def test_committed_tables_are_read_with_their_options(name: str) -> None:
    table = read(tables()[name])
    assert len(table) == len(pd.read_parquet(tables()[name]))
    assert {"whittington2017": "rule_variance", "song2024": "rule_rate"}.get(name, "rule_nudge") in table


def test_no_study_and_no_figure_takes_names_apart_by_patterns() -> None:
    """But the page writer, whose markers are no options."""
    patterns = re.compile(r"\.str\.(extract|extractall|match|fullmatch)\(|\bre\.\w+\(|regex=True")
    for file in [*(ROOT / "studies").glob("*.py"), *(ROOT / "figures").glob("*.py")]:
        assert not patterns.findall(file.read_text()) or file.stem == "readme", file
