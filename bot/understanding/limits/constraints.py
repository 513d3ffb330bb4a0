"""Hard limits a message sets or lifts: years and decades, lengths, any numeric column.

Owns their order and what is no limit at all ("part of 2015", "old or new"); leaves each kind to
`years`, `numeric_constraints`, `comparisons` and `relaxed_constraints`. Works on the message with mentions blanked out,
so that the numbers in titles set no limits. Which limits last beyond the conversation is decided
in `understander`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.understanding.lexicon import Lexicon
from bot.understanding.limits.comparisons import ComparisonReader
from bot.understanding.limits.limit_words import YEAR
from bot.understanding.limits.numeric_constraints import (
    read_columns,
    read_lengths,
    time_column,
    with_digits,
)
from bot.understanding.limits.relaxed_constraints import lifted
from bot.understanding.limits.years import read_born, read_years

# "the 1982 remake" is one of a kind that is known already.
_POINTED_AT = patterns.compile(
    rf"\bthe (?:original |old |new |\w+ )?{YEAR} (?:one|version|remake|original|cut|adaptation)\b|"
    rf"\b(?:the|a) (?:one|version|remake|original|adaptation) (?:from|of|in|made in|that came out in) {YEAR}|"
    rf"\b(?:happy|merry) {YEAR}|\b(?:\d0s) (?:baby|kid|child|party)\b|\bpart (?:of )?{YEAR}"
)
_EITHER_AGE = patterns.compile(
    r"\b(?:old|older|new|newer|recent|modern)(?: §noun| ones)? (?:or|and|,|/)(?: the)? (?:old|older|new|newer|recent|modern)\b"
)


@dataclass(frozen=True, slots=True)
class StatedLimits:
    """Constraints by name, the names lifted, and whether a comparison was asked for."""

    constraints: Mapping[str, float] = field(default_factory=dict)
    relaxed: tuple[str, ...] = ()
    compared: bool = False


class ConstraintReader:
    """Reads limits for one catalogue's numeric columns."""

    def __init__(self, catalogue: Catalogue, lexicon: Lexicon):
        self._lexicon = lexicon
        years = catalogue.numbers("year")
        known = years[~np.isnan(years)]
        self._newest = int(known.max()) if known.size else None
        self._columns = [
            name for name, column in catalogue.columns.items() if column.numeric and name != "year"
        ]
        self._time = time_column(self._columns) or lexicon.time_column
        self._comparisons = ComparisonReader(catalogue, lexicon, self._columns, self._newest)

    def read(self, text: str, compared_to: Sequence[str], named: Sequence[str]) -> StatedLimits:
        """Limits in `text` (expanded words, mentions as ``§0``).

        `compared_to` are ids shown last, `named` those this message refers to.
        """
        text = _EITHER_AGE.sub("any age", _POINTED_AT.sub("that one", with_digits(text)))
        found: dict[str, float] = {}
        relaxed = lifted(text, self._columns, self._lexicon)
        text = read_born(text, found, self._newest)
        if self._time is not None:
            text = read_lengths(text, found, self._time)
        if self._newest is not None:
            text = read_years(text, found, self._newest)
        text = read_columns(text, found, self._columns, self._time, self._lexicon)
        compared = self._comparisons.compare(text, found, compared_to, named)
        self._comparisons.by_phrase(text, found)
        return StatedLimits(
            {name: value for name, value in found.items() if name not in relaxed},
            relaxed,
            compared,
        )
