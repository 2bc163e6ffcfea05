"""The names that `import plausible as pl` offers: one list, which imports nothing until a name is asked for."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import plausible as pl
from plausible.registry import kinds
from tests.processes import finished

ROOT = Path(pl.__file__).parents[1]
PACKAGES = ("", ".networks", ".optimise", ".probes", ".rules")  # those with a list
LISTS = [importlib.import_module(f"plausible{name}") for name in PACKAGES]
HEAVY = ("numpy", "pandas", "matplotlib", "sklearn", "scipy", "brian2", "pooch", "typer", "rich")


def told_to_type_checkers(package: ModuleType) -> dict[str, str]:
    """The names that a package lists for type checkers, and for keys, each with its module."""
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    block = next(n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING")
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert all(alias.asname == alias.name for node in imports for alias in node.names), "else not public"
    return {alias.name: str(node.module) for node in imports for alias in node.names}


@pytest.mark.parametrize("package", LISTS, ids=lambda package: package.__name__)
def test_the_list_is_what_type_checkers_and_dir_are_told(package: Any) -> None:
    top = package is pl
    where = {name: f"plausible.{at}".rstrip(".") if top else at for name, at in package.WHERE.items()}
    assert told_to_type_checkers(package) == where
    assert dir(package) == sorted(package.__all__) == sorted(where)
    for name, place in where.items():
        found = getattr(package, name)
        assert found is getattr(importlib.import_module(place), name)
        assert inspect.getdoc(found) or isinstance(found, tuple), f"{name} says nothing of itself"


def test_what_is_called_or_returned_shows_an_example_that_runs() -> None:
    """`tests/suite/test_examples.py` runs them. Protocols, aliases of types and what a rule is handed have none."""
    made = [getattr(pl, name) for name, place in pl.WHERE.items() if place.startswith(("api.", "train"))]
    made += [
        pl.MLP,
        pl.RNN,
        pl.Task,
        pl.SGD,
        pl.Adam,
        pl.RMSprop,
        pl.Grouped,
        pl.Clipped,
        pl.Decay,
        pl.randomness,
    ]
    made += [pl.networks, pl.optimise, pl.probes, pl.rules]
    assert [each for each in made if ">>>" not in str(inspect.getdoc(each))] == []


def test_the_docstring_names_every_public_name_and_no_other() -> None:
    rows = re.findall(r"^    (\w+(?:, \w+)*)  +\w", str(pl.__doc__), re.MULTILINE)
    assert sorted(", ".join(rows).split(", ")) == sorted(pl.__all__)


@pytest.mark.parametrize(
    ("package", "kind"), [("rules", "rule"), ("probes", "probe"), ("optimise", "optimiser")]
)
def test_all_that_is_registered_is_reached_by_the_name_of_its_class(package: str, kind: str) -> None:
    ours = [p for p in kinds.registered(kind).values() if p.module.startswith(("plausible.", "baselines."))]
    assert len(ours) > 7
    for point in ours:
        assert getattr(getattr(pl, package), point.attr) is point.load()


@pytest.mark.parametrize(
    "asked",
    [
        "pass",
        "dir(pl)",
        "import pydoc; text = pydoc.render_doc(pl); assert 'compare' in text and 'rules' in text",
        "import rlcompleter as r; assert 'pl.compare' in r.Completer({'pl': pl}).attr_matches('pl.co')",
        "import rlcompleter as r; assert len(r.Completer({'pl': pl}).attr_matches('pl.')) >= len(pl.__all__)",
        "repr(pl), hasattr(pl, '__path__'), hasattr(pl, 'fitt')",
    ],
)
def test_import_dir_help_and_completion_import_nothing(asked: str) -> None:
    loaded = f"[m for m in sys.modules if m.partition('.')[0] in {HEAVY} or m.startswith('plausible.')]"
    result = finished([sys.executable, "-c", f"import sys, plausible as pl\n{asked}\nprint({loaded})"])
    assert result.stdout.strip() == "[]", result.stderr


def test_completion_of_rules_imports_no_library_beside_numpy() -> None:
    heavy = set(HEAVY) - {"numpy"}
    code = (
        "import sys, rlcompleter, plausible as pl\n"
        "found = rlcompleter.Completer({'pl': pl}).attr_matches('pl.rules.Feedback')\n"
        f"print(found, [m for m in sys.modules if m.partition('.')[0] in {heavy}])"
    )
    assert finished([sys.executable, "-c", code]).stdout.strip() == "['pl.rules.FeedbackAlignment('] []"


def test_what_another_package_registers_is_reached_and_followed_by_the_name_of_its_class(
    tmp_path: Path,
) -> None:
    """So a rule that is added needs no line in a list."""
    about = tmp_path / "other-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    (about / "entry_points.txt").write_text(
        "[plausible.rules]\nother-rule = other:Other\n[plausible.optimisers]\nelse = other:Else\n"
    )
    (tmp_path / "other.py").write_text("from baselines.backprop import Backprop as Other\nclass Else: pass\n")
    (tmp_path / "mine.py").write_text("import plausible as pl\nclass Mine(pl.rules.Other): pass\n")
    code = (
        "import plausible as pl, pathlib, other\n"
        "assert pl.rules.Other is other.Other and pl.optimise.Else is other.Else\n"
        "from plausible.study.keys.reach import reached_from\n"
        f"found = reached_from([(pathlib.Path({str(tmp_path / 'mine.py')!r}), 'Mine')], frozenset({{'other'}}))\n"
        "print(sorted(module for module, _ in found.code if module.startswith(('other', 'baselines'))))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    assert finished([sys.executable, "-c", code], env).stdout.strip() == "['baselines.backprop']"


def test_an_unknown_name_is_refused_as_of_any_module() -> None:
    for package in LISTS:
        with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'MPL'"):
            package.MPL  # noqa: B018


def test_a_name_can_be_given_another_value_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    before = pl.MLP
    with monkeypatch.context() as patched:
        patched.setattr(pl, "MLP", int)
        assert pl.MLP is int
    assert pl.MLP is before
    assert callable(pl.train), "the function, though the module that it is in has the same name"
