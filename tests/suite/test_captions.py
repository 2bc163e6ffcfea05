"""What figures and studies say of their networks is what their tables say. Oracle: the columns of committed tables.

What is written on figures is held to the same in `test_legible`, where all of them are drawn.
"""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib import rc_context

from plausible.plotting.style import SHEET, labelled
from plausible.registry import files as own_files
from tests.suite.captions import misnamed, sizes, table_of, tasks, told
from tests.suite.drawings import NAMES, ROOT


@pytest.mark.parametrize("name", NAMES)
def test_a_study_names_what_its_table_has(name: str) -> None:
    """Its docstrings, and those of its figure."""
    for folder in ("studies", "figures"):
        if (path := ROOT / folder / f"{name}.py").exists():
            assert misnamed(told(path), table_of(name)) == [], path.name


def test_words_are_known_from_others() -> None:
    """What the table below does not have is found, what it has is not."""
    one = {
        "activation": ["tanh"],
        "init": ["Uniform(limit=None)"],
        "hidden": ["64-64"],
        "output": ["softmax"],
    }
    table = pd.DataFrame(one | {"task_name": ["digits"]})
    assert misnamed("digits, 64 rectified units a layer, from He's start", table) == ["relu", "He"]
    assert misnamed("64 leaky rectified units; logistic units", table) == ["leaky-relu", "logistic"]
    assert misnamed("64-64 tanh units from the default start, logistic outputs", table) == []
    assert sizes("digits 64-64, 64-32 units", table) == ["64-32"]
    assert sizes("a network of 64-64-64-10 units", table) == []
    assert tasks("digits and Fashion-MNIST", table) == ["fashion-mnist"]
    assert misnamed("logistic units", table.assign(activation="")) == []  # a function's own network


def test_a_caption_follows_the_table_of_another_network() -> None:
    """Of the study by which the fault came in: of tanh units no caption says that they are rectified."""
    draw = own_files.from_file(str(ROOT / "figures" / "local.py"), "draw")
    table = labelled(table_of("local")).assign(activation="tanh", init_name="Uniform")
    with rc_context(SHEET):
        text = " ".join(drawn.get_text() for drawn in draw(table).texts)
    assert "tanh units" in " ".join(text.split())
    assert misnamed(text, table.assign(init="Uniform(limit=None)")) == []
