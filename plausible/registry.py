"""From names to what they stand for: entry points, and classes in a user's own file.

A name is `backprop`, its initials (`fa` for `feedback-alignment`), or `./my_rule.py:MyRule`, each with options in
brackets where there are any: `sgd[rate=0.1,momentum=0.9]`. The suite's own rules, tasks and optimisers register
through the entry-point groups that a third-party package uses: `plausible.rules`, `plausible.tasks`,
`plausible.optimisers`.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import inspect
import math
import re
import sys
import types
import typing
import zlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from numpy.random import Generator

from plausible.core import Optimiser, Rule
from plausible.errors import BadInput, require, unknown
from plausible.functions import INITS, Init, distribution
from plausible.networks import MLP
from plausible.optimise.nested import require_optimiser
from plausible.recurrent_network import Network
from plausible.settle import FORMS, Relaxation, relaxation
from plausible.study.brackets import apart, options_in
from plausible.study.users import guarded
from plausible.tasks.drawn import from_its_generator
from plausible.tasks.task import Task

KINDS = {"rule": "plausible.rules", "task": "plausible.tasks", "optimiser": "plausible.optimisers"}


EXPECTED: dict[Any, str] = {  # the kinds of options that are checked here
    Relaxation: "a way to settle, such as euler(20, 0.1) or fixed-point(100)",
    Init: f"a distribution of weights, such as uniform(0.1), of {', '.join(INITS)}",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    types.NoneType: "None",
}
USER_FILES: dict[str, Path] = {}  # by the name of the module that was made of each
OWN = [
    Path(__file__).resolve().parents[1] / name for name in ("studies", "figures")
]  # the project's, if it is there
UNSAID: list[Path] = []  # files that were executed here, and that nobody has been told of yet
SAID: set[Path] = (
    set()
)  # files that were said before they were executed: nobody had named them by their paths
TELL: list[Callable[[], None]] = []  # what tells of `UNSAID`


class Spec(NamedTuple):
    """A name and its options, as a user wrote them."""

    name: str
    options: dict[str, Any]


def split(text: str, what: str = "a list") -> list[str]:
    """Comma-separated specs; commas inside brackets do not separate. Raises `BadInput` where one is empty."""
    parts = [part.strip() for part in apart(text, ",")]
    require(all(parts), what, text, "one name or more, with one comma between two of them")
    return parts


def with_optimiser(text: str) -> tuple[str, str | None]:
    """A rule and its own optimiser, of `rule@optimiser`; None of a rule without one. A file's path may hold an @.

    Raises:
        BadInput: if either is empty, or brackets are not in pairs.
    """
    parts = apart(text, "@")
    for at in range(1, len(parts)):
        rule, optimiser = "@".join(parts[:at]).strip(), "@".join(parts[at:]).strip()
        if "/" in rule and ".py:" not in rule:
            continue  # a folder's name
        if not (rule and optimiser):
            raise BadInput(f"{text!r} cannot be read: expected rule@optimiser, such as fa@sgd[rate=0.1]")
        return rule, optimiser
    return text, None


def parse(text: str) -> Spec:
    """`name[key=value,...]`; values are Python literals, and bare words are strings. Raises `BadInput`."""
    match = re.fullmatch(r"([^\[\]]+)(?:\[(.*)\])?", text.strip())
    if match is None:
        raise BadInput(f"{text!r} cannot be read: expected name or name[option=value,...]")
    options = {}
    for part in [] if match[2] is None else options_in(match[2], text):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not (equals and key.isidentifier() and value):
            raise BadInput(f"{part!r} in {text!r} cannot be read: expected option=value")
        if key in options:
            raise BadInput(f"option {key} stands twice in {text!r}: expected once")
        options[key] = literal(value)
    return Spec(match[1].strip(), options)


def literal(text: str) -> Any:
    """A Python literal; a distribution of weights or a way to settle, if `text` begins like one; or the text itself."""
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        name, bracket, _ = text.partition("(")
        if bracket and name in FORMS:
            return relaxation(text)
        return distribution(text) if name in INITS else text
    if not isinstance(found, str) and re.search("[0-9]_[0-9]", text):  # Python's way to write 10 as 1_0
        raise BadInput(f"{text!r} cannot be read: expected numbers in digits alone")
    if not all(map(finite, found if isinstance(found, tuple | list) else [found])):
        raise BadInput(f"{text!r} is out of range: expected numbers up to 1e308")
    return found


def finite(value: Any) -> bool:
    """Whether a literal, if it is a number, is one that computers calculate with."""
    try:
        return not isinstance(value, int | float | complex) or math.isfinite(abs(value))
    except OverflowError:
        return False


@cache
def registered(kind: str) -> dict[str, Any]:
    """The entry points of a kind, by name."""
    return {point.name: point for point in sorted(entry_points(group=KINDS[kind]))}


def full_name(kind: str, name: str) -> str:
    """The registered name that `name` or its initials stand for. Raises `BadInput` if there is none."""
    if name.endswith(".py"):
        raise BadInput(f"{kind} {name!r} names a file only: expected {name}:Class")
    known = registered(kind)
    if name in known:
        return name
    matches = [full for full in known if "-" in full and "".join(word[0] for word in full.split("-")) == name]
    if len(matches) == 1:
        return matches[0]
    raise unknown(kind, name, known)


def load(kind: str, name: str) -> Any:
    """The class or function registered under `name`, or found in a file by `FILE.py:Name`."""
    file, colon, attribute = name.rpartition(":")
    if colon and file.endswith(".py"):
        return from_file(file, attribute)
    point = registered(kind)[full_name(kind, name)]
    with guarded(lambda reason, _: f"{kind} {name!r} ({point.value}) cannot be imported: {reason}"):
        return point.load()


def from_file(file: str, attribute: str) -> Any:
    """The object called `attribute` in the Python file `file`. Raises `BadInput`, whatever is wrong with the file."""
    path = path_of(file)
    if not path.is_file():
        raise BadInput(f"file {file!r} is not there: expected a Python file that defines {attribute}")
    module = module_of(path, path.stat().st_mtime_ns)
    if attribute not in vars(module):
        raise unknown(
            f"name in {file}", attribute, [name for name in vars(module) if not name.startswith("_")]
        )
    return vars(module)[attribute]


def found_by_name(file: Path) -> str:
    """The path of a file that a name has led to; that it is executed is told before. For `from_file`."""
    path = path_of(str(file))
    if path.parent not in OWN and path not in SAID:
        SAID.add(path)
        UNSAID.append(path)
        for tell in TELL:
            tell()
    return str(path)


def path_of(file: str) -> Path:
    """Where a file lies, with links resolved and ~ filled in. Raises `BadInput` for what can be no path."""
    try:
        return Path(file).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, an unknown user, a null character
        raise BadInput(f"file {file!r} cannot be looked for: {first_line(error)}") from error


def executed(file: str) -> ModuleType:
    """The module of a user's own file that this process has executed already. Raises `BadInput` if it has not."""
    path = path_of(file)
    for name, known in USER_FILES.items():
        if known == path and name == module_name(path, path.stat().st_mtime_ns if path.is_file() else 0):
            return sys.modules[name]
    raise BadInput(f"{file!r} is a file that reading a result does not execute")


