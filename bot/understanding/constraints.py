"""Hard limits a message sets or lifts: years and decades, lengths, any numeric column.

Works on the message with mentions blanked out, so that the numbers in titles set no limits.
Comparisons ("older", "shorter") are taken against what was shown last. Which limits last beyond
the conversation is decided in `understander`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from bot.protocols import Catalogue
from bot.understanding.lexicon import Lexicon
from bot.understanding.telling import is_told
from bot.understanding.text import NUMBER_WORDS

_TIME_COLUMNS = ("runtime", "running_time", "duration", "length", "minutes", "playing_time")
_ALL_LIMITS = re.compile(
    r"\b(?:forget|drop|lift|remove|ignore|scrap|lose|cancel|clear|ditch|reset|without|no|take off)(?: about)?"
    r"(?: all| any| the| of| those| these| my| more)* (?:limits|restrictions|constraints|filters|requirements)\b|"
    r"\b(?:drop|lift|remove|forget|ignore) (?:the|that|my) (?:limit|restriction|constraint|filter)\b"
)
_FAR_OFF = 2040  # a number from here on is no year by itself
_NEWEST = 3  # "newer" never asks for less than the newest years
_NEWER, _OLDER = 14, 20  # years before the newest, where there is nothing to compare with
_AROUND = 0.1
_DECADE_WORDS = {
    "twenties": 20, "thirties": 30, "forties": 40, "fourties": 40, "fifties": 50, "sixties": 60,
    "seventies": 70, "eighties": 80, "nineties": 90, "noughties": 0, "two thousands": 0,
}  # fmt: skip
_NUMBER = r"(?:\d+(?:\.\d+)?)"
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
_YEAR = r"(?:18[7-9]\d|19\d\d|20\d\d)"
_NEGATION = re.compile(
    r"(?:\b(?:no|not|nothing|never|without|avoid|do not (?:want|like|need)(?: anything)?|anything but|except|neither|nor|"
    r"not in the mood for|not a fan of|hate|dislike)(?: (?:too|any|anything|a|an|the|from|in|of|really|that|is|stuff|"
    r"§noun|much|very|that is|made|like|older|something|with))*) ?$"
)


# "the 1982 remake" is one of a kind that is known already.
_POINTED_AT = re.compile(
    rf"\bthe (?:original |old |new |\w+ )?{_YEAR} (?:one|version|remake|original|cut|adaptation)\b|"
    rf"\b(?:the|a) (?:one|version|remake|original|adaptation) (?:from|of|in|made in|that came out in) {_YEAR}|"
    rf"\b(?:happy|merry) {_YEAR}|\b(?:\d0s) (?:baby|kid|child|party)\b|\bpart (?:of )?{_YEAR}"
)
_EITHER_AGE = re.compile(
    r"\b(?:old|older|new|newer|recent|modern)(?: §noun| ones)? (?:or|and|,|/)(?: the)? (?:old|older|new|newer|recent|modern)\b"
)
_BORN = re.compile(
    rf"\b(?:born|born in|from|i am from|birth year|born back in)(?: (?:in|the year))? (?P<y>{_YEAR})\b"
)
_THAN_ME = re.compile(r"\b(?P<how>older|newer|younger|earlier|later) than (?:me|i am|myself|i)\b")


@dataclass(frozen=True, slots=True)
class Limits:
    """Constraints by name, the names lifted, and whether a comparison was asked for."""

    constraints: Mapping[str, float] = field(default_factory=dict)
    relaxed: tuple[str, ...] = ()
    compared: bool = False


class ConstraintReader:
    """Reads limits for one catalogue's numeric columns."""

    def __init__(self, catalogue: Catalogue, lexicon: Lexicon):
        self._catalogue = catalogue
        self._lexicon = lexicon
        years = catalogue.numbers("year")
        known = years[~np.isnan(years)]
        self._newest = int(known.max()) if known.size else None
        self._columns = [
            name for name, column in catalogue.columns.items() if column.numeric and name != "year"
        ]
        self._time = _time_column(self._columns) or lexicon.time_column
        self._phrases = [
            (phrase, rule)
            for rule in lexicon.constraints
            for phrase in rule.phrases
            if all(name.rpartition("_")[0] in ("year", *self._columns) for name in rule.limits)
        ]
        self._phrases.sort(key=lambda entry: -len(entry[0]))
        self._comparatives = {"older": ("year", "max"), "newer": ("year", "min")}
        self._comparatives.update(
            {
                phrase: target
                for phrase, target in lexicon.comparatives.items()
                if target[0] in ("year", *self._columns)
                or (target[0] == "popularity" and _known(catalogue, "popularity"))
            }
        )

    def read(self, text: str, compared_to: Sequence[str], named: Sequence[str]) -> Limits:
        """Limits in `text` (expanded words, mentions as ``§0``).

        `compared_to` are ids shown last, `named` those this message refers to.
        """
        text = _EITHER_AGE.sub("any age", _POINTED_AT.sub("that one", _digits(text)))
        found: dict[str, float] = {}
        relaxed = self._relaxed(text)
        text = self._than_me(text, found)
        text = self._lengths(text, found)
        text = self._years(text, found)
        text = self._columns_by_name(text, found)
        compared = self._compare(text, found, compared_to, named)
        self._by_phrase(text, found, bool(compared))
        return Limits(
            {name: value for name, value in found.items() if name not in relaxed},
            relaxed,
            compared,
        )

    # Years ---------------------------------------------------------------------------------

    def _years(self, text: str, found: dict[str, float]) -> str:
        if self._newest is None:
            return text

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
            return bool(_NEGATION.search(up_to[:start]))

        def use(
            pattern: str, make: Callable[[re.Match[str]], tuple[int | None, int | None]]
        ) -> None:
            nonlocal text
            while True:
                match = _search(pattern, text)
                if match is None:
                    return
                if not is_told(text, match.start(), match.end()):
                    low, high = make(match)
                    limit(low, high, negated(match.start(), text))
                text = f"{text[: match.start()]}§year{text[match.end() :]}"

        decade = (
            r"(?:(?:the )?(?:(?:early|mid|late) )?(?:(?P<d{0}>(?:19|20)\d0) ?s|(?P<s{0}>\d0) ?s|(?P<w{0}>"
            + "|".join(_DECADE_WORDS)
            + r"))\b)"
        )

        def start_of(match: re.Match[str], number: int) -> int:
            groups = match.groupdict()
            if groups.get(f"d{number}"):
                return int(groups[f"d{number}"])
            digits = groups.get(f"s{number}")
            two = int(digits) if digits else _DECADE_WORDS[str(groups[f"w{number}"])]
            return (2000 if two <= 20 and 2000 + two <= self._newest_year else 1900) + two

        def decade_range(match: re.Match[str], number: int = 0) -> tuple[int, int]:
            begin = start_of(match, number)
            words = match.group(0)
            if "early" in words.split():
                return begin, begin + 4
            if "mid" in words.split():
                return begin + 3, begin + 7
            if "late" in words.split():
                return begin + 5, begin + 9
            return begin, begin + 9

        two_decades = (
            decade.format(0) + r" ?(?:,|and|or|to|through|-|–|/|until) ?" + decade.format(1)
        )
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
        span = rf"(?P<a>{_YEAR}) ?(?:,|and|to|through|till|until|-|–) ?(?P<b>{_YEAR})"
        use(
            rf"(?:between |from )?{span}",
            lambda m: (min(int(m["a"]), int(m["b"])), max(int(m["a"]), int(m["b"]))),
        )
        y = rf"(?:the year |year )?(?P<y>{_YEAR})"
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
            lambda m: (self._newest_year - int(m["n"]) + 1, None),
        )
        use(
            r"(?:not|no|nothing) (?:older|more) than (?P<n>\d+) years(?: old| ago)?",
            lambda m: (self._newest_year - int(m["n"]), None),
        )
        use(
            r"(?:older than|more than|over) (?P<n>\d+) years(?: old| ago)",
            lambda m: (None, self._newest_year - int(m["n"])),
        )
        use(
            r"(?:from |in |of |over )?(?:the )?(?:last|past) (?:few|couple(?: of)?) years?",
            lambda m: (self._newest_year - 4, None),
        )
        use(
            r"(?:from |in |of )?(?:the )?(?:last|past) decade",
            lambda m: (self._newest_year - 9, None),
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

    def _than_me(self, text: str, found: dict[str, float]) -> str:
        """*Older than me, born 1985*: a limit only with the year."""
        than, born = _THAN_ME.search(text), _BORN.search(text)
        if than is None:
            return _BORN.sub("born", text) if born and "born" in born[0] else text
        if born is not None and self._newest is not None:
            year = int(born["y"])
            if than["how"] in ("older", "earlier"):
                found["year_max"] = year - 1
            else:
                found["year_min"] = year + 1
        return _THAN_ME.sub("that", _BORN.sub("born", text))

    @property
    def _newest_year(self) -> int:
        return self._newest or 0

    # Lengths and other columns -------------------------------------------------------------

    def _lengths(self, text: str, found: dict[str, float]) -> str:
        if self._time is None:
            return text
        text = re.sub(
            r"\b(\d+) ?(?:h|hr|hrs|hours?) ?(?:and )?(\d\d?) ?(?:m|min|mins|minutes?)?\b",
            _minutes,
            text,
        )
        text = re.sub(
            r"\b(\d+) (?:and a half|1/2|½) (?:hours?|hrs?)\b",
            lambda m: f"{int(m[1]) * 60 + 30} minutes",
            text,
        )
        text = re.sub(
            r"\b(\d+) (?:hours?|hrs?) and a half\b",
            lambda m: f"{int(m[1]) * 60 + 30} minutes",
            text,
        )
        text = re.sub(r"\b(?:an|one|1) (?:hour|hr) and a half\b", "90 minutes", text)
        text = re.sub(r"\bhalf an hour\b", "30 minutes", text)
        text = re.sub(
            rf"\b({_NUMBER}) ?(?:hours?|hrs?|h)\b", lambda m: f"{float(m[1]) * 60:g} minutes", text
        )
        text = re.sub(r"\b(?:an|a) (?:hour|hr)\b", "60 minutes", text)
        minutes = rf"(?P<n>{_NUMBER}) ?(?:minutes?|mins?|min)\b"
        return self._number(text, minutes, self._time, found, bare_negation=True)

    def _number(
        self,
        text: str,
        amount: str,
        column: str,
        found: dict[str, float],
        bare_negation: bool = False,
    ) -> str:
        """Limits of one column wherever `amount` (with a group ``n``) stands."""
        low, high = f"{column}_min", f"{column}_max"

        def value(match: re.Match[str]) -> float:
            number = float(match["n"])
            return int(number) if number.is_integer() else number

        def take(pattern: str, side: str) -> None:
            nonlocal text
            while match := _search(pattern, text):
                if is_told(text, match.start(), match.end()):
                    text = f"{text[: match.start()]}§length{text[match.end() :]}"
                    continue
                flipped = bool(_NEGATION.search(text[: match.start()]))
                target = side if not flipped else (high if side == low else low)
                found[target] = value(match)
                text = f"{text[: match.start()]}§length{text[match.end() :]}"

        if bare_negation:
            have = _search(
                rf"\b(?:only have|have only|got|have|only got|have about) (?:about )?{amount}", text
            )
            if have:
                found[high] = value(have)
                text = f"{text[: have.start()]}§length{text[have.end() :]}"
        between = _search(
            rf"(?:between )?(?P<a>{_NUMBER})(?: minutes)? ?(?:and|to|-) ?{amount}", text
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
        around = _search(rf"\b{_ABOUT} {amount}", text) or _search(
            rf"\b{amount} ?(?:ish|or so|long)", text
        )
        if around:
            number = value(around)
            found[low] = round(number * (1 - _AROUND))
            found[high] = round(number * (1 + _AROUND))
            text = f"{text[: around.start()]}§length{text[around.end() :]}"
        return text

    def _columns_by_name(self, text: str, found: dict[str, float]) -> str:
        """``<column> under N`` and ``under N <column>`` of any numeric column."""
        for column in self._columns:
            names = {column.replace("_", " "), *self._lexicon.measures.get(column, ())}
            if column == self._time:
                names -= {"minutes", "hours"}
            for name in sorted(names, key=lambda entry: -len(entry)):
                said = re.escape(name)
                for cue, side in ((_AT_MOST, "max"), (_AT_LEAST, "min")):
                    match = _search(
                        rf"\b{said}s?(?: is| of| rating| score)? {cue} (?P<n>{_NUMBER})|"
                        rf"\b{cue} (?P<m>{_NUMBER}) {said}s?\b",
                        text,
                    )
                    if match:
                        number = float(match["n"] or match["m"])
                        found[f"{column}_{side}"] = number
                        text = f"{text[: match.start()]}§length{text[match.end() :]}"
        return text

    # Comparisons, phrases, lifting ---------------------------------------------------------

    def _compare(
        self, text: str, found: dict[str, float], shown: Sequence[str], named: Sequence[str]
    ) -> bool:
        compared = False
        for phrase, (column, side) in self._comparatives.items():
            match = _search(rf"(?:^|(?<= )){re.escape(phrase)}(?= |$)", text)
            if match is None or not self._compares(text, match.start(), match.end(), phrase):
                continue
            negative = bool(_NEGATION.search(text[: match.start()]))
            if phrase.startswith("too ") and (not shown or named):
                continue  # said of an item, or of nothing that was suggested
            than = re.match(
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
        before, after = text[:start], text[end:]
        if phrase.startswith("too "):
            return True
        if not re.match(
            r"$| (?:[,;.!]|§noun|§\d|ones?\b|than\b|please|but\b|and\b|or\b|though|if\b|from\b|thanks?|then|stuff|please|"
            r"suggestions?|options?|titles?|one\b|also|too|instead|with\b|like\b|that\b|would|is fine|now$|for\b|in\b)",
            after,
        ):
            return False
        if _search(
            r"\b(?:my|his|her|their|our|your|the|an|a lot of|of the|seen|saw)(?: (?:little|bit))? $",
            before,
        ):
            return bool(re.match(r" (?:ones?|§noun)(?: please)?$", after)) and not _search(
                r"\b(?:seen|saw|my|his|her|their)\b", before
            )
        if _search(r"\b(?:is|was|were|are) , (?:an? (?:little|bit) )?$", before):
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

    def _by_phrase(self, text: str, found: dict[str, float], compared: bool) -> None:
        done: set[str] = set()
        for phrase, rule in self._phrases:
            match = _search(rf"(?:^|(?<= )){re.escape(phrase)}(?= |$)", text)
            if match is None or not self._asked(text, match.start(), match.end(), phrase):
                continue
            if is_told(text, match.start(), match.end(), vague=True):
                continue
            text = f"{text[: match.start()]}§phrase{text[match.end() :]}"
            negative = bool(_NEGATION.search(text[: match.start()])) and not phrase.startswith(
                "not"
            )
            limits = dict(rule.limits)
            if rule.years_back is not None and self._newest is not None:
                limits["year_min"] = float(self._newest_year - rule.years_back)
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
            return True
        before, after = text[:start].split(), text[end:].split()
        following = after[0] if after else ""
        plain = following != "§noun" and not following.startswith("§")
        in_passing = _search(
            r"\b(?:how|so|as|too|a|that|been|very|for|all|year|years|days|day|my|his|her|your|good|same|not) $",
            text[:start],
        )
        refused = _search(r"\b(?:nothing|not|anything|something) (?:too |very |so )$", text[:start])
        if plain and in_passing and not refused:
            return False
        if before[-1:] in (["too"], ["very"], ["super"], ["so"], ["really"]) and before[
            -2:-1
        ] not in (["nothing"], ["not"], ["anything"], ["something"]):
            return False
        if following == "§noun" or (following.startswith("§") and following != "§length"):
            # "a new comedy", "old films"; but "I saw the new §0" names one.
            return not _search(
                r"\b(?:the|that|this|my|saw|seen|watched) (?:\w+ )?$", text[:start]
            ) or bool(
                _search(
                    r"\b(?:like|love|enjoy|prefer|into|want|recommend) the (?:\w+ )?$", text[:start]
                )
            )
        if _search(
            r"\b(?:something|anything|nothing|some|any|ones?|prefer|rather|only|stuff|somewhat|more|want|bit|bit more|fairly|pretty)(?: (?:too|very|really|that is|kind of|kinda|fairly|pretty|a bit|quite|super))* $",
            text[:start],
        ):
            return following not in ("to", "for", "from", "like") or following == "from"
        return len(before) <= 1 and len(after) <= 1

    def _relaxed(self, text: str) -> tuple[str, ...]:
        names: list[str] = []
        for column in ("year", *self._columns):
            words = {column.replace("_", " "), *self._lexicon.measures.get(column, ())}
            if column == "year":
                words |= {
                    "year",
                    "years",
                    "decade",
                    "decades",
                    "era",
                    "age",
                    "old it is",
                    "time period",
                    "how old",
                }
            said = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
            if _search(
                rf"\b(?:any|whatever|all|every) (?:{said})(?: (?:is|are|will|would|works?|goes|do|be))*\b|"
                rf"\b(?:{said}) (?:does|do|is|are|really|just)* ?(?:not |unimportant|irrelevant|no )(?:matter|important|an issue|problem|concern)?|"
                rf"\b(?:do not|does not|dont) (?:care|mind|matter)(?: (?:about|how|what|which|when|if|the|for|much|it|is|was|which))* (?:{said})\b|"
                rf"\b(?:forget|drop|lift|remove|ignore|scrap|lose|cancel|skip|undo|ditch|scratch|never mind|without|take (?:off|away))"
                rf" (?:about )?(?:the |my |that |any )?(?:{said})(?: (?:limit|limits|restriction|constraint|cap|filter|requirement|thing|rule|condition))?\b|"
                rf"\bno (?:more )?(?:{said}) (?:limits?|restrictions?|constraints?|cap|filters?|requirements?)\b|"
                rf"\bno matter (?:how|what|which|the) ?(?:{said})\b|"
                rf"\b(?:{said}) (?:is|are) (?:fine|ok|okay|up to you|open|flexible)\b",
                text,
            ):
                names.extend((f"{column}_min", f"{column}_max"))
        if _ALL_LIMITS.search(text):
            names = [f"{c}_{side}" for c in ("year", *self._columns) for side in ("min", "max")]
        return tuple(names)


def _time_column(columns: Sequence[str]) -> str | None:
    """The column that says how long an item takes, by its name."""
    for name in _TIME_COLUMNS:
        for column in columns:
            if column == name or column == f"{name}_minutes" or column == f"{name}_min":
                return column
    return None


def _known(catalogue: Catalogue, column: str) -> bool:
    return not bool(np.isnan(catalogue.numbers(column)).all())


def _minutes(match: re.Match[str]) -> str:
    return f"{int(match[1]) * 60 + int(match[2])} minutes"


def _digits(text: str) -> str:
    """Written numbers as digits where a measure or a count follows: ``two hours``."""

    def swap(match: re.Match[str]) -> str:
        tens = NUMBER_WORDS[match["tens"]]
        unit = match["unit"]
        return str(tens + (NUMBER_WORDS[unit] if unit else 0))

    names = "|".join(NUMBER_WORDS)
    units = "|".join(list(NUMBER_WORDS)[:9])
    text = re.sub(
        rf"\b(?P<tens>{names})(?:[ -](?P<unit>{units}))?(?= (?:§length|hours?|hrs?|minutes?|mins?|years?|and a half|1/2|h\b))",
        swap,
        text,
    )
    text = re.sub(
        r"\b(?:a )?hundred(?: and)? (\w+)(?= (?:minutes|mins))",
        lambda m: str(100 + NUMBER_WORDS.get(m[1], 0)),
        text,
    )
    return re.sub(r"\b(?:a|one) hundred\b", "100", text)


def _search(pattern: str, text: str) -> re.Match[str] | None:
    return _compiled(pattern).search(text)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, made once: there are more of them than the standard library keeps."""
    return re.compile(pattern)
