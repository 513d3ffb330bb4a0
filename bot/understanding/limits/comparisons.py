"""Limits by comparison ("older", "shorter", "less known") and by the lexicon's phrases ("recent").

Comparisons are taken against what was shown last, or against what the message itself names.
Years and amounts said in figures are left to `years` and `numeric_constraints`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.understanding.lexicon import Lexicon
from bot.understanding.limits.limit_words import NEGATION
from bot.understanding.sentences import left_of
from bot.understanding.stances.assertion import is_told

_NEWEST = 3  # "newer" never asks for less than the newest years
_NEWER, _OLDER = 14, 20  # years before the newest, where there is nothing to compare with

# "I am not that old", "my kids are not too old": of people, not of what is asked for.
_OF_PEOPLE = patterns.compile(
    r"\b(?:i am|im|we are|you are|he is|she is|who is|who are|"
    r"(?:kids?|children|sons?|daughters?|parents|nephews?|nieces?) (?:is|are)) $"
)


class ComparisonReader:
    """Reads comparisons and the lexicon's phrases for one catalogue's numeric columns."""

    def __init__(
        self, catalogue: Catalogue, lexicon: Lexicon, columns: Sequence[str], newest: int | None
    ) -> None:
        self._catalogue = catalogue
        self._newest = newest
        self._phrases = [
            (phrase, rule)
            for rule in lexicon.constraints
            for phrase in rule.phrases
            if all(name.rpartition("_")[0] in ("year", *columns) for name in rule.limits)
        ]
        self._phrases.sort(key=lambda entry: -len(entry[0]))
        self._comparatives = {"older": ("year", "max"), "newer": ("year", "min")}
        self._comparatives.update(
            {
                phrase: target
                for phrase, target in lexicon.comparatives.items()
                if target[0] in ("year", *columns)
                or (target[0] == "popularity" and _known(catalogue, "popularity"))
            }
        )

    def compare(
        self, text: str, found: dict[str, float], shown: Sequence[str], named: Sequence[str]
    ) -> bool:
        """Put the limits of comparisons into `found`; whether anything was compared.

        `shown` are the ids suggested last, `named` those that the message refers to.
        """
        compared = False
        for phrase, (column, side) in self._comparatives.items():
            match = _whole(phrase, text)
            if match is None or not self._compares(text, match.start(), match.end(), phrase):
                continue
            negative = bool(NEGATION.search(left_of(text, match.start())))
            if phrase.startswith("too ") and (not shown or named):
                continue  # said of an item, or of nothing that was suggested
            than = patterns.match(
                r" than (?:the )?(?:§(?!year|length)|that|this|it|those|these|both|them)",
                text[match.end() :],
            )
            anchors = list(named) if than and named else list(shown or ())
            if not than and named and not shown:
                anchors = []
            value = self._against(column, side, anchors)
            name = f"{column}_{side}"
            compared = True
            if negative:
                continue
            if value is None and column == "year":
                value = self._without_anchor(side)
            if value is not None and name not in found:
                found[name] = value
        return compared

    def _compares(self, text: str, start: int, end: int, phrase: str) -> bool:
        """Whether a comparative asks for other items: not "older kids", "his older films"."""
        before, after = left_of(text, start), text[end:]
        if phrase.startswith("too "):
            return True
        if not patterns.match(
            r"$| (?:[,;.!]|§noun|§\d|ones?\b|than\b|please|but\b|and\b|or\b|though|if\b|from\b|thanks?|then|stuff|please|"
            r"suggestions?|options?|titles?|one\b|also|too|instead|with\b|like\b|that\b|would|is fine|now$|for\b|in\b)",
            after,
        ):
            return False
        if patterns.search(
            r"\b(?:my|his|her|their|our|your|the|an|a lot of|of the|seen|saw)(?: (?:little|bit))? $",
            before,
        ):
            return bool(
                patterns.match(r" (?:ones?|§noun)(?: please)?$", after)
            ) and not patterns.search(r"\b(?:seen|saw|my|his|her|their)\b", before)
        if patterns.search(r"\b(?:is|was|were|are) , (?:an? (?:little|bit) )?$", before):
            return False
        return not is_told(text, start, end, vague=True)

    def _without_anchor(self, side: str) -> float | None:
        """*Something older*, before anything was shown: a wide limit."""
        if self._newest is None:
            return None
        return float(self._newest - _NEWER if side == "min" else self._newest - _OLDER)

    def _against(self, column: str, side: str, ids: Sequence[str]) -> float | None:
        numbers = self._catalogue.numbers(column)
        rows = []
        for item_id in ids:
            try:
                rows.append(self._catalogue.row(item_id))
            except KeyError:
                continue
        known = numbers[rows] if rows else np.array([], dtype=np.float32)
        known = known[~np.isnan(known)]
        if not known.size:
            return None
        middle = float(np.median(known))
        if column == "popularity":
            return float(known.min()) * 0.999 if side == "max" else middle
        if side == "max":
            return middle - 1
        if column == "year" and self._newest is not None:
            return min(middle + 1, float(self._newest - _NEWEST))
        return middle + 1

    def by_phrase(self, text: str, found: dict[str, float]) -> None:
        """Put the limits of the lexicon's phrases ("recent", "not too long") into `found`."""
        done: set[str] = set()
        for phrase, rule in self._phrases:
            match = _whole(phrase, text)
            if match is None or not self._asked(text, match.start(), match.end(), phrase):
                continue
            if is_told(text, match.start(), match.end(), vague=True):
                continue
            text = f"{text[: match.start()]}§phrase{text[match.end() :]}"
            negative = bool(
                NEGATION.search(left_of(text, match.start()))
            ) and not phrase.startswith("not")
            limits = dict(rule.limits)
            if rule.years_back is not None and self._newest is not None:
                limits["year_min"] = float(self._newest - rule.years_back)
            for name, value in limits.items():
                stem, _, side = name.rpartition("_")
                if stem in done:
                    continue
                done.add(stem)
                if negative:
                    opposite = f"{stem}_{'min' if side == 'max' else 'max'}"
                    if opposite not in found and f"{stem}_{side}" not in found:
                        found[opposite] = value + (1 if side == "max" else -1)
                elif name not in found and not any(
                    f"{stem}_{end}" in found for end in ("min", "max")
                ):
                    found[name] = value

    def _asked(self, text: str, start: int, end: int, phrase: str) -> bool:
        """Whether an adjective describes what is asked for, not something said in passing."""
        if " " in phrase:
            return not _OF_PEOPLE.search(text[:start])
        before, after = text[:start].split(), text[end:].split()
        following = after[0] if after else ""
        plain = following != "§noun" and not following.startswith("§")
        in_passing = patterns.search(
            r"\b(?:how|so|as|too|a|that|been|very|for|all|year|years|days|day|my|his|her|your|good|same|not) $",
            text[:start],
        )
        refused = patterns.search(
            r"\b(?:nothing|not|anything|something) (?:too |very |so )$", text[:start]
        )
        if plain and in_passing and not refused:
            return False
        if before[-1:] in (["too"], ["very"], ["super"], ["so"], ["really"]) and before[
            -2:-1
        ] not in (["nothing"], ["not"], ["anything"], ["something"]):
            return False
        if following == "§noun" or (following.startswith("§") and following != "§length"):
            # "a new comedy", "old films"; but "I saw the new §0" names one.
            return not patterns.search(
                r"\b(?:the|that|this|my|saw|seen|watched) (?:\w+ )?$", text[:start]
            ) or bool(
                patterns.search(
                    r"\b(?:like|love|enjoy|prefer|into|want|recommend) the (?:\w+ )?$", text[:start]
                )
            )
        if patterns.search(
            r"\b(?:something|anything|nothing|some|any|ones?|prefer|rather|only|stuff|somewhat|more|want|bit|bit more|fairly|pretty)(?: (?:too|very|really|that is|kind of|kinda|fairly|pretty|a bit|quite|super))* $",
            text[:start],
        ):
            return following not in ("to", "for", "from", "like") or following == "from"
        return len(before) <= 1 and len(after) <= 1


def _whole(phrase: str, text: str) -> patterns.Match[str] | None:
    """The first place where `phrase` stands in `text` as words of its own."""
    if phrase not in text:  # most are not, and this is told faster
        return None
    return patterns.search(rf"(?:^|(?<= )){patterns.escape(phrase)}(?= |$)", text)


def _known(catalogue: Catalogue, column: str) -> bool:
    return not bool(np.isnan(catalogue.numbers(column)).all())
