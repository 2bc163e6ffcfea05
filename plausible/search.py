"""Where settings are looked for: declared by rules and optimisers beside their fields, as `search`."""

from __future__ import annotations

from dataclasses import dataclass

from plausible.errors import require, require_number


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, on a logarithmic scale unless told otherwise.

    `form` is how a number is written as an option: "uniform({})" searches over the scale of a distribution.

    >>> from plausible.search import Range
    >>> Range(1e-3, 1.0).option(0.0123456)
    '0.01235'
    >>> Range(0.01, 1.0, form="uniform({})").option(0.5)
    'uniform(0.5)'
    """

    low: float
    high: float
    log: bool = True
    form: str = "{}"

    def __post_init__(self) -> None:
        require_number("the lower end of a search", self.low, open_low=self.log)
        require_number("the upper end of a search", self.high, self.low)
        require("{}" in self.form, "the form of a search", self.form, "a text with {} for the number")

    def option(self, value: float) -> str:
        """A number as it stands in a spec, to four digits."""
        return self.form.format(f"{value:.4g}")
