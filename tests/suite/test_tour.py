"""The tour of `import plausible as pl`: as a notebook, as a script with workers, and typed into Python.

Oracle: one another, and that what a cell shows is a table, a picture or a value. The notebook is executed by a kernel
of Jupyter's.
"""

from __future__ import annotations

import ast
import base64
import json
import re
import sys
from io import BytesIO
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from PIL import Image

import plausible as pl
from docs import notebook
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


KERNEL = """
import nbformat
from nbclient import NotebookClient
read = nbformat.read("tour.ipynb", 4)
NotebookClient(read, timeout=300).execute()
nbformat.write(read, "told.ipynb")
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, str]], str]:
    """What each cell of the notebook shows in a kernel, by kind of content, and what the last lines say of it all."""
    folder = tmp_path_factory.mktemp("notebook")
    more = notebook.as_notebook([*TEXTS, LAST])
    (folder / "tour.ipynb").write_text(json.dumps(more), encoding="utf-8")
    finished([sys.executable, "-c", KERNEL], cwd=folder)
    told = json.loads((folder / "told.ipynb").read_text(encoding="utf-8"))["cells"]
    *cells, last = [cell["outputs"] for cell in told]
    (said,) = ["".join(each["text"]) for each in last if each["output_type"] == "stream"]
    return [content_of(outputs) for outputs in cells], said.strip()


def content_of(outputs: list[Any]) -> dict[str, str]:
    """What a cell shows, by the kind of content: that of its value, and of figures beside it."""
    parts = [each["data"] for each in outputs if each["output_type"] in ("execute_result", "display_data")]
    assert all("".join(part["text/plain"]).strip() for part in parts), "a table shows an empty box besides"
    return {kind: "".join(content) for part in parts for kind, content in part.items()}


def test_the_notebook_holds_the_cells_of_the_script_and_no_outputs() -> None:
    assert (ROOT / "docs" / "tour.ipynb").read_text(encoding="utf-8") == notebook.written()
    assert 20 <= len(CELLS) <= 30
    assert not any(cell["outputs"] for cell in CELLS)


def test_every_cell_shows_something_that_renders(shown: tuple[list[dict[str, str]], str]) -> None:
    """A table as HTML with a row for each of what it tells of, a picture that is no empty page, or a value."""
    pictures = tables = reports = 0
    for text, content in zip(TEXTS, shown[0], strict=True):
        assert content.get("text/plain", "").strip(), f"this cell shows nothing: {text}"
        html = content.get("text/html", "")
        images = [content.get("image/png", ""), *re.findall(r"data:image/png;base64,([^\"]+)", html)]
        for image in filter(None, images):
            assert is_drawn(base64.b64decode(image)), text
        pictures += "image/png" in content
        tables += "<table" in html and "<img" not in html
        reports += "<table" in html and "<img" in html
        assert not html or "<table" in html or "<pre>" in html
        assert html.count("<tr") != 1, f"a table without a row: {text}"
        assert "False" not in content["text/plain"].strip("()").split(", "), text
    assert min(pictures, reports) > 0
    assert tables >= 3


def is_drawn(content: bytes) -> bool:
    """Whether a PNG is no page of one colour."""
    with Image.open(BytesIO(content), formats=["png"]) as image:
        colours = image.convert("RGB").getcolors(2**24)
    return colours is not None and len(colours) > 10


def test_it_uses_every_name_of_the_face() -> None:
    used = {
        node.attr for text in TEXTS for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)
    }
    names = "task Task from_arrays fit ticks predict score history save load rule check compare figure results tables "
    names += "figures rules probes MLP SGD Adam Grouped PlausibleClassifier PlausibleRegressor confusion activities "
    names += "partial_fit frame summary listed"
    assert {*names.split()} <= used


def test_the_script_needs_no_guard_and_gives_the_same(
    shown: tuple[list[dict[str, str]], str], tmp_path: Path
) -> None:
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


def test_typed_into_python_it_gives_the_same(shown: tuple[list[dict[str, str]], str], tmp_path: Path) -> None:
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
