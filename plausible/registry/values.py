"""The value of an option, read as the kind that its receiver declares.

The text `uniform` stays a word for an option declared as `str`, and becomes the distribution for an `Init`. An
`Optimiser`, a `Schedule` or a user's own dataclass is made from a spec inside the spec, as in
`decay[inner=adam[rate=0.001],rate=1e-4]`. An option that declares no kind, or one that does not tell how a text is to
be read, is given `plausible.registry.specs.guess`.
"""

from __future__ import annotations

import enum
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from plausible.errors import BadInput, plain, unknown
from plausible.registry import parts as of_options
from plausible.registry import signatures
from plausible.registry.brackets import apart, is_group, is_quoted
from plausible.registry.encoding import can_be
from plausible.registry.specs import guess, parse, unquoted
from plausible.registry.users import guarded

WORDS: dict[Any, str] = {
    types.NoneType: "None",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a word, in quotes if it holds commas or brackets",
    Path: "a path",
}
TRUTH = {"True": True, "true": True, "False": False, "false": False}
SEVERAL = (tuple, list, Sequence, Iterable)
FIRST = (types.NoneType, bool, int, float)  # kinds of a union that are tried before a word


class Other(Exception):
    """The text is no value of the kind that was tried."""


def called(what: str, make: Callable[..., Any], options: dict[str, Any], *arguments: Any) -> Any:
    """`make(*arguments, **options)`, in which the texts among the options are read as the kinds that `make` declares.

    Raises:
        BadInput: for options that `make` does not have or cannot use, and for whatever it raises.
    """
    if not callable(make):
        raise BadInput(f"{what} is {make!r}: expected a class or a function")
    known = [name for name, p in inspect.signature(make).parameters.items() if p.kind is not p.VAR_POSITIONAL]
    for option in options:
        if option in known[: len(arguments)]:
            held = ", ".join(known[: len(arguments)])
            raise BadInput(
                f"option {option} of {what} is given: expected options without {held}, which the run sets"
            )
        if option not in known:
            raise unknown("option", option, known[len(arguments) :], f" of {what}")
    declared = signatures.declared(make)
    given = {
        option: read(f"option {option} of {what}", value, declared.get(option, Any))
        if isinstance(value, str)
        else value
        for option, value in options.items()
    }
    signatures.refuse_coroutines(what, make)
    advice = f": expected options among {', '.join(known[len(arguments) :]) or 'none'}" if options else ""
    smaller = ": expected what fits into memory" if options else ""
    with guarded(
        lambda reason, e: (
            f"{what} cannot be made ({reason}){smaller if isinstance(e, MemoryError) else advice}"
        )
    ):
        return make(*arguments, **given)


def read(what: str, text: str, kind: Any) -> Any:
    """The value that `text` is as a `kind`, which is an annotation. Raises `BadInput` if it is none."""
    try:
        return value(text, kind)
    except Other:
        raise BadInput(f"{what} is {as_guessed(text)!r}: expected {said(kind)}") from None


def as_guessed(text: str) -> Any:
    """A refused text as a message gives it: the value that is guessed from it, or the text."""
    try:
        return guess(text)
    except BadInput:
        return text


def value(text: str, kind: Any) -> Any:
    """The value of a text as a `kind`; of a union, as the first kind that takes it. Raises `Other` and `BadInput`."""
    among = alternatives(kind)
    if str in among and is_quoted(text):
        return unquoted(text)
    for each in sorted(among, key=lambda each: order(each, text)):
        try:
            return of_kind(text, each)
        except Other:
            continue
    raise Other