def module_name(path: Path, changed: int) -> str:
    """What the module of a user's own file is called; one that changed is another."""
    return f"plausible_user_{path.stem}_{zlib.crc32(f'{path} {changed}'.encode()):08x}"


def advice(path: Path, error: BaseException) -> str:
    """What to do about a file that cannot be imported."""
    missing = f"{error.name}.py" if isinstance(error, ModuleNotFoundError) else ""
    if missing and (path.parent / missing).is_file():
        return f"{missing} beside it is not looked for: expected one file, or a package that is installed"
    return "run it by itself"


def require_readable(path: Path) -> None:
    """Raise `BadInput` for a file that is not in UTF-8: Python may execute it, but its code has no key."""
    try:
        path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"file {str(path)!r} cannot be imported: {type(error).__name__}: {first_line(error)}; expected UTF-8"
        ) from error


@cache
def module_of(path: Path, changed: int) -> ModuleType:
    """The module made of a user's own file; a file that changed since makes a new one."""
    name = module_name(path, changed)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadInput(f"file {str(path)!r} cannot be imported: expected a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    require_readable(path)
    with guarded(lambda reason, e: f"file {str(path)!r} cannot be imported: {reason}; {advice(path, e)}"):
        spec.loader.exec_module(module)
    USER_FILES[name] = path
    if path.parent not in OWN and path not in SAID:
        UNSAID.append(path)
    return module


def called(what: str, make: Callable[..., Any], options: dict[str, Any], *arguments: Any) -> Any:
    """`make(*arguments, **options)`, with `BadInput` for options that it does not have or cannot use."""
    if not callable(make):
        raise BadInput(f"{what} is {make!r}: expected a class or a function")
    known = [name for name, p in inspect.signature(make).parameters.items() if p.kind is not p.VAR_POSITIONAL]
    for option in options:
        if option not in known:
            raise unknown(f"option of {what}", option, known)
    check_kinds(what, make, options)
    refuse_coroutines(what, make)
    advice = f": expected options among {', '.join(known) or 'none'}" if options else ""
    with guarded(lambda reason, _: f"{what} cannot be made ({reason}){advice}"):
        return make(*arguments, **options)


def refuse_coroutines(what: str, make: Any) -> None:
    """Raise `BadInput` if `make`, or a method that the suite would call, is `async def`."""
    methods = [getattr(make, name, None) for name in ("init", "update", "respond", "apply")]
    for each in [make, *methods]:
        if inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each):
            name = getattr(each, "__name__", repr(each))
            raise BadInput(f"{what} has a coroutine, {name}: expected def instead of async def")


