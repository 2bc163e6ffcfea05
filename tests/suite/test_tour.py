"""The tour of `import plausible as pl`: as a notebook, as a script with workers, and typed into Python.

Oracle: one another, and that what a cell shows is a table, a picture or a value. Where nbclient and a kernel are
installed, a notebook is executed by them; here its cells are executed in order in one namespace, as a kernel does.
"""

from __future__ import annotations

import ast
import json
import linecache
import sys
from pathlib import Path
from subprocess import PIPE
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.figure import Figure

import plausible as pl
from docs import notebook
from plausible.plotting.saving import png
from tests.processes import finished, heard, started

ROOT = Path(pl.__file__).parents[1]
CELLS = json.loads((ROOT / "docs" / "tour.ipynb").read_text(encoding="utf-8"))["cells"]
TEXTS = ["".join(cell["source"]) for cell in CELLS]
LAST = """
import json
done = [outcome.status for made in (result, stored) for outcome in made.outcomes]
scores = [made.summary[["validation", "test"]].to_numpy().tolist() for made in (result, stored)]
learned = [float(abs(each.params["W1"]).sum()) for each in (fitted, again, warm)]
print("TOLD" + json.dumps([done, scores, learned, fitted.score("validation"), len(results), len(norms)]))
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], str]:
    """What each cell of the notebook shows, and what the last lines say of it all."""
    patch = pytest.MonkeyPatch()
    main = ModuleType("__main__")
    patch.setitem(sys.modules, "__main__", main)
    patch.chdir(tmp_path_factory.mktemp("notebook"))
    patch.setenv("MPLBACKEND", "agg")
    try:
        found = [executed(text, f"<cell {number}>", main) for number, text in enumerate(TEXTS)]
        said: list[str] = []
        vars(main)["print"] = said.append
        executed(LAST, "<last>", main)
    finally:
        patch.undo()
        plt.close("all")
    return found, said[0]


def executed(text: str, name: str, main: ModuleType) -> Any:
    """What a cell shows: the value of its last line, if that is an expression."""
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    tree = ast.parse(text)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), vars(main))
    return None if last is None else eval(compile(ast.Expression(last.value), name, "eval"), vars(main))


def test_the_notebook_holds_the_cells_of_the_script_and_no_outputs() -> None:
    assert (ROOT / "docs" / "tour.ipynb").read_text(encoding="utf-8") == notebook.written()
    assert 20 <= len(CELLS) <= 30
    assert not any(cell["outputs"] for cell in CELLS)


def test_every_cell_shows_something_that_renders(shown: tuple[list[Any], str]) -> None:
    """A table as HTML with a row for each of what it tells of, a picture that is no empty page, or a value."""
    kinds: dict[str, int] = {}
    for text, value in zip(TEXTS, shown[0], strict=True):
        assert value is not None, f"this cell shows nothing: {text}"
        assert repr(value).strip()
        kind = "Figure" if isinstance(value, Figure) else type(value).__name__
        kinds[kind] = kinds.get(kind, 0) + 1
        if isinstance(value, Figure):
            assert png(value).startswith(b"\x89PNG")
            assert any(axes.has_data() for axes in value.axes)
        elif isinstance(value, pd.DataFrame):
            assert len(value)
            assert value._repr_html_().count("<tr") > len(value)  # type: ignore[operator]
        elif hasattr(value, "_repr_html_"):
            html = value._repr_html_()
            assert "<table>" in html or "<pre>" in html
            assert "<img" in html or kind == "Checked"
        if isinstance(value, tuple) and all(isinstance(each, bool) for each in value):
            assert all(value), text
    assert {"Fitted", "Compared", "Checked", "DataFrame", "Figure"} <= kinds.keys()
    assert True not in [value is False for value in shown[0]]


def test_it_uses_every_name_of_the_face() -> None:
    used = {
        node.attr for text in TEXTS for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)
    }
    names = "task Task from_arrays fit ticks predict score history save load rule check compare figure results tables "
    names += "figures rules probes MLP SGD Adam Grouped PlausibleClassifier PlausibleRegressor confusion activities "
    names += "partial_fit frame summary listed"
    assert {*names.split()} <= used


def test_the_script_needs_no_guard_and_gives_the_same(shown: tuple[list[Any], str], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text((ROOT / "docs" / "tour.py").read_text(encoding="utf-8") + LAST)
    ended = finished([sys.executable, "script.py"], cwd=tmp_path)
    assert ended.stdout.splitlines() == [shown[1]]
    assert ended.stderr == ""


def typed(text: str) -> str:
    """A script as it is typed into Python: each statement without empty lines, and one after it."""
    lines, said = text.splitlines(), []
    for node in ast.parse(text).body:
        decorated = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorated)]) - 1
        said += [*filter(str.strip, lines[first : node.end_lineno]), ""]
    return "\n".join(said) + "\n"


def test_typed_into_python_it_gives_the_same(shown: tuple[list[Any], str], tmp_path: Path) -> None:
    with started([sys.executable, "-i", "-q"], stdin=PIPE, cwd=tmp_path) as process:
        out, err = heard(process, typed("\n\n".join([*TEXTS, LAST])))
    assert "Traceback" not in err, err
    assert [line for line in out.splitlines() if line.startswith("TOLD")] == [shown[1]]
    for words in (
        "accuracy %",
        "yes It beats chance on a small task.",
        "Damped(network=MLP(hidden=(64,), activation=relu",
    ):
        assert words in out
