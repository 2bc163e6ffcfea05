"""What a rule of one's own never did while it was audited: branches of its files that no alteration reached.

Nothing is known of a branch that never ran, as one that waits for a rare number or a late presentation. One that
raises, or that the rule's own fields decide about, is none: the rule is what its fields say.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

from plausible.plausibility.finished import Finished, offsets_of, placed, span_of
from plausible.plausibility.fixed import by_fields, fixed_in
from plausible.plausibility.uncalled import asking, computed

HERE = Path(__file__).parents[1]
STANDARD = tuple(Path(sysconfig.get_path(each)) for each in ("stdlib", "platstdlib"))
SAYS_NOTHING = (ast.Raise, ast.Pass, ast.Assert)
ORDINARY = ("isfinite", "isnan", "isinf")
LENGTH = 60  # of a condition, as far as it is told


class Branch(NamedTuple):
    """A part of the code that a condition leads to."""

    line: int
    condition: str
    decides: tuple[ast.AST, ...]
    parts: tuple[ast.AST, ...]


class Running:
    """What ran of the code in a file and beside it, by instruction, while this is entered; nothing of the suite's.

    Args:
        file: the rule's; "" for none.
        enough: whether it ends once all of the file has run, as then every condition has led to all that it can.
    """

    def __init__(self, file: str, *, enough: bool = False) -> None:
        self.file = "" if Path(file).is_relative_to(HERE) else file
        self.finished = Finished(self.file) if self.file and enough else None
        self.own: dict[str, bool] = {}  # by name of a file, whether it is watched
        self.lost: set[str] = set()  # files of code that ran and cannot be read
        self.ran: dict[CodeType, set[int]] = {}
        self.whole: dict[CodeType, int] = {}  # how many instructions of a function can be seen to run
        self.before: Any = None

    def __enter__(self) -> Running:
        if self.file:
            self.before = sys.gettrace(), threading.gettrace()
            sys.settrace(self.called)
            threading.settrace(self.called)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self.file:
            sys.settrace(self.before[0])
            threading.settrace(self.before[1])

    def called(self, frame: FrameType, event: str, given: Any) -> Any:
        """Watch a function of the rule's files."""
        if not self.watches(frame.f_code.co_filename):
            return None
        if self.finished is not None and self.finished.after(self.ran):
            sys.settrace(None)
            return None
        code = frame.f_code
        ran = self.ran.setdefault(code, set())
        if code not in self.whole:
            self.whole[code] = len(offsets_of(code))
        if len(ran) == self.whole[code]:  # all of it ran: there is nothing more to be told of
            return None
        frame.f_trace_opcodes = True

        def each(frame: FrameType, event: str, given: Any) -> Any:
            if event == "opcode":
                ran.add(frame.f_lasti)
            return each

        return each

    def watches(self, file: str) -> bool:
        """Whether a file is the rule's, or of nobody who is known."""
        if file not in self.own:
            self.own[file] = file == self.file or is_own(file)
            if not Path(file).exists() and not file.startswith("<"):
                self.lost.add(file)
        return self.own[file]

    def unrun(self) -> list[Branch]:
        """The branches that never ran, though their conditions did, and what may have led to others."""
        lost = [
            Branch(0, f"of {Path(file).name}, which cannot be read", (), ()) for file in sorted(self.lost)
        ]
        files = sorted({each.co_filename for each in self.ran})
        return [*lost, *(branch for file in files for branch in self.unrun_in(file))]

    def unrun_in(self, file: str) -> list[Branch]:
        """Those of one file."""
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
        places = sorted(
            {
                place
                for code, offsets in self.ran.items()
                if code.co_filename == file
                for place in placed(code, offsets)
            }
        )
        known = fixed_in(tree)

        def ran(part: ast.AST) -> bool:
            first, last = span_of(part)
            inside = places[bisect_left(places, (first, first)) : bisect_right(places, (last, last))]
            return any(end <= last for _, end in inside)

        found = [
            each
            for each in branches(tree)
            if any(map(ran, each.decides))
            and not any(map(ran, each.parts))
            and not all(by_fields(test, known) or asks_finite(test) for test in each.decides)
        ]
        led = (*computed(tree, ran, lambda test: by_fields(test, known)), *asking(tree, ran))
        return [*found, *(Branch(each.lineno, told(each), (each,), ()) for each in led)]


def is_own(file: str) -> bool:
    """Whether a file is neither of the suite, nor of Python or a library that is installed."""
    where = Path(file)
    installed = {"site-packages", "dist-packages"} & {*where.parts}
    return where.is_file() and not installed and not any(map(where.is_relative_to, (HERE, *STANDARD)))


@contextmanager
def unwatched() -> Iterator[None]:
    """A context in which nobody watches what runs, as it is not judged by all that it does there."""
    before = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(before)


def branches(tree: ast.Module) -> Iterator[Branch]:
    """All branches of the code that do something; functions without a name are such, where they are made.

    The loss that a step may tell is not asked for, and a table that is looked up by fields is as these have it.
    """
    known = fixed_in(tree)
    told_later = [
        each.value for each in ast.walk(tree) if isinstance(each, ast.keyword) and each.arg == "loss"
    ]
    told_later += [
        each.value
        for each in ast.walk(tree)
        if isinstance(each, ast.Subscript) and by_fields(each.slice, known)
    ]
    apart = {id(each) for part in told_later for each in ast.walk(part) if isinstance(each, ast.Lambda)}
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.While):
            for body in (node.body, node.orelse):
                yield from branch(node.test, body)
        elif isinstance(node, ast.IfExp):
            for part in (node.body, node.orelse):
                yield from branch(node.test, [part])
        elif isinstance(node, ast.BoolOp):
            for n, part in enumerate(node.values[1:], start=1):
                if any(
                    isinstance(each, ast.Name | ast.Call) for each in ast.walk(part)
                ):  # else a number of its own
                    yield Branch(part.lineno, told(node), tuple(node.values[:n]), (part,))
        elif isinstance(node, ast.Match):
            for case in node.cases:
                yield from branch(node.subject, case.body)
        elif isinstance(node, ast.For):
            yield from branch(node.iter, node.body)
        elif isinstance(node, ast.Try):
            for handler in node.handlers:
                if not all(isinstance(part, ast.Raise) for part in handler.body):
                    yield Branch(handler.lineno, "except", tuple(node.body), tuple(handler.body))
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            made = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
            asked = [test for each in node.generators for test in (each.iter, *each.ifs)]
            yield Branch(node.lineno, told(node), tuple(asked), made)
        elif isinstance(node, ast.Lambda) and id(node) not in apart:
            yield Branch(node.lineno, told(node), (node,), (node.body,))


def branch(test: ast.expr, body: Sequence[ast.AST]) -> Iterator[Branch]:
    """One branch, if it does something."""
    if body and not all(isinstance(part, SAYS_NOTHING) for part in body):
        yield Branch(test.lineno, told(test), (test,), tuple(body))


def told(test: ast.AST) -> str:
    """A condition in the words of the code."""
    words = " ".join(ast.unparse(test).split())
    return words if len(words) <= LENGTH else f"{words[: LENGTH - 3]}..."


def asks_finite(test: ast.AST) -> bool:
    """Whether a condition asks whether numbers are finite, as all of them are where a rule is audited."""
    return any(isinstance(each, ast.Attribute) and each.attr in ORDINARY for each in ast.walk(test))