def alternatives(kind: Any) -> tuple[Any, ...]:
    """The kinds of a union; of any other, it alone."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return typing.get_args(kind)
    return (kind,)


def order(kind: Any, text: str) -> int:
    """The rank of a kind in a union: first numbers and fixed names, then a bare word, then things to be made."""
    if kind in FIRST or typing.get_origin(kind) is typing.Literal:
        return 0
    if kind is str:
        return 3 if "[" in text or "(" in text or ".py:" in text else 1
    return 4 if says_nothing(kind) else 2


def says_nothing(kind: Any) -> bool:
    """Whether a kind does not tell how a text is to be read, as `Any`, a function or an array do not."""
    origin = typing.get_origin(kind)
    if kind in WORDS or kind in SEVERAL or origin in SEVERAL or origin is typing.Literal:
        return False
    return not (isinstance(kind, type) and (of_options.is_made(kind) or issubclass(kind, enum.Enum)))


def of_kind(text: str, kind: Any) -> Any:
    """The value of one kind. Raises `Other` if the text is none, and `BadInput` if it is one that cannot be used."""
    if kind is str:
        return unquoted(text)
    if kind is types.NoneType or kind is bool:
        table: dict[str, Any] = TRUTH if kind is bool else {"None": None}
        return taken(text, table)
    if kind is int or kind is float:
        return number(text, kind)
    if kind is Path:
        return Path(unquoted(text)).expanduser()
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return taken(unquoted(text), {str(part): part for part in parts})
    if kind in SEVERAL or origin in SEVERAL:
        return several(text, kind if origin is None else origin, parts)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return taken(unquoted(text), dict(kind.__members__))
    return guess(text) if says_nothing(kind) else named(unquoted(text), kind)


def taken(text: str, table: dict[str, Any]) -> Any:
    """The entry of a table under a text. Raises `Other` if there is none."""
    if text not in table:
        raise Other
    return table[text]


def number(text: str, kind: type) -> int | float:
    """A number, whole if `kind` is int. Raises `Other`, and `BadInput` if it is not finite or not in digits alone."""
    literal = guess(text)
    if isinstance(literal, bool) or not isinstance(literal, int | kind):
        raise Other
    return kind(literal)


def several(text: str, kind: Any, parts: tuple[Any, ...]) -> Any:
    """Values in brackets, each of its kind, or one without; a tuple unless a list is declared. Raises `Other`."""
    if is_group(text, "(") or is_group(text, "["):
        texts = [part.strip() for part in apart(text[1:-1], ",", inside=True)]
    else:
        texts = [text]
        if kind is tuple and parts[-1:] != (...,):
            raise Other
    if not texts[-1]:  # no part at all, or a comma at the end, as in (1,)
        texts.pop()
    if not all(texts):
        raise Other
    if parts and (kind is not tuple or parts[-1] is ...):
        parts = (parts[0],) * len(texts)
    if (parts and len(parts) != len(texts)) or parts == ((),):
        raise Other
    members = [value(part, of) for part, of in zip(texts, parts or (Any,) * len(texts), strict=True)]
    return members if kind is list else tuple(members)


def named(text: str, kind: type) -> Any:
    """The thing that a spec names, in square or, as `uniform(0.5)`, round brackets. Raises `Other` and `BadInput`."""
    with_name = of_options.split_call(text)
    if with_name is None:
        raise Other
    name, inside, is_round = with_name
    make = of_options.find(kind, name, inside, is_round)
    if make is None or (inspect.isclass(make) and not can_be(make, kind)):
        raise Other
    if isinstance(make, of_options.Read):  # this form has a reader of its own
        return make.read(text)
    what = f"{of_options.word_of(kind)} {name!r}"
    if inside is None and not callable_maker(make, kind):
        instance = make
    else:
        instance = called(what, make, arguments(text, make, inside or "", is_round))
    if not of_options.is_one(instance, kind):
        raise BadInput(f"{what} is {plain(instance)!r}: expected {said(kind)}")
    return instance


def callable_maker(make: Any, kind: type) -> bool:
    """Whether `make` is a class or a function that makes a thing of a kind, and not such a thing itself."""
    return (
        inspect.isclass(make)
        or isinstance(make, partial)
        or (inspect.isroutine(make) and not of_options.is_one(make, kind))
    )


def arguments(text: str, make: Any, inside: str, is_round: bool) -> dict[str, Any]:
    """The texts of the arguments by name; in round brackets the first may stand without names. Raises `BadInput`."""
    if not is_round:
        return dict(parse(text).options)
    order = list(inspect.signature(make).parameters) if callable(make) else []
    texts: dict[str, Any] = {}
    for number, part in enumerate(each.strip() for each in apart(inside, ",", inside=True)):
        option, equals, argument = (piece.strip() for piece in part.partition("="))
        if not (equals and option.isidentifier()):
            if not part and number == 0 and "," not in inside:
                break
            option, argument = (order[number] if number < len(order) else ""), part
        if not option or not argument or option in texts:
            raise BadInput(f"{text!r} cannot be read: expected at most {len(order)} arguments, each once")
        texts[option] = argument
    return texts


def said(kind: Any) -> str:
    """A kind in words, with an example where one is needed."""
    return " or ".join(dict.fromkeys(map(said_of_one, alternatives(kind))))


def said_of_one(kind: Any) -> str:
    """One kind in words."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if kind in WORDS:
        return WORDS[kind]
    if origin is typing.Literal:
        return f"one of {', '.join(map(str, parts))}"
    if kind in SEVERAL or origin in SEVERAL:
        of = " and ".join(dict.fromkeys(said(part) for part in parts if part is not ...))
        return f"values in round brackets, such as (a, b){f', each {of}' if of and parts != ((),) else ''}"
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return f"one of {', '.join(kind.__members__)}"
    return of_options.words(kind) if isinstance(kind, type) else str(kind)
