"""Code of a rule of one's own that never ran while it was audited. Oracle: files whose branches are known."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from plausible.plausibility.audit import audit
from plausible.plausibility.fixed import by_fields, fixed_in
from plausible.plausibility.unrun import Running

RULE = '''
from dataclasses import dataclass

from plausible.core import Step
from plausible.rules.layered import Feedforward

LIMIT = 50.0


def gate(h, limit):
    if limit < 0:
        raise ValueError("a limit below 0")
    return h if len(h) < limit else 0 * h


@dataclass(frozen=True)
class Mine(Feedforward):
    """Hebb's rule, with a branch."""

    large: bool = False

    def update(self, params, state, shown, rng):
        h = self.network.forward(params, shown.x).activities[1]
        {branch}
        return Step({{"W1": shown.x.T @ h / len(h)}})
'''
INHERITED = '''
from dataclasses import dataclass

from plausible.rules.recurrent import Recurrent


@dataclass(frozen=True)
class Mine(Recurrent):
    """A rule whose `update` is the suite's."""

    def init(self, n_in, n_out, rng):
        params = self.network.start(n_in, n_out, rng)
        return params | {"B2": rng.normal(size=params["W2"].T.shape)}, None

    def signal(self, params, passed, error):
        return error @ (params["W2"].T if len(error) > 99 else params["B2"])
