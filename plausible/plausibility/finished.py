"""Whether all of a rule's file has run: watching it on would tell nothing, and a watched program is twice as slow.

A file of which some may lead to code elsewhere is never called finished, nor is one with a function that never ran.
"""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterator, Mapping
from inspect import CO_NEWLOCALS
from pathlib import Path
from types import CodeType
from typing import Any, TypeAlias

from plausible.plausibility.uncalled import COMPUTED, NAMED, OF_SYS, SPACES

Span: TypeAlias = tuple[
    tuple[int, int], tuple[int, int]
]  # the first and the last place, each a line and a column
LIBRARIES = ("numpy", "math", "typing", "collections", "dataclasses", "functools", "itertools", "abc", "enum")
OURS = ("core", "networks", "rules")  # of the suite, what a rule is made of
LOADING = ("decorrelation", "bandit")  # of these, what makes another rule, or a task, by a text
UNTOLD = ("RESUME", "MAKE_CELL", "COPY_FREE_VARS", "RETURN_GENERATOR", "CACHE")  # of which no watcher hears
USUAL = ("__init__", "__post_init__", "__name__", "__class__", "__doc__")


class Finished:
    """What of a file has not run yet. Only `init`, `update` and what they call are meant: it was imported before."""

    def __init__(self, file: str) -> None:
        self.file, self.seen, self.looked = file, 0, -1
        text = Path(file).read_text(encoding="utf-8")
        tree, whole = ast.parse(text), compile(text, file, "exec", dont_inherit=True)
        every = {span for code in functions_in(whole) for span in placed(code, offsets_of(code))}
        self.left, self.stays = every - {*otherwise(tree)}, stays(tree)

    def after(self, ran: Mapping[CodeType, set[int]]) -> bool:
        """Whether nothing is left after what ran; that is looked at once, when nothing was new since the last time."""
        if not self.stays:
            return False
        before, self.seen = self.seen, sum(map(len, ran.values()))
        if before != self.seen or self.looked == self.seen:
            return False
        self.looked = self.seen
        self.left -= {span for code, offsets in ran.items() for span in placed(code, offsets)}
        return not self.left and all(code.co_filename == self.file for code in ran)


def placed(code: CodeType, offsets: set[int]) -> Iterator[Span]:
    """Where in the file the instructions of a function at some offsets stand."""
    for n, (line, last, column, end) in enumerate(code.co_positions()):
        if 2 * n in offsets and None not in (line, last, column, end):
            yield (line or 0, column or 0), (last or 0, end or 0)


def offsets_of(code: CodeType) -> set[int]:
    """The instructions of a function that a watcher is told of as they run."""
    untold = {dis.opmap[name] for name in UNTOLD if name in dis.opmap}
    return {2 * n for n, each in enumerate(code.co_code[::2]) if each not in untold}


def functions_in(code: CodeType) -> Iterator[CodeType]:
    """The functions in the code of a module; not what runs as it is imported."""
    if code.co_flags & CO_NEWLOCALS:
        yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from functions_in(each)


def otherwise(tree: ast.Module) -> Iterator[Span]:
    """Where constants stand that are meant where there is nothing else, as in `a or None`: they are no branches."""
    for node in ast.walk(tree):
        for each in node.values[1:] if isinstance(node, ast.BoolOp) else ():
            if isinstance(each, ast.Constant):
                yield span_of(each)


def span_of(node: Any) -> Span:
    """Where a part of the code stands."""
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def stays(tree: ast.Module) -> bool:
    """Whether code can lead nowhere but into libraries, as it imports these alone, and asks for nothing by a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and not all(is_known(each.name) for each in node.names):
            return False
        if isinstance(node, ast.ImportFrom) and (node.level or not is_known(node.module or "")):
            return False
        name = getattr(node, "id", getattr(node, "attr", ""))
        if name in (*COMPUTED, *NAMED, *SPACES, *OF_SYS):
            return False
        if isinstance(name, str) and name.startswith("__") and name not in USUAL:
            return False
        if isinstance(node, ast.Constant) and ".py" in str(node.value):  # a rule or a network of another file
            return False
    return True


def is_known(module: str) -> bool:
    """Whether a module is a library, or of the suite, and leads to no file by a text."""
    first, *rest = module.split(".")
    if first == "plausible":
        return bool(rest) and rest[0] in OURS and not {*rest} & {*LOADING}
    return first in (*LIBRARIES, "__future__")
