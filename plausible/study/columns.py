"""Options as columns: what stands in the brackets of rules and tasks, and in the settings of optimisers and weights.

In a long table `predictive-coding[variance=10,settling=euler(20,0.1)]` is the text of a run's rule. Its parts are
columns beside it, whose names begin with that of the text's column: `rule_name` is predictive-coding, `rule_variance`
10. An option with parts has columns for each: `rule_settling_name` is euler, `rule_settling_steps` 20. An optimiser, as
it prints, has columns as well, such as `optimiser_rate`. A column holds numbers where all of its values are numbers or
have parts, else texts. It is empty where an option is None, or where a run does not name it: only the code of that time
knows the default.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

import numpy as np
import pandas as pd

from plausible.errors import BadInput
from plausible.registry.brackets import apart
from plausible.registry.specs import guess
from plausible.study.work import NONE

# the columns that have parts
SOURCES = ("rule", "task", "optimiser", "activation", "init", "recurrent")
NAMED = ("rule", "task")  # those of them that have a column with the name even if no value has parts
NAME = "name"
CLOSING = {"]": "[", ")": "("}
Cell: TypeAlias = float | str


class HasSettings(Protocol):
    """A run, or what is known of one."""

    def settings(self) -> Mapping[str, str | int]: ...


class Whole(str):
    """A text whose parts are columns of their own."""


@lru_cache(4096)
def parts(text: str) -> Mapping[str, Cell]:
    """The parts of a text, by the names of their columns; {} for a text without any, such as `backprop`.

    >>> from plausible.study.columns import parts
    >>> dict(parts("predictive-coding[variance=10,settling=euler(20,0.1)]"))["settling_steps"]
    20
    >>> dict(parts("neurons=100,stdp=triplet"))
    {'neurons': 100, 'stdp': 'triplet'}
    >>> parts("SGD(rate=Cosine(start=0.1, steps=9, end=0.0), momentum=0.9)")["rate_start"]
    0.1
    """
    name, options = taken_apart(text)
    cells: dict[str, Cell] = {NAME: name} if name else {}
    for option, inside in options.items():
        within = parts(inside)
        if len(within) > (NAME in within):
            cells |= {f"{option}_{part}": cell for part, cell in within.items()}
            cells[option] = Whole(inside)
        elif inside != "None":
            cells[option] = number_or_text(inside)
    return MappingProxyType(cells)


def taken_apart(text: str) -> tuple[str, dict[str, str]]:
    """The name and the options of name[a=1] or Name(a=1); "" and the options of a=1,b=2 or (("a", 1),)."""
    text = text.strip()
    if text.startswith("("):
        return "", dict(pairs_in(text))
    if text[-1:] in CLOSING:
        name, inside = before_and_inside(text)
        first, equals, _ = name.partition("=")
        if name and not (equals and first.isidentifier()):
            return name, options_in(inside) or settings_of(text)
    first, equals, _ = text.partition("=")
    return ("", options_in(text)) if equals and first.isidentifier() else (text, {})


def before_and_inside(text: str) -> tuple[str, str]:
    """The texts before the last pair of brackets and inside it; a folder's name may have brackets, too."""
    closing = text[-1]
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += (text[place] == closing) - (text[place] == CLOSING[closing])
        if depth == 0:
            return text[:place], text[place + 1 : -1]
    return "", ""


def options_in(inside: str) -> dict[str, str]:
    """The texts of options by name. A part without a name continues the value before it; {} if the first has none."""
    try:
        texts = apart(inside, ",", inside=True)
    except BadInput:  # brackets without a partner, in a user's own text
        return {}
    options: dict[str, str] = {}
    name = ""
    for text in texts:
        head, equals, tail = text.partition("=")
        if equals and head.strip().isidentifier():
            name = head.strip()
            options[name] = tail.strip()
        elif name and "(" not in texts[0]:
            options[name] += f",{text}"
        else:
            return {}  # such as euler(20, 0.1, tolerance=1e-9): `settings_of` names its numbers
    return options


def pairs_in(text: str) -> Iterator[tuple[str, str]]:
    """The pairs of a tuple of pairs, each of a word and something else; nothing for any other text."""
    with suppress(BadInput):
        for pair in apart(text[1:-1], ",", inside=True):
            halves = apart(pair.strip()[1:-1], ",", inside=True) if pair.strip()[:1] == "(" else []
            if len(halves) == 2 and isinstance(word := number_or_text(halves[0]), str):
                yield word, halves[1].strip()


