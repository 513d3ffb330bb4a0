"""The check that each sentence passes before it is released: nothing in it may be made up.

A sentence may name only what it was given, state only years and values that the items it names
have, and must be a sentence. What to do with one that fails is left to the writer.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

import prompts
from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.core.values import Item

LONGEST = 320
FEWEST_WORDS = 3
_VOCABULARY_LIMIT = 300  # a column with more values holds names, found by their capitals
_WORD = patterns.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_WORD_OR_NAME = patterns.compile(rf"∎\d+|{_WORD.pattern}")
_LARGE = frozenset({"i", "i'm", "i'd", "i'll", "i've"})
_NUMBER = patterns.compile(r"\d+(?:[.,]\d+)?")
# Statements about what happens in an item, or its prizes, which no catalogue column backs.
_UNBACKED = patterns.compile(
    r"\b(?:about an? |tells|story of|follows (?:an?|the)|set in|won|award|oscar|nominated|"
    r"based on|true story|sequel|remake|my (?:wife|husband|friend|mother|father)|"
    r"i (?:saw|watched|have seen|haven't))\b",
    patterns.IGNORECASE,
)


def _fold(text: str) -> str:
    """Lower case without accents, for comparing."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@dataclass(frozen=True)
class Grounds:
    """What a sentence may rest on.

    `items` are the suggestions; `mentioned` the titles and values the person said (free to be
    repeated); `vocabulary` maps each folded value of the small columns to (column, value).
    """

    items: Sequence[Item]
    mentioned: Sequence[str] = ()
    vocabulary: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of all `names`, folded, and those that are written large anyway."""
        found = {_fold(word) for name in self.names() for word in _WORD.findall(name)}
        return frozenset(found | _LARGE)

    def names(self) -> list[str]:
        """Every name that may be written: titles, labels, people and values, and what was said."""
        names: dict[str, None] = dict.fromkeys(self.mentioned)
        for item in self.items:
            names[item.label] = None
            names[item.title] = None
            for values in item.attributes.values():
                names.update(dict.fromkeys(values[:3]))
        return list(names)


def vocabulary_of(catalogue: Catalogue) -> dict[str, tuple[str, str]]:
    """Folded value → (column, value) for the columns with few values (kinds, countries, …)."""
    vocabulary = {}
    for column in catalogue.columns.values():
        if not column.numeric and column.values <= _VOCABULARY_LIMIT:
            for value in catalogue.values(column.name):
                if len(value) > 2:
                    vocabulary[_fold(value)] = (column.name, value)
    return vocabulary


def problem(sentence: str, grounds: Grounds) -> str | None:
    """Why a sentence may not be released, in a word or two; None when it may."""
    text = sentence.strip()
    words = _WORD.findall(text)
    if len(words) < FEWEST_WORDS or len(text) > LONGEST or text[-1] not in ".!?…\"'”":
        return "broken"
    names = [*_titles(grounds), *grounds.mentioned]
    if _repeats(_WORD_OR_NAME.findall(_numbered(text, names))):
        return "repetition"
    if patterns.search(r"[<>`*#\[\]{}|\\]|https?:", text):
        return "markup"
    named = [item for item in grounds.items if _says(text, item.title)]
    rest = _without(text, names)
    if _UNBACKED.search(rest):
        return "unbacked"
    wrong = _wrong_number(rest, named or grounds.items) or _wrong_people(rest, named, grounds)
    return wrong or _wrong_value(rest, named, grounds) or _unknown_name(rest, grounds)


def _titles(grounds: Grounds) -> Iterable[str]:
    for item in grounds.items:
        yield item.label
        yield item.title


def _says(text: str, name: str) -> bool:
    return _holds(_fold(text), _fold(name))


def _holds(text: str, name: str) -> bool:
    """Whether `name` stands in `text` as whole words."""
    # Most names do not stand there at all, and a pattern costs more to make than to use.
    return name in text and _whole(name).search(text) is not None


@lru_cache(maxsize=4096)
def _whole(name: str) -> patterns.Pattern[str]:
    return patterns.compile(rf"(?<!\w){patterns.escape(name)}(?!\w)")


def _without(text: str, names: Iterable[str]) -> str:
    """`text` with `names` taken out (their case as given), the longest first."""
    for name in sorted({name for name in names if name}, key=len, reverse=True):
        if name in text:
            text = _whole(name).sub(" ∎ ", text)
    return text


def _numbered(text: str, names: Iterable[str]) -> str:
    """`text` with each name as one mark: two parts of a series begin alike, which is no stutter."""
    longest_first = sorted({name for name in names if name}, key=len, reverse=True)
    for number, name in enumerate(longest_first):
        if name in text:
            text = _whole(name).sub(f" ∎{number} ", text)
    return text


def _repeats(words: Sequence[str]) -> bool:
    folded = [_fold(word) for word in words]
    triples = list(zip(folded, folded[1:], folded[2:], strict=False))
    stutter = any(a == b for a, b in pairwise(folded))
    return len(set(triples)) < len(triples) or stutter


def _wrong_number(rest: str, items: Sequence[Item]) -> str | None:
    known = {str(item.year) for item in items if item.year is not None}
    for item in items:
        known.update(f"{value:g}" for value in item.numbers.values())
    wrong = [number for number in _NUMBER.findall(rest) if number not in known]
    return f"number {wrong[0]}" if wrong else None


def _wrong_people(rest: str, named: Sequence[Item], grounds: Grounds) -> str | None:
    """A name written in a role that it does not have in the items the sentence names."""
    roles: dict[str, list[str]] = prompts.data("replies/roles.json")
    items = named or grounds.items[:1]
    for item in grounds.items:
        for column, values in item.attributes.items():
            for value in values:
                if column not in roles or value not in rest:
                    continue
                if not any(value in other.attributes.get(c, ()) for other in items for c in roles):
                    return f"name {value}"
                claimed = _claimed_role(rest, value, roles)
                if claimed and not any(
                    value in other.attributes.get(claimed, ()) for other in items
                ):
                    return f"role of {value}"
    return None


def _claimed_role(rest: str, name: str, roles: Mapping[str, Sequence[str]]) -> str | None:
    """The column whose cue stands nearest before (or right after) a name."""
    place = rest.find(name)
    before, after = _fold(rest[:place]), _fold(rest[place + len(name) :])
    best: tuple[int, int] | None = None
    claimed = None
    for column, cues in roles.items():
        for cue in cues:
            for match in patterns.finditer(rf"\b{patterns.escape(cue)}\b", before):
                key = (match.end(), len(cue))
                if best is None or key > best:
                    best, claimed = key, column
            if claimed is None and patterns.match(
                rf"\s+(?:\w+\s+)?{patterns.escape(cue)}\b", after
            ):
                claimed = column
    return claimed


def _wrong_value(rest: str, named: Sequence[Item], grounds: Grounds) -> str | None:
    items = named or grounds.items[:1]
    words = _fold(rest)
    said = {_fold(value) for value in grounds.mentioned}
    for value, (column, spelled) in grounds.vocabulary.items():
        if value not in words or value in said or not _holds(words, value):
            continue
        if not any(spelled in item.attributes.get(column, ()) for item in items):
            return f"value {spelled}"
    return None


def _unknown_name(rest: str, grounds: Grounds) -> str | None:
    for match in _WORD.finditer(rest):
        word = match.group()
        starts = not patterns.search(r"[^\s\"'“”(]", rest[: match.start()].rstrip()[-1:] or "")
        after_stop = rest[: match.start()].rstrip()[-1:] in ("", ".", "!", "?", ":", "∎")
        if word[0].isupper() and not (starts or after_stop) and _fold(word) not in grounds.words:
            return f"name {word}"
    return None
