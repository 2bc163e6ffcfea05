"""Bad input: what was given, what was expected, what to do."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np


class BadInput(ValueError):
    """Something a user gave that cannot be used; its message is one line, fit to be printed as it is."""


class Lacking(BadInput):
    """A class or a value that a result names cannot be made here; what else is stored may be whole."""


class NotInstalled(BadInput):
    """A library that an extra of the package brings is not there; the message says how to install it."""


class Passing(BaseException):
    """What ends a run or a command from outside: code that handles errors of a user's own lets it through."""


class Unsettled(ArithmeticError):
    """A state that should come to rest ran away; its message is one line, and says what to lower."""


MANY = 30  # names that an error lists; of more it tells the nearest
TOLD = 5
NEAR = 0.66  # how alike two names are, of which one may be meant for the other: "sdg" and "sgd" are, by 0.67
SHORT, HALF = 4, 0.5  # letters of a short name, which half of them make like another: "Rool" and "Rule"
BEGUN = 3  # letters that are enough for the beginnings of a name's words
ELSEWHERE = {  # names that other libraries have for what is here
    "sigmoid": "logistic",
    "linear": "identity",
    "bp": "backprop",
    "backpropagation": "backprop",
}


def unknown(kind: str, given: str, known: Iterable[str], where: str = "", shown: str = "") -> BadInput:
    """The error for a name that is not among the known ones, with those near it, or all where these are few.

    `where` stands behind the name, as " of study 'accuracy'"; `shown` is the command that shows all names.

    >>> from plausible.errors import unknown
    >>> raise unknown("optimiser", "adm", ["sgd", "adam"])
    Traceback (most recent call last):
    plausible.errors.BadInput: unknown optimiser 'adm': did you mean 'adam'? expected one of adam, sgd
    """
    known = sorted(set(map(str, known)))
    nearest = near(str(given), known)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    if len(known) <= MANY:
        expected = f"one of {', '.join(known)}" if known else "none, as there is none"
    else:
        told = nearest if nearest or shown else known[:TOLD]
        one = f"{', '.join(told)} or another of {len(known)}" if told else f"{len(known)}"
        expected = f"one of {one}{f', which {shown} shows' if shown else ''}"
    return BadInput(f"unknown {kind} {in_one_line(given)}{where}: {hint}expected {expected}")


def near(given: str, known: Sequence[str]) -> list[str]:
    """The names that may be meant by another one, the nearest first; often there is none.

    >>> from plausible.errors import near
    >>> near("nosuch", ["sequences", "two"]), near("sigmoid", ["hard-sigmoid", "logistic", "tanh"])
    ([], ['logistic', 'hard-sigmoid'])
    """
    lower = {name.lower(): name for name in known}
    given = given.lower()
    same = [ELSEWHERE[given]] if ELSEWHERE.get(given) in lower else []
    cutoff = NEAR if len(given) > SHORT else HALF
    alike = difflib.get_close_matches(given, lower, n=TOLD, cutoff=cutoff)
    words = {name: re.split(r"[\W_]", name) for name in lower}
    short = re.sub(r"[\W_]", "", given)
    begun = [name for name in lower if len(short) >= BEGUN and begins(short, words[name])]
    return [lower[name] for name in dict.fromkeys([*same, *alike, *begun])][:TOLD]


def begins(short: str, words: Sequence[str]) -> bool:
    """Whether a text is made of the beginnings of some first words, one or more letters of each.

    >>> from plausible.errors import begins
    >>> begins("falign", ["feedback", "alignment"]), begins("align", ["feedback", "alignment"])
    (True, False)
    """
    if not (short and words):
        return not short
    lengths = range(1, len(words[0]) + 1)
    return any(short[:n] == words[0][:n] and begins(short[n:], words[1:]) for n in lengths)


LONGEST = 100  # characters that are told of what takes several lines, or more than `LINE` characters
LINE = 300  # characters of a line, a word, or what stands between quotes, that an error repeats


def cut(text: str, longest: int = LINE) -> str:
    """A text, or its beginning if it is longer.

    >>> from plausible.errors import cut
    >>> cut("short"), cut("too long", 3)
    ('short', 'too ...')
    """
    return text if len(text) <= longest else f"{text[:longest]} ..."


def require(holds: bool, what: str, given: object, expected: str) -> None:
    """Raise `BadInput` unless `holds`. Scalars of numpy are told as plain numbers.

    >>> from plausible.errors import require
    >>> require(3 > 2, "the number of layers", 3, "more than 2")
    >>> require(1 > 2, "the number of layers", 1, "more than 2")
    Traceback (most recent call last):
    plausible.errors.BadInput: the number of layers is 1: expected more than 2
    """
    if not holds:
        raise BadInput(f"{what} is {in_one_line(given)}: expected {expected}")


