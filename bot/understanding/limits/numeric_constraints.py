"""Lengths and other numbers as hard limits: "under two hours", "metacritic over 80".

Owns how an amount and its side are said; which columns there are comes from the catalogue and
what they are called from the lexicon.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from collections.abc import Sequence

from bot.core import patterns
from bot.understanding.lexicon import Lexicon
from bot.understanding.limits.limit_words import NEGATION, NUMBER
from bot.understanding.sentences import left_of
from bot.understanding.stances.assertion import is_told
from bot.understanding.text import NUMBER_WORDS

_TIME_COLUMNS = ("runtime", "running_time", "duration", "length", "minutes", "playing_time")
_AROUND = 0.1
_AT_MOST = (
    r"(?:under|below|less than|no more than|not more than|at most|max|maximum|maximum of|max of|"
    r"up to|within|shorter than|not over|nothing over|not longer than|no longer than|nothing "
    r"longer than|nothing above|fewer than|lower than|not above|not exceeding|only have|"
    r"cheaper than|smaller than|inside)"
)
_AT_LEAST = (
    r"(?:over|above|more than|at least|at minimum|min|minimum|minimum of|longer than|no less than|"
    r"not less than|not under|nothing under|nothing below|nothing shorter than|no shorter than|"
    r"greater than|higher than|upwards of|not below)"
)
_ABOUT = r"(?:around|about|roughly|approximately|approx|some|circa|ish)"


def time_column(columns: Sequence[str]) -> str | None:
    """The column that says how long an item takes, by its name."""
    for name in _TIME_COLUMNS:
        for column in columns:
            if column == name or column == f"{name}_minutes" or column == f"{name}_min":
                return column
    return None


def with_digits(text: str) -> str:
    """Written numbers as digits where a measure or a count follows: ``two hours``."""

    def swap(match: patterns.Match[str]) -> str:
        tens = NUMBER_WORDS[match["tens"]]
        unit = match["unit"]
        return str(tens + (NUMBER_WORDS[unit] if unit else 0))

    names = "|".join(NUMBER_WORDS)
    units = "|".join(list(NUMBER_WORDS)[:9])
    text = patterns.sub(
        rf"\b(?P<tens>{names})(?:[ -](?P<unit>{units}))?(?= (?:§length|hours?|hrs?|minutes?|mins?|years?|and a half|1/2|h\b))",
        swap,
        text,
    )
    text = patterns.sub(
        r"\b(?:a )?hundred(?: and)? (\w+)(?= (?:minutes|mins))",
        lambda m: str(100 + NUMBER_WORDS.get(m[1], 0)),
        text,
    )
    return patterns.sub(r"\b(?:a|one) hundred\b", "100", text)


def read_lengths(text: str, found: dict[str, float], column: str) -> str:
    """`text` with lengths of time blanked out, their limits on `column` put into `found`."""
    text = patterns.sub(
        r"\b(\d+) ?(?:h|hr|hrs|hours?) ?(?:and )?(\d\d?) ?(?:m|min|mins|minutes?)?\b",
        _minutes,
        text,
    )
    text = patterns.sub(
        r"\b(\d+) (?:and a half|1/2|½) (?:hours?|hrs?)\b",
        lambda m: f"{int(m[1]) * 60 + 30} minutes",
        text,
    )
    text = patterns.sub(
        r"\b(\d+) (?:hours?|hrs?) and a half\b",
        lambda m: f"{int(m[1]) * 60 + 30} minutes",
        text,
    )
    text = patterns.sub(r"\b(?:an|one|1) (?:hour|hr) and a half\b", "90 minutes", text)
    text = patterns.sub(r"\bhalf an hour\b", "30 minutes", text)
    text = patterns.sub(
        rf"\b({NUMBER}) ?(?:hours?|hrs?|h)\b", lambda m: f"{float(m[1]) * 60:g} minutes", text
    )
    text = patterns.sub(r"\b(?:an|a) (?:hour|hr)\b", "60 minutes", text)
    minutes = rf"(?P<n>{NUMBER}) ?(?:minutes?|mins?|min)\b"
    return _number(text, minutes, column, found, bare_negation=True)


def _number(
    text: str,
    amount: str,
    column: str,
    found: dict[str, float],
    bare_negation: bool = False,
) -> str:
    """Limits of one column wherever `amount` (with a group ``n``) stands."""
    low, high = f"{column}_min", f"{column}_max"

    def value(match: patterns.Match[str]) -> float:
        number = float(match["n"])
        return int(number) if number.is_integer() else number

    def take(pattern: str, side: str) -> None:
        nonlocal text
        at, known = 0, patterns.compile(pattern)
        while match := known.search(text, at):
            at = match.start()
            if is_told(text, match.start(), match.end()):
                text = f"{text[: match.start()]}§length{text[match.end() :]}"
                continue
            flipped = bool(NEGATION.search(left_of(text, at)))
            target = side if not flipped else (high if side == low else low)
            found[target] = value(match)
            text = f"{text[: match.start()]}§length{text[match.end() :]}"

    if bare_negation:
        have = patterns.search(
            rf"\b(?:only have|have only|got|have|only got|have about) (?:about )?{amount}", text
        )
        if have:
            found[high] = value(have)
            text = f"{text[: have.start()]}§length{text[have.end() :]}"
    between = patterns.search(
        rf"(?:between )?(?P<a>{NUMBER})(?: minutes)? ?(?:and|to|-) ?{amount}", text
    )
    if between and between["a"]:
        found[low], found[high] = float(between["a"]), value(between)
        text = f"{text[: between.start()]}§length{text[between.end() :]}"
    take(rf"\b{_AT_MOST} {amount}", high)
    take(rf"\b{_AT_LEAST} {amount}", low)
    take(rf"\b{amount} ?(?:or|and) (?:less|under|shorter|below|fewer)", high)
    take(rf"\b{amount} ?(?:or|and) (?:more|over|longer|above|up)", low)
    take(rf"\b{amount} ?(?:max|maximum|tops|at most|limit|at the most)", high)
    take(rf"\b{amount} ?(?:min|minimum|at least)", low)
    around = patterns.search(rf"\b{_ABOUT} {amount}", text) or patterns.search(
        rf"\b{amount} ?(?:ish|or so|long)", text
    )
    if around:
        number = value(around)
        found[low] = round(number * (1 - _AROUND))
        found[high] = round(number * (1 + _AROUND))
        text = f"{text[: around.start()]}§length{text[around.end() :]}"
    return text


def read_columns(
    text: str,
    found: dict[str, float],
    columns: Sequence[str],
    time: str | None,
    lexicon: Lexicon,
) -> str:
    """``<column> under N`` and ``under N <column>`` of any numeric column."""
    for column in columns:
        names = {column.replace("_", " "), *lexicon.measures.get(column, ())}
        if column == time:
            names -= {"minutes", "hours"}
        for name in sorted(names, key=lambda entry: -len(entry)):
            said = patterns.escape(name)
            for cue, side in ((_AT_MOST, "max"), (_AT_LEAST, "min")):
                match = patterns.search(
                    rf"\b{said}s?(?: is| of| rating| score)? {cue} (?P<n>{NUMBER})|"
                    rf"\b{cue} (?P<m>{NUMBER}) {said}s?\b",
                    text,
                )
                if match:
                    number = float(match["n"] or match["m"])
                    found[f"{column}_{side}"] = number
                    text = f"{text[: match.start()]}§length{text[match.end() :]}"
    return text


def _minutes(match: patterns.Match[str]) -> str:
    return f"{int(match[1]) * 60 + int(match[2])} minutes"
