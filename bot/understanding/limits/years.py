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


def read_years(text: str, found: dict[str, float], newest: int) -> str:
    """`text` with years and decades blanked out, their limits put into `found`.

    `newest` is the catalogue's latest year, from which "the last ten years" count.
    """
    ranges: list[tuple[int, int]] = []

    def limit(low: int | None, high: int | None, negative: bool) -> None:
        if low is not None and high is not None and not negative:
            ranges.append((low, high))
            return
        if negative:
            if low is not None and high is None:
                high = low - 1
                low = None
            elif low is None and high is not None:
                low = high + 1
                high = None
            else:
                return
        if low is not None:
            found["year_min"] = max(low, found.get("year_min", low))
        if high is not None:
            found["year_max"] = min(high, found.get("year_max", high))

    def negated(start: int, up_to: str) -> bool:
        return bool(NEGATION.search(left_of(up_to, start)))

    def use(
        pattern: str, make: Callable[[patterns.Match[str]], tuple[int | None, int | None]]
    ) -> None:
        nonlocal text
        at, known = 0, patterns.compile(pattern)
        while match := known.search(text, at):
            at = match.start()
            if not is_told(text, match.start(), match.end()):
                low, high = make(match)
                limit(low, high, negated(match.start(), text))
            text = f"{text[: match.start()]}§year{text[match.end() :]}"

    decade = (
        r"(?:(?:the )?(?:(?:early|mid|late) )?(?:(?P<d{0}>(?:19|20)\d0) ?s|(?P<s{0}>\d0) ?s|(?P<w{0}>"
        + "|".join(_DECADE_WORDS)
        + r"))\b)"
    )

    def start_of(match: patterns.Match[str], number: int) -> int:
        groups = match.groupdict()
        if groups.get(f"d{number}"):
            return int(groups[f"d{number}"])
        digits = groups.get(f"s{number}")
        two = int(digits) if digits else _DECADE_WORDS[str(groups[f"w{number}"])]
        return (2000 if two <= 20 and 2000 + two <= newest else 1900) + two

    def decade_range(match: patterns.Match[str], number: int = 0) -> tuple[int, int]:
        begin = start_of(match, number)
        words = match.group(0)
        if "early" in words.split():
            return begin, begin + 4
        if "mid" in words.split():
            return begin + 3, begin + 7
        if "late" in words.split():
            return begin + 5, begin + 9
        return begin, begin + 9

    two_decades = decade.format(0) + r" ?(?:,|and|or|to|through|-|–|/|until) ?" + decade.format(1)
    use(
        two_decades,
        lambda m: (
            min(start_of(m, 0), start_of(m, 1)),
            max(start_of(m, 0), start_of(m, 1)) + 9,
        ),
    )
    one = decade.format(0)
    use(
        rf"(?:before|pre|earlier than|older than|prior to) ?{one}",
        lambda m: (None, start_of(m, 0) - 1),
    )
    use(rf"(?:after|post|later than|newer than) ?{one}", lambda m: (start_of(m, 0) + 10, None))
    use(
        rf"(?:since|from) {one} (?:on|onwards?|or (?:later|newer)|and (?:later|newer|up))",
        lambda m: (start_of(m, 0), None),
    )
    use(rf"since {one}", lambda m: (start_of(m, 0), None))
    use(
        rf"{one} (?:on|onwards?|or (?:later|newer)|and (?:later|newer|up|beyond))",
        lambda m: (start_of(m, 0), None),
    )
    use(rf"{one} (?:or|and) (?:earlier|older|before)", lambda m: (None, start_of(m, 0) + 9))
    use(one, decade_range)
    span = rf"(?P<a>{YEAR}) ?(?:,|and|to|through|till|until|-|–) ?(?P<b>{YEAR})"
    use(
        rf"(?:between |from )?{span}",
        lambda m: (min(int(m["a"]), int(m["b"])), max(int(m["a"]), int(m["b"]))),
    )
    y = rf"(?:the year |year )?(?P<y>{YEAR})"
    use(
        rf"(?:not|no|nothing) (?:older|earlier|before)(?: than)? {y}",
        lambda m: (int(m["y"]), None),
    )
    use(
        rf"(?:not|no|nothing) (?:newer|later|after|past)(?: than)? {y}",
        lambda m: (None, int(m["y"])),
    )
    use(
        rf"(?:before|prior to|older than|earlier than|pre) {y}",
        lambda m: (None, int(m["y"]) - 1),
    )
    use(
        rf"(?:after|newer than|later than|post|past|more recent than) {y}",
        lambda m: (int(m["y"]) + 1, None),
    )
    use(
        rf"(?:since|starting (?:in|from)|no earlier than|at least) {y}",
        lambda m: (int(m["y"]), None),
    )
    use(rf"(?:up to|until|till|no later than|by) {y}", lambda m: (None, int(m["y"])))
    use(
        rf"(?:from )?{y} ?(?:on|onwards?|or (?:later|newer|after)|and (?:later|newer|up|after|onwards?|beyond)|\+)(?= |$)",
        lambda m: (int(m["y"]), None),
    )
    use(rf"{y} (?:or|and) (?:earlier|older|before)", lambda m: (None, int(m["y"])))
    use(rf"(?:around|about|circa) {y}", lambda m: (int(m["y"]) - 2, int(m["y"]) + 2))
    use(
        r"(?:from |in |of |over |within )?(?:the )?(?:last|past) (?P<n>\d+) years?",
        lambda m: (newest - int(m["n"]) + 1, None),
    )
    use(
        r"(?:not|no|nothing) (?:older|more) than (?P<n>\d+) years(?: old| ago)?",
        lambda m: (newest - int(m["n"]), None),
    )
    use(
        r"(?:older than|more than|over) (?P<n>\d+) years(?: old| ago)",
        lambda m: (None, newest - int(m["n"])),
    )
    use(
        r"(?:from |in |of |over )?(?:the )?(?:last|past) (?:few|couple(?: of)?) years?",
        lambda m: (newest - 4, None),
    )
    use(
        r"(?:from |in |of )?(?:the )?(?:last|past) decade",
        lambda m: (newest - 9, None),
    )
    use(r"(?:from |in )?(?:the )?(?:21st|this) century", lambda m: (2000, None))
    use(r"(?:from |in )?(?:the )?(?:20th|last) century", lambda m: (None, 1999))
    use(
        rf"(?<![\d§$£€]){y}(?! ?(?:[\d$£€]|percent|times|minutes))",
        lambda m: (int(m["y"]), int(m["y"])) if int(m["y"]) < _FAR_OFF else (None, None),
    )
    if ranges:  # "the 80s, maybe the 90s": one or the other will do
        wide = float(min(low for low, _ in ranges)), float(max(high for _, high in ranges))
        bounded = (
            max(wide[0], found.get("year_min", wide[0])),
            min(wide[1], found.get("year_max", wide[1])),
        )
        found["year_min"], found["year_max"] = bounded if bounded[0] <= bounded[1] else wide
    return text


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