def in_one_line(given: object) -> str:
    """What was given, as Python prints it; of what takes several lines or a very long one, the beginning.

    >>> import numpy as np
    >>> from plausible.errors import in_one_line
    >>> in_one_line(np.eye(2)), len(in_one_line(np.eye(99)))
    ('array([[1., 0.], [0., 1.]])', 104)
    """
    text = repr(plain(given))
    if "\n" not in text and len(text) <= LINE:
        return text
    text = " ".join(text.split())
    return cut(text, LONGEST)


def plain(value: Any) -> Any:
    """A value in which every scalar of numpy is Python's own, also inside tuples, lists and dataclasses.

    A scalar of numpy has a dtype: `np.float64(0.1) * float32_array` is computed in float64, and `repr` names numpy. So
    that equal numbers are equal runs, whoever stores numbers makes them plain first. A value without such a scalar is
    returned as it is; arrays, of no dimension too, are none.

    >>> import numpy as np
    >>> from plausible.errors import plain
    >>> plain((np.float32(0.5), [np.int64(3), "word"]))
    (0.5, [3, 'word'])
    """
    if isinstance(value, np.generic):
        return float(value) if isinstance(value, np.floating) else value.item()
    if isinstance(value, tuple | list):
        parts = [plain(part) for part in value]
        if all(a is b for a, b in zip(parts, value, strict=True)):
            return value
        return value._make(parts) if hasattr(value, "_make") else type(value)(parts)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
        changed = {name: plain(part) for name, part in held.items()}
        changed = {name: part for name, part in changed.items() if part is not held[name]}
        return dataclasses.replace(value, **changed) if changed else value
    return value


def plain_fields(made: Any) -> None:
    """Make the fields of a dataclass `plain`, frozen or not: the first line of its `__post_init__`."""
    for field in dataclasses.fields(made):
        value = getattr(made, field.name, None)
        if (changed := plain(value)) is not value:
            object.__setattr__(made, field.name, changed)


def is_whole(given: object) -> TypeGuard[int]:
    """Whether `given` is a whole number, Python's or numpy's; True and False are none."""
    return isinstance(given, int | np.integer) and not isinstance(given, bool)


def is_real(given: object) -> TypeGuard[float]:
    """Whether `given` is a real number, Python's or numpy's, also infinite or NaN; True and False are none."""
    return is_whole(given) or isinstance(given, float | np.floating)


LARGEST = 1_000_000_000  # of anything that is counted


def require_flag(name: str, given: object) -> None:
    """Raise `BadInput` unless an argument is a truth value: a word, such as "no", would count as one that is true."""
    require(type(given).__name__ in ("bool", "bool_"), name, given, "True or False")


def require_whole(what: str, given: object, low: int = 1, high: int = LARGEST, expected: str = "") -> None:
    """Raise `BadInput` unless `given` is a whole number from `low` to `high`."""
    whole = is_whole(given) and low <= given <= high
    require(whole, what, given, f"{expected or f'a whole number of at least {low}'}, up to {high:,}")


SEEDS = 2**32 - 1  # the largest seed: that of numpy's older generators, which scikit-learn draws from


def require_seed(what: str, given: object) -> None:
    """Raise `BadInput` unless `given` is a whole number from 0 to `SEEDS`."""
    require_whole(what, given, low=0, high=SEEDS)


def require_number(
    what: str, given: float, low: float = 0.0, high: float = math.inf, *, open_low: bool = False
) -> None:
    """Raise `BadInput` unless `given` is a finite number in [low, high], or (low, high] with `open_low`."""
    expected = f"a finite number {'above' if open_low else 'of at least'} {low:g}"
    if high < math.inf:
        expected += f" and at most {high:g}"
    number = is_real(given) and math.isfinite(given)
    require(number and (low < given if open_low else low <= given) and given <= high, what, given, expected)


def installing(extra: str) -> str:
    """The command that installs what an extra of the package needs, from the clone if there is one, for this Python."""
    clone = Path(__file__).parents[1]
    package = f"-e '{clone}[{extra}]'" if (clone / "pyproject.toml").is_file() else f"'plausible[{extra}]'"
    return f"{sys.executable} -m pip install {package}"


def require_name(what: str, given: object) -> None:
    """Raise `BadInput` unless `given` is a name that can be part of a file's: letters, digits, - _ . but not first."""
    good = isinstance(given, str) and len(given) <= 100 and re.fullmatch(r"\w[\w.-]*", given, re.ASCII)
    require(
        bool(good), what, given, "letters, digits, '-', '_' and '.', beginning with a letter, a digit or '_'"
    )


def require_kinds(of: str, given: object, kinds: Mapping[str, tuple[type | tuple[type, ...], str]]) -> None:
    """Raise `BadInput` unless every field of `given` is of its kind, which is said in words; True is no number.

    Messages say of what the field is, unless `of` is "".
    """
    for name, (kind, expected) in kinds.items():
        value = plain(getattr(given, name))
        good = isinstance(value, kind) and (not isinstance(value, bool) or kind is bool)
        require(good, f"{name} of {of}" if of else name, value, expected)


def first_line(error: BaseException) -> str:
    """What an error says, in one line; of an error of the operating system, without its number."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (str(error).strip().splitlines() or [""])[0]
