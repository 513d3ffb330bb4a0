"""Words that a language or a domain gives meaning to, read from data files.

``prompts/lexicon/english.json`` holds plain English; every other file there belongs to a domain
and is used for the catalogues that have its columns. A catalogue without one is understood by its
own columns and values alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import prompts

FOLDER = Path(prompts.__file__).parent / "lexicon"
ENGLISH = "english.json"


@dataclass(frozen=True, slots=True)
class English:
    """Plain words by how common they are; a title made of common words needs context."""

    function: frozenset[str]
    everyday: frozenset[str]
    words: frozenset[str]
    pleasantries: frozenset[str] = frozenset()  # run together: ``goodmorning``
    times: Mapping[str, str] = field(default_factory=dict)  # ``vintage`` → ``old``

    @property
    def plain(self) -> frozenset[str]:
        """All of them."""
        return self.function | self.everyday | self.words


@dataclass(frozen=True, slots=True)
class PersonCues:
    """What stands before or after a name to say which column is meant."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhraseConstraint:
    """Words that amount to a limit: `limits` as they stand, or years back from the newest."""

    phrases: tuple[str, ...]
    limits: Mapping[str, float]
    years_back: int | None = None


@dataclass(frozen=True, slots=True)
class Theme:
    """What tells that an item is about a theme: words of titles, and ``column:value``."""

    titles: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A domain's words; the empty one serves any catalogue."""

    nouns: frozenset[str] = frozenset()
    people: Mapping[str, PersonCues] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    combined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needs_context: frozenset[str] = frozenset()
    opinion: frozenset[str] = frozenset()
    narrow: frozenset[str] = frozenset()  # name less than the value: wanted with it, not refused
    not_values: tuple[str, ...] = ()  # phrases that only sound like a value: "live action"
    constraints: tuple[PhraseConstraint, ...] = ()
    comparatives: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    tones: frozenset[str] = frozenset()
    measures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    time_column: str | None = None
    shades: tuple[str, ...] = ()  # how it should feel, in words that no column holds
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column → its words
    themes: Mapping[str, Theme] = field(default_factory=dict)  # by each of its words, singular


def _read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


@cache
def english() -> English:
    """The words of plain English, from its file."""
    raw = _read(FOLDER / ENGLISH)
    function, everyday, words = (
        frozenset(str(raw[tier]).split()) for tier in ("function", "everyday", "words")
    )
    pleasantries = frozenset("".join(phrase.split()) for phrase in raw["pleasantries"])
    times = {word: time for time, said in raw["times"].items() for word in said.split()}
    return English(function, everyday, words, pleasantries, times)


def _parse(raw: Mapping[str, Any]) -> Lexicon:
    constraints = tuple(
        PhraseConstraint(
            phrases=tuple(entry["phrases"]),
            limits={
                name: float(value)
                for name, value in entry.items()
                if name not in ("phrases", "years_back")
            },
            years_back=entry.get("years_back"),
        )
        for entry in raw.get("constraints", {}).values()
    )
    return Lexicon(
        nouns=frozenset(raw.get("nouns", ())),
        people={
            column: PersonCues(tuple(cues.get("before", ())), tuple(cues.get("after", ())))
            for column, cues in raw.get("people", {}).items()
        },
        values={
            column: {value: tuple(phrases) for value, phrases in values.items()}
            for column, values in raw.get("values", {}).items()
        },
        combined={phrase: tuple(abouts) for phrase, abouts in raw.get("combined", {}).items()},
        needs_context=frozenset(raw.get("needs_context", ())),
        opinion=frozenset(raw.get("opinion", ())),
        not_values=tuple(raw.get("not_values", ())),
        narrow=frozenset(raw.get("narrow", ())),
        constraints=constraints,
        comparatives={
            phrase: (entry["column"], entry["side"])
            for phrase, entry in raw.get("comparatives", {}).items()
        },
        tones=frozenset(
            tone if direction == "plain" else f"{direction} {tone}"
            for direction, tones in raw.get("tones", {}).items()
            for tone in tones
        ),
        measures={name: tuple(words) for name, words in raw.get("measures", {}).items()},
        time_column=raw.get("time_column"),
        shades=tuple(raw.get("shades", ())),
        questions={column: tuple(words) for column, words in raw.get("questions", {}).items()},
        themes={
            word: Theme(tuple(told["titles"]), tuple(told["values"]))
            for theme, told in raw.get("themes", {}).items()
            for word in (theme, *told["said"])
        },
    )


def lexicon_for(columns: Iterable[str]) -> Lexicon:
    """The lexicon of the domain whose columns a catalogue has; an empty one when there is none."""
    known = set(columns)
    for raw in _domains():
        if known.issuperset(raw["for_columns"]):
            return _parse(raw)
    return Lexicon()


def audience(wants: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who watches too, by these wishes (``column:value``, newest last).

    Returns what does not go with them, never what is itself wished for, and that of which an item
    needs one.
    """
    rules = {wish: rule for raw in _domains() for wish, rule in raw.get("audiences", {}).items()}
    rule = next((rules[wish] for wish in reversed(wants) if wish in rules), None)
    if rule is None:
        return (), ()
    unfit = tuple(about for about in rule["closes"] if about not in wants)
    return unfit, tuple(rule["needs_one_of"])


@cache
def _domains() -> tuple[dict[str, Any], ...]:
    """The files of all domains."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.json")) if path.name != ENGLISH)