def settings_of(text: str) -> dict[str, str]:
    """The fields of the relaxation or the distribution that the suite reads a text as; {} for any other text."""
    with suppress(BadInput, TypeError):
        made = guess(text)
        if is_dataclass(made) and not isinstance(made, type):
            return {field.name: str(getattr(made, field.name)) for field in fields(made)}
    return {}


def number_or_text(text: str) -> Cell:
    """The number that a text is; else the text, without quotes."""
    with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
        literal: Any = ast.literal_eval(text)
        if isinstance(literal, str) or (isinstance(literal, int | float) and not isinstance(literal, bool)):
            return literal
    return text


def with_options(table: pd.DataFrame) -> pd.DataFrame:
    """A long table with the parts of its texts as columns. A column that it has already is not replaced."""
    columns = {
        name: column for source in SOURCES if source in table for name, column in columns_in(table, source)
    }
    return table.assign(**{name: column for name, column in columns.items() if name not in table})


def columns_in(table: pd.DataFrame, source: str) -> Iterator[tuple[str, pd.Series[Any]]]:
    """The parts of the texts in one column, each with its name."""
    codes, texts = pd.factorize(table[source])
    taken = [parts(text) if isinstance(text, str) else {} for text in texts]
    names = dict.fromkeys(part for each in taken for part in each)
    shorter = any(
        each and each[NAME] != text for each, text in zip(taken, texts, strict=True) if NAME in each
    )
    for part in names if source in NAMED or len(names) > 1 or shorter else ():
        whole = part.removesuffix(f"_{NAME}")  # a value without parts is its own name
        cells = [each.get(part, plain(each.get(whole)) if whole != part else None) for each in taken]
        yield f"{source}_{part}", column(cells, codes, table.index)


def plain(cell: Cell | None) -> Cell | None:
    """A cell as text, even if it is a number; None stays None."""
    return cell if isinstance(cell, str) else None


def column(cells: list[Cell | None], codes: np.ndarray, index: pd.Index[Any]) -> pd.Series[Any]:
    """A column of numbers, or of texts as categories; code -1 is an empty cell."""
    numeric = [cell for cell in cells if isinstance(cell, int | float)]
    if numeric and not any(isinstance(cell, str) and not isinstance(cell, Whole) for cell in cells):
        numbers = np.array(
            [*(cell if isinstance(cell, int | float) else np.nan for cell in cells), np.nan], float
        )
        return pd.Series(numbers[codes], index)
    texts = [None if cell is None else str(cell) for cell in cells]
    there = pd.Index([*dict.fromkeys(text for text in texts if text is not None)], dtype=object)
    places = np.array([*(-1 if text is None else there.get_loc(text) for text in texts), -1], np.int64)
    return pd.Series(pd.Categorical.from_codes(places[codes], there), index)


def described(table: pd.DataFrame, runs: Mapping[str, HasSettings]) -> pd.DataFrame:
    """A long table with columns of its runs, by their keys: the settings of each, and all options.

    A setting that a network lacks is "none". An experiment has options alone, and all its settings are "".
    """
    codes, keys = pd.factorize(table.key)
    settings = [runs[str(key)].settings() for key in keys]
    for name in dict.fromkeys(name for each in settings for name in each):
        numbers = any(not isinstance(each.get(name, ""), str) for each in settings)
        lacking: tuple[Cell | None, Cell | None] = (None, None) if numbers else ("", NONE)
        cells = [each.get(name, lacking[bool(each)]) for each in settings]
        table = table.assign(**{name: column(cells, codes, table.index)})
    return with_options(table)


def option(table: pd.DataFrame, name: str) -> pd.Series[Any]:
    """The column of an option, such as `rule_variance`: NaN where a run does not name it, and all over if none does."""
    if name not in table:
        source = name.partition("_")[0]
        table = with_options(table[[source]]) if source in table else table
    whole = name.removesuffix(f"_{NAME}")
    name = name if name in table else whole  # where no value has parts, each is its own name
    values = table[name] if name in table else pd.Series(np.nan, table.index, object)
    return values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values
