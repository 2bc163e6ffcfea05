"""Values as the text that `plausible.registry.values` reads as the same value again."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from plausible.errors import BadInput, in_one_line, plain
from plausible.networks.activations import Activation
from plausible.networks.outputs import Output
from plausible.registry.brackets import apart
from plausible.registry.encoding import encode
from plausible.registry.names import is_in_file, name_of
from plausible.registry.session import is_in_session
from plausible.registry.specs import guess
from plausible.settling.relaxation import Relaxation

WORD = re.compile(r"[A-Za-z_*?][\w.*?-]*")
NO_WORDS = ("true", "false", "none")  # words that a receiver may read as a value


def written(value: Any, without: Collection[str] = ()) -> str:
    """The text of a number, a word, a tuple, a list, or of anything that has a registered name or is in a file.

    Options that are as the class has them by itself are left out, and those of its fields that are named in `without`.

    Raises:
        BadInput: for a value that has no name by which it could be read again.

    >>> from plausible.optimise.adam import Adam
    >>> from plausible.optimise.wrappers import Decay
    >>> from plausible.registry.written import written
    >>> written(Decay(Adam(0.01), 0.001))
    'decay[inner=adam[rate=0.01],rate=0.001]'
    """
    value = plain(value)
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        return value if is_word(value) else repr(value)
    if isinstance(value, tuple | list):
        inside = ",".join(map(written, value)) + "," * (len(value) == 1)
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if isinstance(value, Relaxation):  # a relaxation prints as it is read
        return repr(value)
    if isinstance(value, Activation):
        return str(encode(value)["activation"])
    if isinstance(value, Output):
        name = encode(value)["output"]
        return f"{name}[reduction={value.reduction}]" if value.reduction != "mean" else str(name)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise BadInput(
            f"{in_one_line(value)} cannot be written on a command line: expected numbers, words and dataclasses"
        )
    name = name_of(type(value))
    name = name if is_in_file(name) or is_in_session(name) else name.rpartition(":")[2]
    options = {
        field.name: getattr(value, field.name)
        for field in dataclasses.fields(value)
        if field.init
        and field.name not in without
        and not is_same(getattr(value, field.name), default_of(field))
    }
    text = name + (f"[{','.join(f'{n}={written(v)}' for n, v in options.items())}]" if options else "")
    return text if is_one_piece(text) else repr(text)


def is_word(text: str) -> bool:
    """Whether a text stands for itself, whoever reads it: without quotes, brackets, commas or a number."""
    with suppress(BadInput):
        return bool(WORD.fullmatch(text)) and text.lower() not in NO_WORDS and guess(text) == text
    return False


def is_one_piece(text: str) -> bool:
    """Whether a text among others is told from them: its brackets are in pairs, and its commas inside of them."""
    with suppress(BadInput):
        return len(apart(text, ",", inside=True)) == 1
    return False


def is_same(value: Any, default: Any) -> bool:
    """Whether a value is equal to a default; False if that cannot be told, as of arrays."""
    try:
        return bool(value == default)
    except ValueError:
        return False


def default_of(field: dataclasses.Field[Any]) -> Any:
    """The default of a field; `MISSING` without one."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default
