"""What a user's own file imports from beside it. Oracle: what Python's own documentation says of `import`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from plausible.errors import BadInput
from plausible.registry.files import from_file, neighbour, neighbours
from plausible.registry.neighbours import all_neighbours

FORMS = {  # a statement, and an expression that is 3 after it
    "import helper": "helper.GAIN",
    "import helper as other": "other.GAIN",
    "from helper import GAIN": "GAIN",
    "from helper import *": "GAIN",
    "import sub.inner": "sub.inner.GAIN",
    "import sub.inner as inner": "inner.GAIN",
    "from sub import inner": "inner.GAIN",
    "from sub.inner import GAIN": "GAIN",
    "from sub import OUTER": "OUTER",
    "import bare.inner": "bare.inner.GAIN",
    "from bare import inner": "inner.GAIN",
    "from sub.upwards import GAIN": "GAIN",
    "from sub.around import GAIN": "GAIN",
    "from sub.deep.across import GAIN": "GAIN",
    "from one import GAIN": "GAIN",
}


def written(folder: Path, **texts: str) -> Path:
    """Files in a folder; two underscores stand for a slash."""
    for name, text in texts.items():
        file = folder / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a user's own with modules and packages."""
    found = written(
        tmp_path / "mine",
        helper="GAIN = 3\n",
        one="import two\nGAIN = 3\ndef f(): return two.g()\n",
        two="import one\ndef g(): return one.GAIN\n",
        sub__inner="GAIN = 3\n",
        sub__upwards="from .inner import GAIN\n",
        sub__around="import helper\nGAIN = helper.GAIN\n",
        sub__deep__across="from .. import inner\nfrom . import beside\nGAIN = inner.GAIN * beside.ONE\n",
        sub__deep__beside="ONE = 1\n",
        bare__inner="GAIN = 3\n",
    )
    (found / "sub/__init__.py").write_text("OUTER = 3\n")
    (found / "sub/deep/__init__.py").touch()
    return found


@pytest.mark.parametrize("statement", FORMS)
def test_every_form_of_import(statement: str, folder: Path) -> None:
    written(folder, mine=f"{statement}\nfound = {FORMS[statement]}\n")
    assert from_file(str(folder / "mine.py"), "found") == 3
    assert len(neighbours(folder / "mine.py")) >= 1, "and it is known before anything is executed"


def test_in_a_function_too_and_long_after(folder: Path) -> None:
    written(folder, mine="def found():\n    from helper import GAIN\n    return GAIN\n")
    assert from_file(str(folder / "mine.py"), "found")() == 3


def test_files_that_import_each_other(folder: Path) -> None:
    assert from_file(str(folder / "one.py"), "f")() == 3
    assert set(all_neighbours(folder / "one.py")) == {folder / "one.py", folder / "two.py"}


def test_the_files_of_an_import_are_told_without_executing_it(folder: Path) -> None:
    def of(module: str, level: int = 0, of: str = "mine.py") -> Any:
        found = neighbour(module, folder / of, level)
        return found and found.relative_to(folder).as_posix()

    assert of("helper") == "helper.py"
    assert of("sub") == "sub/__init__.py"
    assert of("sub.inner") == "sub/inner.py"
    assert of("bare") is None
    assert of("bare.inner") == "bare/inner.py"
    assert of("inner", 1, "sub/upwards.py") == "sub/inner.py"
    assert of("inner", 2, "sub/deep/across.py") == "sub/inner.py"
    assert of("", 1, "sub/upwards.py") == "sub/__init__.py"
    assert of("helper", 0, "sub/around.py") == "helper.py"
    for elsewhere in (
        "helper.GAIN",
        "nowhere",
        "os",
        "plausible",
        "plausible.core",
        "numpy",
        "sub.nothing",
        "",
    ):
        assert of(elsewhere) is None
    assert of("helper", 1) is None, "the folder is no package"


