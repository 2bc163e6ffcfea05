"""Names of a user's own classes, as short as they can be told apart where they stand side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from plausible.registry.brackets import IN_A_TABLE, begins_with_options


def shortest(labels: Iterable[str]) -> dict[str, str]:
    """The short names of labels that stand side by side: of a user's class its name alone, where no other has it.

    Two classes of one name are told apart by their files, as in `rule:Rule`; two such names that are alike, by the
    whole label. A label is that of `plausible.registry.registry.label`, with `@` and an optimiser where a comparison
    gave the rule an optimiser of its own.

    >>> from plausible.printing.names import shortest
    >>> shortest(["backprop", "mine/rule:Mine", "yours/rule:Yours[scale=2]"])["mine/rule:Mine"]
    'Mine'
    """
    whole = list(dict.fromkeys(labels))
    short_names = {label: label for label in whole}
    for parts in (2, 1):  # file:Name, then Name
        shorter = {label: without_place(label, parts) for label in whole}
        counts = Counter(shorter.values())
        short_names |= {label: short for label, short in shorter.items() if counts[short] == 1}
    return short_names


def without_place(label: str, parts: int) -> str:
    """A label's last parts: of `folder/file:Name[options]`, `Name[options]` or `file:Name[options]`."""
    in_a_file = None if begins_with_options(label) else IN_A_TABLE.search(label)
    if in_a_file and "@" not in label[: in_a_file.start()]:  # its folder's name may have brackets
        end = in_a_file.end()
    else:
        end = min((label.index(mark) for mark in "[@" if mark in label), default=len(label))
    place, colon, last = label[:end].rpartition(":")
    if parts == 2:
        last = f"{place.rpartition('/')[2]}{colon}{last}"
    return last + label[end:]
