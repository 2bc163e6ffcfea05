"""The parts of a rule's label in tables."""

from __future__ import annotations

from contextlib import suppress

from plausible.errors import BadInput
from plausible.registry import names, registry
from plausible.registry.brackets import apart


def plain_rule(label: str) -> str:
    """A rule's label without the optimiser of its own that a comparison gave it. A folder's name may hold an @.

    >>> from plausible.report.labels import plain_rule
    >>> plain_rule("mine/rule:Rule@adam"), plain_rule("fa@a@b/own:Own"), plain_rule("me@home/rule:Rule")
    ('mine/rule:Rule', 'fa', 'me@home/rule:Rule')
    """
    parts = apart(label, "@")
    heads = ["@".join(parts[:at]) for at in range(1, len(parts))]
    whole = [rule for rule in heads if is_a_rule(names.named(rule))]
    if whole or "/" not in label:
        return whole[0] if whole else heads[0] if heads else label
    return label


def is_a_rule(name: str) -> bool:
    """Whether a name in tables is a rule's, and not half of a folder's: file:Name, or registered."""
    file, _, attribute = name.rpartition(":")
    if file and attribute.isidentifier():
        return True
    with suppress(BadInput):
        return bool(registry.full_name("rule", name))
    return False