def check_kinds(what: str, make: Callable[..., Any], options: dict[str, Any]) -> None:
    """Raise `BadInput` for an option of another kind than `make` says, where that is a kind known here."""
    try:
        hints = typing.get_type_hints(make)
    except Exception:  # annotations of a user's own, such as names that only a type checker imports
        return
    for option, value in options.items():
        hint = hints.get(option, Any)
        union = typing.get_origin(hint) in (typing.Union, types.UnionType)
        kinds = typing.get_args(hint) if union else (hint,)
        if all(kind in EXPECTED for kind in kinds) and not any(is_of(kind, value) for kind in kinds):
            expected = " or ".join(EXPECTED[kind] for kind in kinds)
            raise BadInput(f"option {option} of {what} is {value!r}: expected {expected}")


def is_of(kind: Any, value: Any) -> bool:
    """Whether `value` is of a kind; whole numbers are numbers, True and False are not."""
    if kind in (int, float):
        return isinstance(value, int | kind) and not isinstance(value, bool)
    return isinstance(value, kind)


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return (str(error).strip().splitlines() or [""])[0]


def network_of(rule: Any) -> type[Network] | None:
    """What kind of network a rule class learns, that of its field `network`; None if it has no such field."""
    fields = dataclasses.fields(rule) if dataclasses.is_dataclass(rule) else ()
    defaults = [field.default for field in fields if field.name == "network"]
    return next((type(default) if isinstance(default, Network) else MLP for default in defaults), None)


def rule(text: str, network: Network) -> Rule:
    """The rule that `text` names, on `network` if it takes one. Raises `BadInput` if that is of another kind."""
    name, options = parse(text)
    make = load("rule", name)
    if not (isinstance(make, type) and dataclasses.is_dataclass(make)):
        raise BadInput(
            f"rule {name!r} is {make!r}: expected a frozen dataclass with init, update and respond"
        )
    kind = network_of(make)
    if kind is not None:
        if not isinstance(network, kind):
            raise BadInput(
                f"rule {name!r} learns a network of kind {kind.__name__}, not {network!r}: MLP is for tasks "
                "of single examples and rules such as backprop, RNN for tasks of sequences and rules such as bptt"
            )
        options = {"network": network, **options}
    made: Rule = called(f"rule {name!r}", make, options)
    return made


def task(text: str, rng: Generator) -> Task:
    """The task that `text` names; `rng` draws its examples if it is one that is drawn.

    Raises:
        BadInput: if there is no such task, or it cannot be made, or draws from another generator.
    """
    name, options = parse(text)
    make = load("task", name)
    made = from_its_generator(f"task {name!r}", lambda: called(f"task {name!r}", make, options, rng), rng)
    if not isinstance(made, Task):
        raise BadInput(f"task {name!r} returned {type(made).__name__}: expected a plausible.tasks.task.Task")
    return made


def optimiser(text: str) -> Optimiser:
    """The optimiser that `text` names."""
    name, options = parse(text)
    make = load("optimiser", name)
    if not (isinstance(make, type) and dataclasses.is_dataclass(make) and hasattr(make, "apply")):
        raise BadInput(f"optimiser {name!r} is {make!r}: expected a frozen dataclass with init and apply")
    made: Optimiser = called(f"optimiser {name!r}", make, options)
    require_optimiser(f"what {name!r} makes", made)
    return made


def label(text: str, kind: str = "rule") -> str:
    """How a rule or a task is called in tables: its registered name, or file:Name, with its options.

    A user's file goes by its folder and its stem, `mine/rule:Rule`: two files with a class of one name stay two.
    """

    def called(file: Path) -> str:
        at_home = file.parent == Path.home()  # whose name nobody needs to know
        return f"{'~' if at_home else file.parent.name}/{file.stem}".lstrip("/")

    return resolved(text, kind, called)


def placeless(text: str, kind: str = "rule") -> str:
    """`label`, wherever a user's file lies: what goes into a key, beside the digest of the file's code."""
    return resolved(text, kind, lambda file: file.stem)


def resolved(text: str, kind: str, called: Callable[[Path], str]) -> str:
    """A spec with the full name of what is registered; a user's file is `called` something."""
    name, bracket, rest = text.strip().partition("[")
    inside = rest.removesuffix("]").strip(" ,")  # older stores hold brackets without an option
    options = f"[{inside}]" if inside and rest.endswith("]") else bracket + rest if inside else ""
    file, colon, attribute = name.strip().rpartition(":")
    if colon and file.endswith(".py"):
        return f"{called(path_of(file))}:{attribute}{options}"
    return full_name(kind, name.strip()) + options
