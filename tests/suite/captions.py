"""What figures and studies say of their networks, held against the columns of the committed tables.

A table has the activation, the start, the sizes and the task of every run, as the run had them. A caption, a title or a
docstring that names one of them names one that is there. Where a study measures by functions of its own, a column is
empty, and what such a function makes is not known of the table: then only the columns that are full are held to.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pandas as pd

from plausible.plotting import committed

UNITS = {  # the words for a unit, by the activation's name
    "relu": r"(?<!leaky )\brectified\b|\brelu\b",
    "leaky-relu": r"\bleaky (?:rectified|relu)\b",
    "tanh": r"\btanh\b",
    "logistic": r"\blogistic\b(?! outputs?\b)",  # an output is not in every table
    "softplus": r"\bsoftplus\b",
    "hard-sigmoid": r"\bhard.sigmoid\b",
    "elu": r"\belu\b",
}
STARTS = {  # the words for a distribution, by its class
    "He": r"\bHe's\b",
    "Glorot": r"\bGlorot(?:'s)?\b|\bXavier(?:'s)?\b",
    "Orthogonal": r"\borthogonal (?:start|weights|matrices)\b",
    "Uniform": r"\bthe default start\b",
}
TASKS = {"mnist": r"(?<!fashion-)\bmnist\b", "digits": r"\bdigits\b", "fashion-mnist": r"\bfashion-mnist\b"}
SIZES = r"(?<![-\d.×])\d+(?:-\d+)+(?= (?:(?:rectified|tanh|logistic|relu|hidden) )*units\b|,| \()"


def columns(table: pd.DataFrame, *names: str) -> set[str]:
    """The values of some columns; empty where a run has none, as then the table does not tell."""
    found: set[str] = set()
    for name in names:
        values = [] if name not in table else [*table[name].astype(object).fillna("").unique()]
        if not all(values):
            return set()
        found |= {*map(str, values)}
    return found


def unlike(text: str, words: dict[str, str], there: set[str]) -> list[str]:
    """The names whose words stand in a text, and which are not there; nothing where nothing is known."""
    if not there:
        return []
    return [name for name, word in words.items() if re.search(word, text, re.I) and name not in there]


def misnamed(text: str, table: pd.DataFrame) -> list[str]:
    """What a text says of networks that the table does not say."""
    activations = columns(table, "activation")
    outputs = {each.partition("[")[0].removesuffix("-squared") for each in columns(table, "output")}
    wrong = unlike(text, UNITS, activations and activations | outputs)
    wrong += unlike(text, STARTS, {each.partition("(")[0] for each in columns(table, "init")})
    return wrong


def sizes(text: str, table: pd.DataFrame) -> list[str]:
    """The sizes of layers in a text, such as 64-32, which no network of the table has."""
    there = columns(table, "hidden")
    found = re.findall(SIZES, text) if there else []
    return [one for one in found if not any(one == each or f"-{each}-" in one for each in there)]


def tasks(text: str, table: pd.DataFrame) -> list[str]:
    """The data that a text names, and that no task of the table is made of; a part of MNIST is MNIST."""
    there = columns(table, "task_name") if columns(table, "activation") else set()
    made = {"mnist-part": "mnist", "few-images": "mnist", "completion": "digits"}
    return unlike(text, TASKS, {made.get(each, each) for each in there})


def told(path: Path) -> str:
    """The docstrings of a file, and the texts of more than one word that it writes."""
    parsed = ast.parse(path.read_text(encoding="utf-8"))
    found = (node.value for node in ast.walk(parsed) if isinstance(node, ast.Constant))
    texts = [text for text in found if isinstance(text, str) and " " in text]  # one word is a name
    return " ".join(" ".join(text.split()) for text in texts)


@cache
def table_of(name: str) -> pd.DataFrame:
    """The table that a figure draws, as it is committed."""
    return pd.read_parquet(committed.drawable()[name])