def test_two_folders_each_with_a_helper(tmp_path: Path) -> None:
    """Also where one of them was imported by its name before."""
    for name, gain in (("a", 1), ("b", 2)):
        written(
            tmp_path / name, helper=f"GAIN = {gain}\n", mine="import helper\ndef gain(): return helper.GAIN\n"
        )
    found = [from_file(str(tmp_path / name / "mine.py"), "gain") for name in ("a", "b")]
    assert [gain() for gain in found] == [1, 2]


HOSTILE = ("random", "copy", "numpy", "json", "plausible", "baselines")


def test_no_library_is_hidden_by_a_file_of_its_name(folder: Path, tmp_path: Path) -> None:
    """Neither for the file itself, nor for what it imports."""
    for name in HOSTILE:
        written(folder, **{name: f"open({str(tmp_path / 'run')!r}, 'a').write({name!r})\n"})
    imports = "".join(f"import {name}\n" for name in HOSTILE)
    written(folder, mine=f"{imports}from helper import GAIN\nfound = [{', '.join(HOSTILE)}]\n")
    found = from_file(str(folder / "mine.py"), "found")
    assert [module.__name__ for module in found] == list(HOSTILE)
    assert not any(Path(str(module.__file__)).is_relative_to(folder) for module in found)
    assert not (tmp_path / "run").exists()
    assert set(neighbours(folder / "mine.py")) == {folder / "helper.py"}


def test_a_neighbour_is_nobody_elses(folder: Path) -> None:
    written(folder, mine="import helper\n")
    from_file(str(folder / "mine.py"), "helper")
    with pytest.raises(ModuleNotFoundError):
        import helper  # type: ignore[import-not-found]  # noqa: F401


def test_a_changed_neighbour_is_imported_anew(folder: Path) -> None:
    """Also one that is imported by a neighbour; and as long as nothing changes, nothing is executed twice."""
    written(folder, between="from helper import GAIN\n", mine="from between import GAIN\nthing = object()\n")
    file = str(folder / "mine.py")
    first = from_file(file, "thing")
    assert from_file(file, "thing") is first
    written(folder, helper="GAIN = 4\n")
    os.utime(folder / "helper.py", ns=(1, 1))  # within the clock's tick, too
    assert from_file(file, "GAIN") == 4
    assert from_file(file, "thing") is not first


def test_a_class_of_a_neighbour_is_one_class(folder: Path) -> None:
    """Imported, and named by its own file."""
    written(folder, classes="class Own: pass\n", mine="from classes import Own\n")
    assert from_file(str(folder / "mine.py"), "Own") is from_file(str(folder / "classes.py"), "Own")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 / 0\n", r"mine\.py' cannot be imported: ZeroDivisionError: .* \(.*bad\.py:1\)"),
        ("def\n", r"cannot be imported: SyntaxError: "),
        ("import sys; sys.exit(3)\n", r"cannot be imported: SystemExit: 3 \(.*bad\.py:1\)"),
        ("import os; os._exit(3)\n", r"cannot be imported: .*os\._exit\(3\) was called"),
        ("import nowhere_at_all\n", r"cannot be imported: ModuleNotFoundError: .*run it by itself"),
    ],
)
def test_a_neighbour_that_cannot_be_imported(text: str, expected: str, folder: Path) -> None:
    written(folder, bad=text, mine="import bad\n")
    for _ in range(2):  # and again, as nothing is left of the first attempt
        with pytest.raises(BadInput, match=expected):
            from_file(str(folder / "mine.py"), "found")


def test_a_file_may_do_without_a_neighbour(folder: Path) -> None:
    written(folder, mine="try:\n    import nowhere_at_all\nexcept ImportError:\n    found = 3\n")
    assert from_file(str(folder / "mine.py"), "found") == 3


def test_what_hides_a_neighbour_is_said(folder: Path) -> None:
    written(folder, filelock="GAIN = 3\n", mine="from filelock import GAIN\n")
    with pytest.raises(
        BadInput, match=r"if filelock\.py beside it was meant: rename it, as a library of that name"
    ):
        from_file(str(folder / "mine.py"), "GAIN")