'''


def verdict(folder: Path, text: str, criticism: str = "non-local error") -> tuple[str, str]:
    """What is measured of the rule in a file, and by what."""
    file = folder / "mine.py"
    file.write_text(text, encoding="utf-8")
    cell = audit(f"{file}:Mine", [criticism]).of(criticism).cell
    return cell.verdict, cell.evidence


@pytest.mark.parametrize(
    "branch",
    [
        "h = h * 2 if len(h) == 7 else h",
        "h = h if len(h) < 100 else h - h.mean()",
        "h = gate(h, 99.0)",
        "h = len(h) > 99 and h.mean() or h",
        "\n        if rng.random(4).min() > 0.99:\n            h = h - h.mean()",
        "\n        while len(h) > 100:\n            h = h[::2]",
        "\n        match len(h):\n            case 7:\n                h = h - h.mean()",
    ],
)
def test_a_branch_that_never_runs_leaves_open_what_would_be_clean(branch: str, tmp_path: Path) -> None:
    verdict_, evidence = verdict(tmp_path, RULE.format(branch=branch))
    assert verdict_ == "untraceable"
    assert "never ran while it was audited" in evidence
    assert f"line {13 if 'gate' in branch else 24 + branch.startswith(chr(10))} (" in evidence


@pytest.mark.parametrize(
    "branch",
    [
        "h = h - h.mean() if self.large else h",
        "h = h if LIMIT > 9 else h - h.mean()",
        "\n        if len(h) > 100:\n            raise ValueError('many')",
        "assert len(h) < 100",
        "h = h if sys.maxsize > 9 else h - h.mean()",
        "h = (state or {}).get('h', h)",
    ],
)
def test_what_raises_or_hangs_on_fields_alone_does_not_count(branch: str, tmp_path: Path) -> None:
    text = RULE.format(branch=branch).replace("from dataclasses", "import sys\nfrom dataclasses", 1)
    assert verdict(tmp_path, text)[0] == "removed"


def test_a_method_is_watched_whose_update_is_the_suites(tmp_path: Path) -> None:
    assert verdict(tmp_path, INHERITED, "weight transport")[0] == "untraceable"
    honest = INHERITED.replace('params["W2"].T if len(error) > 99 else params["B2"]', 'params["B2"]')
    assert verdict(tmp_path, honest, "weight transport")[0] == "removed"


def test_whoever_traced_before_does_so_afterwards(tmp_path: Path) -> None:
    seen: list[str] = []

    def trace(frame: object, event: str, given: object) -> None:
        seen.append(event)

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with Running(str(tmp_path / "mine.py")) as running:
            assert sys.gettrace() == running.called
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)


def test_rules_of_the_suite_are_not_watched() -> None:
    file = str(Path(sys.modules[Running.__module__].__file__ or ""))
    before = sys.gettrace()
    with Running(file) as running:
        assert sys.gettrace() is before
    assert running.unrun() == []


HEBB = """def plain(h):
    return h


def mean(h):
    return h - h.mean()


TABLE = {'a': plain, 'b': mean}


"""


def with_tables(branch: str, more: str) -> str:
    """The rule, with tables of functions and a method, and more."""
    text = RULE.format(branch=branch).replace("@dataclass", f"{HEBB}@dataclass", 1)
    return f"{text}\n    def a(self, h):\n        return h\n{more}"


@pytest.mark.parametrize(
    "branch",
    [
        "h = TABLE['ab'[len(h) > 99]](h)",
        "h = TABLE.get('ab'[len(h) > 99])(h)",
        "h = [plain, mean][len(h) > 99](h)",
        "h = {False: lambda h: h, True: lambda h: h - h.mean()}[len(h) > 99](h)",
        "h = globals()['plain' if len(h) else 'mean'](h)",
        "h = getattr(self, 'ab'[len(h) > 99])(h)",
        "h = {'a': h, 'b': h - h.mean()}['ab'[len(h) > 99]]",
        "h = [h - h.mean(), h][int(rng.random() < 0.9999)]",
        "h = {99: h - h.mean()}.get(len(h), h)",
        "h = max([(0, 'a', h), (len(h) - 99, 'b', h - h.mean())])[2]",
        "h = next((h - h.mean() for _ in range(int(len(h) > 99))), h)",
        "h = [*[h - h.mean() for _ in range(1) if len(h) > 99], h][0]",
        "\n        for _ in range(len(h) > 99):\n            h = h - h.mean()",
        "\n        try:\n            1 / (len(h) - 9)\n        except ZeroDivisionError:\n            h = h - h.mean()",
        "h = [lambda: h, lambda: h - h.mean()].__getitem__(len(h) > 99)()",
        "h = h - h.mean() * ('audit' in sys.argv[:0])",
        "h = h - h.mean() * 0 * (np.datetime64('now') > np.datetime64('2099-01-01'))",
        "h = eval('h')",
        "h = h + 0 * (time.time() % 7 > 6)",
        "h = h + 0 * int(os.environ.get('N', 0))",
        "h = h + 0 * len(sys._getframe().f_code.co_name)",
        "h = h - h.mean() if type(h) is np.ndarray else h",
        "h = h + (type(h) is np.ndarray) * (h.mean() - h)",
        "h = h + hasattr(h, 'marks') * h.mean()",
        "h = h + ('Marked' in str(type(h))) * h.mean()",
    ],
)
def test_what_computes_what_it_calls_or_looks_about_is_not_clean(branch: str, tmp_path: Path) -> None:
    text = with_tables(branch, "\n    def b(self, h):\n        return h - h.mean()\n")
    text = text.replace("LIMIT = 50.0", "import os, sys, time\nimport numpy as np\n\nLIMIT = 50.0")
    verdict_, evidence = verdict(tmp_path, text)
    known = ("is not known", "arrays that carry marks", "never ran")
    assert verdict_ == "partly" or (verdict_ == "untraceable" and any(each in evidence for each in known))


@pytest.mark.parametrize(
    "branch",
    [
        "h = TABLE['b' if self.large else 'a'](h)",
        "h = TABLE['a'](h)",
        "h = [plain, mean][0](h)",
        "h = getattr(self, 'a')(h)",
        "h = sorted([h], key=lambda each: each.shape)[0]",
        "h = h.astype(h.dtype)",
        "h = (plain if callable(plain) else mean)(h)",
        "signals = [h, 2 * h]; h = sum(signals[n] for n in range(len(signals)))",
        "h = max([1.0, 2.0]) * h",
        "\n        for each in (h, 2 * h):\n            h = each",
    ],
)
def test_what_fields_and_constants_choose_is_known(branch: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, with_tables(branch, ""))[0] == "removed"


def test_a_module_beside_the_rule_is_watched_too(tmp_path: Path) -> None:
    helper = "def gate(h):\n    return h if len(h) < 99 else h - h.mean()\n"
    text = RULE.format(branch="h = beside_of_mine.gate(h)").replace(
        "LIMIT = 50.0",
        f"import sys\nsys.path.append({str(tmp_path)!r})\nimport beside_of_mine\n\nLIMIT = 50.0",
    )
    (tmp_path / "beside_of_mine.py").write_text(helper, encoding="utf-8")
    try:
        assert verdict(tmp_path, text)[0] == "untraceable"
    finally:
        sys.modules.pop("beside_of_mine", None)
        sys.path.remove(str(tmp_path))


COUNTS = {  # what a rule counts with beside its state: what its file has, its class, its method, and the condition
    "a list of the class": ("", "n: ClassVar[list] = [0]", "self.n[0] += 1", "self.n[0] > 5000"),
    "a list of the rule's": ("", "n: list = field(default_factory=lambda: [0])", "self.n[0] += 1", "self.n[0] > 5000"),
    "a table in capitals": ("SEEN = {'n': 0}", "", "SEEN['n'] += 1", "SEEN['n'] > 5000"),
    "a list that grows": ("LOG = []", "", "LOG.append(1)", "len(LOG) > 5000"),
    "an iterator": ("TICKS = count()", "", "", "next(TICKS) > 5000"),
    "a list that is handed on": ("BOX = [0]\ndef bump(box):\n    box[0] += 1", "", "bump(BOX)", "BOX[0] > 5000"),
    "an attribute of a class": ("class Seen:\n    n = 0", "", "it = Seen; it.n += 1", "Seen.n > 5000"),
    "a global": ("TOTAL = 0", "", "global TOTAL; TOTAL += 1", "TOTAL > 5000"),
    "a field that is set": ("", "n: int = 0", "object.__setattr__(self, 'n', self.n + 1)", "self.n > 5000"),
}  # fmt: skip
FIXED = {
    "a field": ("", "late: bool = False", "", "self.late"),
    "a table that is only read": ("LIMITS = {'late': 0}", "", "", "LIMITS['late'] > 3"),
    "the network": ("", "", "self.network.shapes(3, 4)", "self.network.depth > 9"),
    "a list that is counted over": ("RATES = [0.1, 0.2]", "", "", "len(RATES) > 9 or max(RATES) > 9"),
}


@pytest.mark.parametrize("name", [*COUNTS, *FIXED])
def test_what_a_file_changes_is_no_field(name: str) -> None:
    at_top, of_class, method, condition = (COUNTS | FIXED)[name]
    body = "".join(f"        {line}\n" for line in (method or "pass", f"if {condition}: pass"))
    whole = f"class Mine:\n    {of_class or 'pass'}\n    def update(self):\n{body}"
    file = f"from itertools import count\n{at_top}\n{whole}"
    test = ast.parse(condition, mode="eval").body
    assert by_fields(test, fixed_in(ast.parse(file))) == (name in FIXED)


def test_a_count_beside_the_state_leaves_open_what_would_be_clean(tmp_path: Path) -> None:
    late = "self.n[0] += 1; h = h if self.n[0] < 5000 else h @ params['W2'] @ params['W2'].T"
    text = RULE.replace("large: bool = False", "n: ClassVar[list] = [0]").replace(
        "from dataclasses import dataclass", "from dataclasses import dataclass\nfrom typing import ClassVar"
    )
    file = tmp_path / "mine.py"
    file.write_text(text.format(branch=late), encoding="utf-8")
    cell = audit(f"{file}:Mine", ["weight transport"]).of("weight transport").cell
    assert (cell.verdict, "self.n[0] < 5000" in cell.evidence) == ("untraceable", True)
