"""The shape of the project: imports run one way, every rule cites a paper, nothing heavy loads on import.

Oracle: the layout that CONTRIBUTING.md promises.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from plausible import catalogue, registry
from tests.processes import finished

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("plausible/**/*.py"), *ROOT.glob("baselines/**/*.py")])
KEYS = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "references.bib").read_text(), re.MULTILINE))


def imports(file: Path) -> set[str]:
    """The modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_run_one_way(file: Path) -> None:
    tops = {module.partition(".")[0] for module in imports(file)}
    assert not tops & {"studies", "figures", "tests", "benchmarks"}
    if file.is_relative_to(ROOT / "plausible"):
        assert "baselines" not in tops, "a reference rule is handed in, never imported"


def test_the_core_imports_nothing_of_the_suite() -> None:
    assert not {module for module in imports(ROOT / "plausible/core.py") if module.startswith("plausible")}


def test_rules_know_nothing_of_what_runs_them() -> None:
    for file in [*ROOT.glob("plausible/rules/*.py"), *ROOT.glob("baselines/*.py")]:
        forbidden = (
            "plausible.study",
            "plausible.cli",
            "plausible.train",
            "plausible.optimise",
            "plausible.tasks",
        )
        assert not [module for module in imports(file) if module.startswith(forbidden)], file


@pytest.mark.parametrize("name", sorted(registry.registered("rule")))
def test_every_rule_cites_a_paper_that_is_in_the_bibliography(name: str) -> None:
    rule = registry.load("rule", name)
    assert rule.source in KEYS
    assert f"[{rule.source}]" in (rule.__doc__ or "")
    assert "Deviations:" in rule.__doc__


def test_every_citation_is_in_the_bibliography() -> None:
    for file in SOURCES:
        for key in re.findall(r"\[([a-z]+(?:19|20)\d\d[a-z]?)[\],]", file.read_text()):
            assert key in KEYS, f"{file.relative_to(ROOT)} cites {key}"


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_public_name_has_a_docstring(file: Path) -> None:
    tree = ast.parse(file.read_text())
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} at line {node.lineno}"


def test_a_rule_is_read_on_one_screen() -> None:
    for file in [*ROOT.glob("plausible/rules/*.py"), *ROOT.glob("baselines/*.py")]:
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.end_lineno is not None:
                assert node.end_lineno - node.lineno < 60, f"{node.name} in {file.name}"


def test_tests_start_processes_by_the_helper_that_ends_them() -> None:
    """Whatever happens to a test, nothing that it started goes on."""
    starts = re.compile(r"subprocess\.(run|Popen|call|check_)|os\.(system|popen|spawn|fork)\w*\(|[^.]Popen\(")
    for file in ROOT.glob("tests/**/*.py"):
        calls = [n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)]
        found = [text for call in calls if starts.match(text := ast.unparse(call))]
        assert found == [] or file.name == "processes.py", (
            f"{file} starts a process without tests/processes.py"
        )


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ("pandas", "matplotlib", "sklearn", "scipy.stats", "brian2", "pooch", "typer")
    code = f"import sys, plausible, plausible.train, plausible.rules; print([m for m in {heavy} if m in sys.modules])"
    result = finished([sys.executable, "-c", code])
    assert result.stdout.strip() == "[]"


def test_what_is_listed_is_what_is_registered() -> None:
    for what, kind in (("rules", "rule"), ("tasks", "task"), ("optimisers", "optimiser")):
        rows = catalogue.entries(what)
        assert [row["name"] for row in rows] == sorted(registry.registered(kind))
        assert all(row["what"] for row in rows)
