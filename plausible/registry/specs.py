"""Names with options, as a user writes them: `name[option=value,...]`.

A name is registered, or FILE.py:Name. A value is a text here; `plausible.registry.values` reads it as the kind that its
receiver declares. Values with commas, brackets or quotes in them stand in quotes.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from plausible.errors import BadInput, require
from plausible.networks.inits import INITS, distribution
from plausible.registry.brackets import CLOSING, apart, head, is_group, is_quoted, options_in
from plausible.settling.relaxation import FORMS, relaxation

OF_ARRAYS = "arrays"  # the task that is a file; see `plausible.tasks.filed`
UNQUOTED = re.compile(r"[\w./~+@-]+")  # a path that needs no quotes among options


class Spec(NamedTuple):
    """A name and the texts of its options, as a user wrote them; `str` is what `parse` reads as the same again."""

    name: str
    options: dict[str, str]

    def __str__(self) -> str:
        inside = ",".join(f"{option}={text}" for option, text in self.options.items())
        return f"{self.name}[{inside}]" if inside else self.name


def split(text: str, what: str = "a list") -> list[str]:
    """Comma-separated specs; commas inside brackets or quotes do not separate. Raises `BadInput` where one is empty.

    >>> from plausible.registry.specs import split
    >>> split("sgd[rate=0.1,momentum=0.9], adam")
    ['sgd[rate=0.1,momentum=0.9]', 'adam']
    """
    parts = [unquoted(part.strip()) for part in apart(text, ",")]
    require(all(parts), what, text, "one name or more, with one comma between two of them")
    return parts


def with_optimiser(text: str) -> tuple[str, str | None]:
    """A rule and its own optimiser, of `rule@optimiser`; None of a rule without one. A file's path may hold an @.

    Raises:
        BadInput: if either is empty, there are two @ between them, or brackets are not in pairs.

    >>> from plausible.registry.specs import with_optimiser
    >>> with_optimiser("fa@sgd[rate=0.1]"), with_optimiser("fa")
    (('fa', 'sgd[rate=0.1]'), ('fa', None))
    """
    parts = apart(text, "@")
    for at in range(1, len(parts)):
        rule, optimiser = "@".join(parts[:at]).strip(), "@".join(parts[at:]).strip()
        if "/" in rule and ".py:" not in rule:
            continue  # this @ stands in a folder's name
        if not (rule and optimiser):
            raise BadInput(f"{text!r} cannot be read: expected rule@optimiser, such as fa@sgd[rate=0.1]")
        if len(parts) > at + 1 and "/" not in optimiser:  # a folder's name may hold an @
            raise BadInput(
                f"{text!r} has {len(parts) - at} @ after rule {rule!r}: expected one, as in fa@sgd[rate=0.1]"
            )
        return rule, optimiser
    return text, None


def parse(text: str) -> Spec:
    """The name and the options of `name[option=value,...]`. Raises `BadInput`.

    >>> from plausible.registry.specs import parse
    >>> parse("decay[inner=adam[rate=0.001],rate=1e-4]")
    Spec(name='decay', options={'inner': 'adam[rate=0.001]', 'rate': '1e-4'})
    >>> parse("./a [x]/my_rule.py:Mine[text='a,b]']").name
    './a [x]/my_rule.py:Mine'
    """
    name, inside = head(text)
    options: dict[str, str] = {}
    for part in [] if inside is None else options_in(inside, text):
        option, equals, value = (piece.strip() for piece in part.partition("="))
        if not (equals and option.isidentifier() and value):
            raise BadInput(f"{part!r} in {text!r} cannot be read: expected option=value")
        if option in options:
            raise BadInput(f"option {option} stands twice in {text!r}: expected once")
        options[option] = value
    return Spec(name, options)


def files_in(text: str) -> list[str]:
    """The files of a user's own that a spec names, itself or in its options, as they are written there."""
    files: list[str] = []

    def heard(file: str) -> str:
        files.append(file)
        return file

    refiled(unquoted(text.strip()), heard)
    return files


def task_file(text: str) -> Path | None:
    """The file of a task `arrays[file=...]`, as it is written there; None of any other text.

    >>> from plausible.registry.specs import task_file
    >>> task_file("arrays[file='/tasks/my own-0123456789ab.npz']").name, task_file("digits")
    ('my own-0123456789ab.npz', None)
    """
    if text.partition("[")[0].strip() != OF_ARRAYS:
        return None
    file = parse(text).options.get("file")
    return None if file is None else Path(unquoted(file))


def placed_task(text: str) -> str:
    """A task `arrays[file=...]` with the whole path of its file; any other text as it is.

    >>> from plausible.registry.specs import placed_task
    >>> placed_task("arrays[file=/tasks/mine.npz]"), placed_task("digits")
    ('arrays[file=/tasks/mine.npz]', 'digits')
    """
    file = task_file(text)
    if file is None or file.is_absolute() or str(file).startswith("~"):
        return text
    path = str(file.absolute())
    return str(Spec(OF_ARRAYS, {"file": path if UNQUOTED.fullmatch(path) else repr(path)}))


def refiled(text: str, change: Callable[[str], str]) -> str:
    """A spec in which `change` replaces the file of every FILE.py:Name, also inside of options.

    A text in quotes is a word, and stays as it is.

    >>> from plausible.registry.specs import refiled
    >>> refiled("decay[inner=./a.py:Mine[rate=1],names=(W1,W2)]", str.upper)
    'decay[inner=./A.PY:Mine[rate=1],names=(W1,W2)]'
    """
    if ".py:" not in text or is_quoted(text.strip()):
        return text
    for opening, closing in CLOSING.items():
        if is_group(text.strip(), opening):
            parts = apart(text.strip()[1:-1], ",", inside=True)
            return opening + ",".join(refiled(part, change) for part in parts) + closing
    try:
        name, inside = head(text)
    except BadInput:  # a value that is no spec
        return text
    file, colon, attribute = name.rpartition(":")
    if colon and file.endswith(".py"):
        name = f"{change(file)}:{attribute}"
    if inside is None:
        return name
    options = [part.partition("=") for part in apart(inside, ",", inside=True)]
    return (
        f"{name}[{','.join(option + equals + refiled(value, change) for option, equals, value in options)}]"
    )


def unquoted(text: str) -> str:
    """A text without its quotes, if it has any. Raises `BadInput` for an escape that Python does not know."""
    if not is_quoted(text):
        return text
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError) as error:
        raise BadInput(f"{text} cannot be read: expected a value in quotes, as in Python") from error


def guess(text: str) -> Any:
    """The value of a text whose receiver declares no kind.

    A Python literal, a distribution of weights or a way to settle, if `text` begins like one, or the text itself.

    Raises:
        BadInput: for a number that is not finite, or not in digits alone, and for arguments that cannot be used.
    """
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        name, bracket, _ = text.partition("(")
        if bracket and name in FORMS:
            return relaxation(text)
        return distribution(text) if name in INITS else text
    if not isinstance(value, str) and re.search("[0-9]_[0-9]", text):  # Python's way to write 10 as 1_0
        raise BadInput(f"{text!r} cannot be read: expected numbers in digits alone")
    if not all(map(finite, value if isinstance(value, tuple | list) else [value])):
        raise BadInput(f"{text!r} is out of range: expected numbers up to 1e308")
    return value


def finite(value: Any) -> bool:
    """Whether a literal is no number, or a finite one that fits into a float."""
    try:
        return not isinstance(value, int | float | complex) or math.isfinite(abs(value))
    except OverflowError:
        return False
