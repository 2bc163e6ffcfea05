"""The shape of the project: imports run one way, every rule cites a paper, nothing heavy loads on import.

Oracle: the layout that CONTRIBUTING.md promises.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from plausible.registry import registry
from plausible.report.listing import entries
from tests.processes import finished

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("plausible/**/*.py"), *ROOT.glob("baselines/**/*.py")])
ROOMS = (  # what each may import stands before it; a folder is a room, and so is a file beside them
    *(
        "errors",
        "arrays",
        "core",
        "search",
        "writing",
        "networks",
        "settling",
        "train",
        "optimise",
        "tasks",
        "registry",
    ),
    *("spiking", "rules", "probes", "printing", "study", "contract", "plausibility", "plotting"),
    *("report", "site", "api", "cli", "__main__"),
)
FAMILIES = (  # of rules
    *("feedback", "predictive", "dendritic", "equilibrium", "forward", "targets", "vector", "local"),
    *("hebbian", "constrained", "perturbation", "reward", "decorrelation", "spiking"),
)
NETWORKS = (
    "network.py",
    "labelled.py",
    "fixed_point.py",
    "simulated.py",
)  # beside rules: what they learn, or are run by, which may be longer
KEYS = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "references.bib").read_text(), re.MULTILINE))


RULES = ROOT / "plausible/rules/__init__.py"  # which lists all rules by name, and imports none


def for_type_checkers(file: Path) -> set[str]:
    """The modules that a file imports under `if TYPE_CHECKING`, and nowhere else in it: never when it is executed."""
    tree = ast.parse(file.read_text())
    told = [
        node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    inside = {id(each) for node in told for part in node.body for each in ast.walk(part)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    executed = {node.module or "" for node in found if id(node) not in inside}
    return {node.module or "" for node in found if id(node) in inside} - executed


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
    names = imports(file) - (for_type_checkers(file) if file == RULES else set())
    tops = {module.partition(".")[0] for module in names}
    assert not tops & {"studies", "figures", "tests", "benchmarks"}
    if file.is_relative_to(ROOT / "plausible"):
        assert "baselines" not in tops, "a reference rule is handed in, never imported"


def room_of(module: str) -> str:
    """The folder or file at the top of the package that a module is in; "" for one of another package."""
    parts = module.split(".")
    return parts[1] if parts[0] == "plausible" and len(parts) > 1 else ""


def arrows(file: Path) -> list[tuple[int, str]]:
    """What a file of the package imports of it: the line, and the module or the module and a name in it."""
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    package = "plausible.reached"  # a function of the package itself, which imports nothing
    return [(line, name) for line, name in found if room_of(name) and name != package]


def test_the_top_of_the_package_holds_these_rooms_alone() -> None:
    there = {
        p.stem for p in (ROOT / "plausible").iterdir() if p.name != "__pycache__" and p.name != "py.typed"
    }
    assert there - {"__init__"} == set(ROOMS)


def test_contributing_tells_of_these_rooms_and_families_in_their_order() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, rooms = page.split("| room of `plausible/` |")
    assert tuple(re.findall(r"^\| `(\w+)` \|", rooms, re.MULTILINE)) == ROOMS
    assert f"{', '.join(f'`{family}`' for family in FAMILIES)}." in " ".join(page.split())


def test_contributing_tells_of_every_folder_and_what_it_imports() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)/` \| .* \| (.*) \|$", page, re.MULTILINE)
    folders = {
        file.parts[0] for file in committed() if len(file.parts) > 1 and not file.parts[0].startswith(".")
    }
    assert {folder for folder, _ in rows} == folders
    for folder, told in rows:
        may = folders if told == "anything" else set(re.findall(r"`(\w+)`", told)) | {folder}
        for file in sorted((ROOT / folder).rglob("*.py")):
            names = imports(file) - (for_type_checkers(file) if file == RULES else set())
            tops = {module.partition(".")[0] for module in names}
            assert not (tops & folders) - may, f"{file.relative_to(ROOT)} imports {(tops & folders) - may}"


def test_a_figure_names_no_rule() -> None:
    for file in ROOT.glob("figures/*.py"):
        assert not [
            name for name in imports(file) if name.startswith(("plausible.rules", "plausible.train"))
        ], file


@pytest.mark.parametrize("room", ROOMS)
def test_no_arrow_between_rooms_runs_back_up(room: str) -> None:
    """Also inside functions: so there is no circle."""
    below = set(ROOMS[: ROOMS.index(room)])
    top = ROOT / "plausible" / room
    for file in sorted(top.rglob("*.py")) if top.is_dir() else [top.with_suffix(".py")]:
        up = [f"{line}: {name}" for line, name in arrows(file) if room_of(name) not in {*below, room}]
        assert not up, (
            f"{file.relative_to(ROOT)} imports {up}; expected {room} to import of {sorted(below)} only"
        )


def test_no_arrow_between_families_of_rules_runs_back_up() -> None:
    rules = ROOT / "plausible/rules"
    assert {folder.name for folder in rules.iterdir() if folder.is_dir()} - {"__pycache__"} == set(FAMILIES)
    for family in FAMILIES:
        others = set(FAMILIES) - set(FAMILIES[: FAMILIES.index(family) + 1])
        for file in (rules / family).glob("*.py"):
            names = [name.split(".")[2] for _, name in arrows(file) if room_of(name) == "rules"]
            assert not others & set(names), f"{file.relative_to(ROOT)} imports {others & set(names)}"


def text_without_encoding(node: ast.AST) -> bool:
    """Whether a call opens a file as text and leaves to the locale which bytes that is."""
    if not isinstance(node, ast.Call) or any(keyword.arg in (None, "encoding") for keyword in node.keywords):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in ("read_text", "write_text"):
        return len(node.args) < (1 if name == "read_text" else 2)
    root = ast.unparse(node.func).partition(".")[0]
    mode = [
        *node.args[0 if isinstance(node.func, ast.Attribute) else 1 :],
        *(k.value for k in node.keywords if k.arg == "mode"),
    ]
    binary = any(isinstance(each, ast.Constant) and "b" in str(each.value) for each in mode)
    return (
        name in ("open", "fdopen")
        and root not in ("os", "Image", "archive", "gzip", "zipfile")
        and not binary
    )


@pytest.mark.parametrize(
    "call",
    [
        "p.read_text()",
        "p.write_text('a')",
        "open('a')",
        "open('a', 'w')",
        "p.open()",
        "p.open('w')",
        "p.open(mode='a')",
    ],
)
def test_a_text_without_an_encoding_is_seen(call: str) -> None:
    assert any(map(text_without_encoding, ast.walk(ast.parse(call))))


def test_texts_are_in_utf_8_whatever_the_locale() -> None:
    places = ("plausible", "baselines", "studies", "figures", "benchmarks", "docs")
    for file in [file for place in places for file in ROOT.glob(f"{place}/**/*.py")]:
        lines = [
            node.lineno  # type: ignore[attr-defined]
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if text_without_encoding(node)
        ]
        assert not lines, f"{file.relative_to(ROOT)}, lines {lines}: expected encoding='utf-8'"


def test_what_computes_and_stores_knows_nothing_of_the_terminal() -> None:
    """Remarks go to whoever listens (`plausible.printing.remarks`), tables are built and printed by others."""
    for room in ROOMS[: ROOMS.index("plotting")]:
        top = ROOT / "plausible" / room
        for file in sorted(top.rglob("*.py")) if top.is_dir() and room != "printing" else []:
            if file.parent.name == "contract" and file.name == "aside.py":
                continue  # a command of its own
            assert not {"rich", "typer", "plausible.printing.terminal"} & imports(file), file


def test_the_core_imports_nothing_of_the_suite() -> None:
    """But what tells it of other arrays, which itself imports nothing of the suite."""
    for name, known in (("core", {"plausible.arrays"}), ("arrays", set())):
        assert {m for m in imports(ROOT / f"plausible/{name}.py") if m.startswith("plausible")} == known


def test_rules_know_nothing_of_what_runs_them() -> None:
    for file in [*ROOT.glob("plausible/rules/**/*.py"), *ROOT.glob("baselines/*.py")]:
        forbidden = (
            "plausible.study",
            "plausible.cli.main",
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
    for file in [*ROOT.glob("plausible/rules/**/*.py"), *ROOT.glob("baselines/*.py")]:
        for node in ast.parse(file.read_text()).body if file.name not in NETWORKS else []:
            if isinstance(node, ast.ClassDef) and node.end_lineno is not None:
                assert node.end_lineno - node.lineno < 60, f"{node.name} in {file.name}"


def test_a_file_is_short() -> None:
    """Where one grows longer, an abstraction is missing."""
    for folder in ("plausible", "baselines", "tests"):
        for file in (ROOT / folder).rglob("*.py"):
            lines = file.read_text(encoding="utf-8").count("\n")
            assert lines <= 400, f"{file.relative_to(ROOT)} has {lines} lines: expected at most 400; split it"


def test_tests_start_processes_by_the_helper_that_ends_them() -> None:
    """Whatever happens to a test, nothing that it started goes on."""
    starts = re.compile(r"subprocess\.(run|Popen|call|check_)|os\.(system|popen|spawn|fork)\w*\(|[^.]Popen\(")
    for file in ROOT.glob("tests/**/*.py"):
        calls = [n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)]
        found = [text for call in calls if starts.match(text := ast.unparse(call))]
        assert found == [] or file.name == "processes.py", (
            f"{file} starts a process without tests/processes.py"
        )


def test_tests_copy_the_checkout_without_what_is_written_there_meanwhile() -> None:
    """Python writes and renames files in `__pycache__` while the tests of another process import from there."""
    for file in ROOT.glob("tests/**/*.py"):
        calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
        copied = [ast.unparse(call.args[0]) for call in calls if ast.unparse(call.func) == "shutil.copytree"]
        ours = [
            folder for folder in copied if re.search(r"\b[A-Z]{2,}\b|__file__", folder)
        ]  # as ROOT / "docs"
        assert not ours or file.name == "checkout.py", f"{file} copies {ours} without tests/checkout.py"


def test_what_a_test_draws_depends_on_no_test_before_it() -> None:
    """A generator of a module draws something else in each order of the tests, and in each number of processes."""
    for file in ROOT.glob("tests/**/*.py"):
        tree = ast.parse(file.read_text())
        made = {
            ast.unparse(target)
            for line in tree.body
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Call)
            for target in line.targets
            if ast.unparse(line.value.func) == "np.random.default_rng"
        }
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
        used = {node.id for one in functions for node in ast.walk(one) if isinstance(node, ast.Name)}
        assert not made & used, f"{file} draws from {made & used}: expected the fixture rng"


def committed() -> list[Path]:
    """The files of a clone, from its root; where there is no clone, as in an archive, those of its folders."""
    listed = finished(["git", "-C", str(ROOT), "ls-files", "-z"]).stdout.split("\0")
    folders = ("plausible", "baselines", "studies", "figures", "benchmarks", "docs", "tests")
    files = [ROOT / name for name in listed if name] or [
        file for folder in folders for file in (ROOT / folder).rglob("*.*") if "__pycache__" not in file.parts
    ]
    return [file.relative_to(ROOT) for file in files if file.is_file()]


def test_a_clone_is_small() -> None:
    """What a command makes again in seconds is not committed. The bound is that of a clone's files, without history."""
    files = committed()
    assert sum((ROOT / file).stat().st_size for file in files) < 20e6
    assert not [
        file for file in files if file.parent == Path("figures") and file.suffix in (".svg", ".csv", ".pdf")
    ]


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ("pandas", "matplotlib", "sklearn", "scipy.stats", "brian2", "pooch", "typer")
    code = f"import sys, plausible, plausible.train, plausible.rules; print([m for m in {heavy} if m in sys.modules])"
    result = finished([sys.executable, "-c", code])
    assert result.stdout.strip() == "[]"


def test_what_is_listed_is_what_is_registered() -> None:
    for what, kind in (("rules", "rule"), ("tasks", "task"), ("optimisers", "optimiser")):
        rows = entries(what)
        assert [row["name"] for row in rows] == sorted(registry.registered(kind))
        assert all(row["what"] for row in rows)
