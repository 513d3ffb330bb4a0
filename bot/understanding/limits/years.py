"""Years and decades as hard limits: "before 1990", "the late eighties", "the last ten years".

Owns the ways to say when; leaves comparisons ("older") to `comparisons` and words such as
"recent" to the lexicon.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from collections.abc import Callable

from bot.core import patterns
from bot.understanding.limits.limit_words import NEGATION, YEAR
from bot.understanding.sentences import left_of
from bot.understanding.stances.assertion import is_told

_FAR_OFF = 2040  # a number from here on is no year by itself
_DECADE_WORDS = {
    "twenties": 20, "thirties": 30, "forties": 40, "fourties": 40, "fifties": 50, "sixties": 60,
    "seventies": 70, "eighties": 80, "nineties": 90, "noughties": 0, "two thousands": 0,
}  # fmt: skip
_BORN = patterns.compile(
    rf"\b(?:born|born in|from|i am from|birth year|born back in)(?: (?:in|the year))? (?P<y>{YEAR})\b"
)
_THAN_ME = patterns.compile(
    r"\b(?P<how>older|newer|younger|earlier|later) than (?:me|i am|myself|i)\b"
)


_DECADE = (
    r"(?:(?:the )?(?:(?:early|mid|late) )?(?:(?P<d{0}>(?:19|20)\d0) ?s|(?P<s{0}>\d0) ?s|(?P<w{0}>"
    + "|".join(_DECADE_WORDS)
    + r"))\b)"
)
_ONE_DECADE = _DECADE.format(0)
_TWO_DECADES = _DECADE.format(0) + r" ?(?:,|and|or|to|through|-|–|/|until) ?" + _DECADE.format(1)
_SPAN = rf"(?P<a>{YEAR}) ?(?:,|and|to|through|till|until|-|–) ?(?P<b>{YEAR})"
_ONE_YEAR = rf"(?:the year |year )?(?P<y>{YEAR})"

Match = patterns.Match[str]
Bounds = tuple[int | None, int | None]
"""The first and the last year that a limit lets through; None where it has no such end."""


def _start_of(match: Match, number: int, newest: int) -> int:
    groups = match.groupdict()
    if groups.get(f"d{number}"):
        return int(groups[f"d{number}"])
    digits = groups.get(f"s{number}")
    two = int(digits) if digits else _DECADE_WORDS[str(groups[f"w{number}"])]
    return (2000 if two <= 20 and 2000 + two <= newest else 1900) + two


def _decade_range(match: Match, newest: int) -> Bounds:
    begin = _start_of(match, 0, newest)
    words = match.group(0).split()
    if "early" in words:
        return begin, begin + 4
    if "mid" in words:
        return begin + 3, begin + 7
    if "late" in words:
        return begin + 5, begin + 9
    return begin, begin + 9


_WAYS: tuple[tuple[str, Callable[[Match, int], Bounds]], ...] = (
    (
        _TWO_DECADES,
        lambda m, newest: (
            min(_start_of(m, 0, newest), _start_of(m, 1, newest)),
            max(_start_of(m, 0, newest), _start_of(m, 1, newest)) + 9,
        ),
    ),
    (
        rf"(?:before|pre|earlier than|older than|prior to) ?{_ONE_DECADE}",
        lambda m, newest: (None, _start_of(m, 0, newest) - 1),
    ),
    (
        rf"(?:after|post|later than|newer than) ?{_ONE_DECADE}",
        lambda m, newest: (_start_of(m, 0, newest) + 10, None),
    ),
    (
        rf"(?:since|from) {_ONE_DECADE} (?:on|onwards?|or (?:later|newer)|and (?:later|newer|up))",
        lambda m, newest: (_start_of(m, 0, newest), None),
    ),
    (rf"since {_ONE_DECADE}", lambda m, newest: (_start_of(m, 0, newest), None)),
    (
        rf"{_ONE_DECADE} (?:on|onwards?|or (?:later|newer)|and (?:later|newer|up|beyond))",
        lambda m, newest: (_start_of(m, 0, newest), None),
    ),
    (
        rf"{_ONE_DECADE} (?:or|and) (?:earlier|older|before)",
        lambda m, newest: (None, _start_of(m, 0, newest) + 9),
    ),
    (_ONE_DECADE, _decade_range),
    (
        rf"(?:between |from )?{_SPAN}",
        lambda m, newest: (min(int(m["a"]), int(m["b"])), max(int(m["a"]), int(m["b"]))),
    ),
    (
        rf"(?:not|no|nothing) (?:older|earlier|before)(?: than)? {_ONE_YEAR}",
        lambda m, newest: (int(m["y"]), None),
    ),
    (
        rf"(?:not|no|nothing) (?:newer|later|after|past)(?: than)? {_ONE_YEAR}",
        lambda m, newest: (None, int(m["y"])),
    ),
    (
        rf"(?:before|prior to|older than|earlier than|pre) {_ONE_YEAR}",
        lambda m, newest: (None, int(m["y"]) - 1),
    ),
    (
        rf"(?:after|newer than|later than|post|past|more recent than) {_ONE_YEAR}",
        lambda m, newest: (int(m["y"]) + 1, None),
    ),
    (
        rf"(?:since|starting (?:in|from)|no earlier than|at least) {_ONE_YEAR}",
        lambda m, newest: (int(m["y"]), None),
    ),
    (rf"(?:up to|until|till|no later than|by) {_ONE_YEAR}", lambda m, newest: (None, int(m["y"]))),
    (
        rf"(?:from )?{_ONE_YEAR} ?(?:on|onwards?|or (?:later|newer|after)|and (?:later|newer|up|after|onwards?|beyond)|\+)(?= |$)",
        lambda m, newest: (int(m["y"]), None),
    ),
    (rf"{_ONE_YEAR} (?:or|and) (?:earlier|older|before)", lambda m, newest: (None, int(m["y"]))),
    (rf"(?:around|about|circa) {_ONE_YEAR}", lambda m, newest: (int(m["y"]) - 2, int(m["y"]) + 2)),
    (
        r"(?:from |in |of |over |within )?(?:the )?(?:last|past) (?P<n>\d+) years?",
        lambda m, newest: (newest - int(m["n"]) + 1, None),
    ),
    (
        r"(?:not|no|nothing) (?:older|more) than (?P<n>\d+) years(?: old| ago)?",
        lambda m, newest: (newest - int(m["n"]), None),
    ),
    (
        r"(?:older than|more than|over) (?P<n>\d+) years(?: old| ago)",
        lambda m, newest: (None, newest - int(m["n"])),
    ),
    (
        r"(?:from |in |of |over )?(?:the )?(?:last|past) (?:few|couple(?: of)?) years?",
        lambda m, newest: (newest - 4, None),
    ),
    (
        r"(?:from |in |of )?(?:the )?(?:last|past) decade",
        lambda m, newest: (newest - 9, None),
    ),
    (r"(?:from |in )?(?:the )?(?:21st|this) century", lambda m, newest: (2000, None)),
    (r"(?:from |in )?(?:the )?(?:20th|last) century", lambda m, newest: (None, 1999)),
    (
        rf"(?<![\d§$£€]){_ONE_YEAR}(?! ?(?:[\d$£€]|percent|times|minutes))",
        lambda m, newest: (int(m["y"]), int(m["y"])) if int(m["y"]) < _FAR_OFF else (None, None),
    ),
)
"""The ways to say when, with the years meant; the first that reads a passage counts."""


def read_years(text: str, found: dict[str, float], newest: int) -> str:
    """`text` with years and decades blanked out, their limits put into `found`.

    `newest` is the catalogue's latest year, from which "the last ten years" count.
    """
    ranges: list[tuple[int, int]] = []
    for pattern, bounds_of in _WAYS:
        at, known = 0, patterns.compile(pattern)
        while match := known.search(text, at):
            at = match.start()
            if not is_told(text, match.start(), match.end()):
                low, high = bounds_of(match, newest)
                if NEGATION.search(left_of(text, match.start())):
                    low, high = _all_but(low, high)
                    _narrow(found, low, high)
                elif low is not None and high is not None:
                    ranges.append((low, high))
                else:
                    _narrow(found, low, high)
            text = f"{text[: match.start()]}§year{text[match.end() :]}"
    if ranges:  # "the 80s, maybe the 90s": one or the other will do
        wide = float(min(low for low, _ in ranges)), float(max(high for _, high in ranges))
        bounded = (
            max(wide[0], found.get("year_min", wide[0])),
            min(wide[1], found.get("year_max", wide[1])),
        )
        found["year_min"], found["year_max"] = bounded if bounded[0] <= bounded[1] else wide
    return text


def _all_but(low: int | None, high: int | None) -> Bounds:
    """What a refused limit leaves; nothing where years on both sides of it are left."""
    if low is not None and high is None:
        return None, low - 1
    if low is None and high is not None:
        return high + 1, None
    return None, None


def _narrow(found: dict[str, float], low: int | None, high: int | None) -> None:
    if low is not None:
        found["year_min"] = max(low, found.get("year_min", low))
    if high is not None:
        found["year_max"] = min(high, found.get("year_max", high))


def read_born(text: str, found: dict[str, float], newest: int | None) -> str:
    """*Older than me, born 1985*: a limit only with the year."""
    than, born = _THAN_ME.search(text), _BORN.search(text)
    if than is None:
        return _BORN.sub("born", text) if born and "born" in born[0] else text
    if born is not None and newest is not None:
        year = int(born["y"])
        if than["how"] in ("older", "earlier"):
            found["year_max"] = year - 1
        else:
            found["year_min"] = year + 1
    return _THAN_ME.sub("that", _BORN.sub("born", text))
