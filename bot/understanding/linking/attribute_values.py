"""People, genres and every other attribute value of a catalogue, as a message names them.

Owns the index of values (with the lexicon's synonyms, plurals and misspellings) and of names
(whole, surname alone, "the … brothers"), and which column a name is meant in. Titles are left to
`titles` and `linking`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from bot.core.protocols import Catalogue
from bot.core.values import about_attribute
from bot.understanding.lexicon import English, Lexicon
from bot.understanding.linking.edit_distance import spelt_alike
from bot.understanding.linking.fame import fame_of
from bot.understanding.linking.mentions import Kind, Mention
from bot.understanding.text import Token, compact, word_set, words_of

LONGEST_PHRASE = 5
_MIN_ITEMS_FOR_SLIPS = 3
_MANY_VALUES = 300
_SHARE_OF_ROLE = 0.35
_SIBLINGS = frozenset({"brothers", "bros", "sisters", "siblings"})
_OWNERS = frozenset({"my", "our", "his", "her", "their", "your", "whose"})
_LISTING = frozenset({"and", "or", "/", ",", "&", "nor", "but"})
_ASKING = word_set(
    """a an any some more no not like love loves likes enjoy into want good great of other
    another prefer hate hates about these those best favourite favorite maybe also really
    recommend nice something anything nothing on with for too"""
)


class Person(NamedTuple):
    """A name with the columns it stands in and how many items each holds.

    A tuple, as tens of thousands are read at a start: a dataclass takes five times as long.
    """

    name: str
    columns: tuple[tuple[str, int], ...]
    weight: float


class AttributeValues:
    """Finds attribute values in tokenised text."""

    def __init__(self, catalogue: Catalogue, lexicon: Lexicon, english: English):
        self._lexicon = lexicon
        self._english = english
        self._plain = english.plain
        self._not_values: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for phrase in lexicon.not_values:
            words = tuple(words_of(phrase))
            self._not_values[words[0]].append(words)
        self._narrow = {compact(words_of(phrase)) for phrase in lexicon.narrow}
        self._people_columns = [c for c in lexicon.people if c in catalogue.columns]
        self._values: dict[str, tuple[str, ...]] = {}
        self._numeric = {name for name, column in catalogue.columns.items() if column.numeric}
        self._minor: set[str] = set()  # values of columns with hundreds: titles go before them
        self._index_values(catalogue)
        self._slips: dict[int, list[str]] = defaultdict(list)
        for phrase in self._values:
            if len(phrase) >= 5:
                self._slips[len(phrase)].append(phrase)
        self._people: dict[str, Person] = {}
        self._surnames: dict[str, list[Person]] = defaultdict(list)
        self._names_by_length: dict[int, list[str]] = defaultdict(list)
        self.name_words: frozenset[str] = frozenset()
        self._index_people(catalogue)

    @cached_property
    def descriptive(self) -> frozenset[str]:
        """Single words that name an attribute value or say what the items are."""
        return frozenset(self._single_words) | self._lexicon.nouns

    def is_value(self, key: str) -> bool:
        """Whether words run together name a value."""
        return key in self._values

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Single words that name a value of a column with few of them."""
        return frozenset(self._single_words)

    def _index_values(self, catalogue: Catalogue) -> None:
        singles: set[str] = set()
        plain = self._english.plain
        spelling: dict[str, dict[str, str]] = {}
        for column in catalogue.columns:
            if column in self._numeric or column in self._people_columns:
                continue
            spelling[column] = {}
            many = catalogue.columns[column].values > _MANY_VALUES
            for value in catalogue.values(column):
                words = words_of(value)
                if not words or len(words) > LONGEST_PHRASE:
                    continue
                spelling[column][compact(words)] = value
                if many and len(words) == 1 and (words[0] in plain or len(words[0]) < 4):
                    continue  # one of hundreds of values that is a word of its own: noise
                if many:
                    self._minor.add(compact(words))
                # A studio's name makes no title a mere description.
                describing = set() if many else singles
                self._add(words, (about_attribute(column, value),), describing)
                plural = [*words[:-1], _plural(words[-1])]
                self._add(plural, (about_attribute(column, value),), describing)
        for column, synonyms in self._lexicon.values.items():
            for value, phrases in synonyms.items():
                known = spelling.get(column, {}).get(compact(words_of(value)))
                if known is None:
                    continue
                for phrase in phrases:
                    self._add(words_of(phrase), (about_attribute(column, known),), singles, True)
        for phrase, abouts in self._lexicon.combined.items():
            known_abouts = []
            for about in abouts:
                column, _, value = about.partition(":")
                known = spelling.get(column, {}).get(compact(words_of(value)))
                if known is not None:
                    known_abouts.append(about_attribute(column, known))
            if known_abouts:
                self._add(words_of(phrase), tuple(known_abouts), singles, True)
        self._single_words = singles

    def _add(
        self, words: Sequence[str], abouts: tuple[str, ...], singles: set[str], over: bool = False
    ) -> None:
        key = compact(words)
        if over or key not in self._values:
            self._values[key] = abouts
        if len(words) == 1:
            singles.add(words[0])

    def _index_people(self, catalogue: Catalogue) -> None:
        known = fame_of(catalogue)
        fame = np.ones(len(catalogue.items)) if known is None else known + 0.1
        columns: dict[str, dict[str, int]] = defaultdict(dict)
        weights: dict[str, float] = defaultdict(float)
        for column in self._people_columns:
            for name, rows in catalogue.values(column).items():
                columns[name][column] = len(rows)
                weights[name] += float(fame[rows[0]] if len(rows) == 1 else fame[rows].sum())
        name_words: dict[str, int] = defaultdict(int)
        first_names: dict[str, int] = defaultdict(int)
        for name, counts in columns.items():
            words = words_of(name)
            if not words:
                continue
            person = Person(name, tuple(counts.items()), weights[name])
            key = compact(words)
            if key not in self._people or self._people[key].weight < person.weight:
                self._people[key] = person
            if len(words) < 2:
                continue
            self._surnames[words[-1]].append(person)
            if len(words) > 2:
                self._surnames[compact(words[-2:])].append(person)
            first_names[words[0]] += 1
            for word in (words[0], words[-1]):
                name_words[word] += 1
            if sum(counts.values()) >= _MIN_ITEMS_FOR_SLIPS and len(key) >= 8:
                self._names_by_length[len(key)].append(key)
        self.name_words = frozenset(word for word, n in name_words.items() if n >= 3)
        self._first_names = frozenset(word for word, n in first_names.items() if n >= 4)
        for people in self._surnames.values():
            people.sort(key=lambda person: -person.weight)

    def find(self, tokens: Sequence[Token]) -> list[Mention]:
        """Every passage that names a value or a person; passages may overlap."""
        words = [i for i, token in enumerate(tokens) if token.word]
        found: list[Mention] = []
        for at in range(len(words)):
            found.extend(self._from(tokens, words, at))
        passed = list(self._passed_over(tokens, words))
        return [m for m in found if not any(m.start < end and at < m.end for at, end in passed)]

    def _passed_over(
        self, tokens: Sequence[Token], words: Sequence[int]
    ) -> Iterable[tuple[int, int]]:
        """Passages that only sound like a value: ``live action``."""
        for at, first in enumerate(words):
            for phrase in self._not_values.get(tokens[first].word, ()):
                run = words[at : at + len(phrase)]
                if tuple(tokens[word].word for word in run) == phrase:
                    yield first, run[-1] + 1

    def _from(self, tokens: Sequence[Token], words: Sequence[int], at: int) -> Iterable[Mention]:
        key = ""
        for count in range(1, LONGEST_PHRASE + 1):
            if at + count > len(words):
                return
            last = words[at + count - 1]
            if count > 1 and any(t.breaks for t in tokens[words[at] : last]):
                return
            key += tokens[last].word
            start, end = words[at], last + 1
            abouts = self._values.get(key)
            if abouts is None and count == 1 and tokens[last].raw[-2:] in ("'s", "’s"):
                abouts = self._values.get(key[:-1])  # "comedy's", for the plural
            if abouts is not None and self._fits(tokens, start, end, key):
                weight = 0.0 if key in self._minor else float("inf")
                yield self._mention(tokens, start, end, abouts, key, weight=weight)
            person = self._people.get(key)
            if person is None and tokens[last].raw[-2:] in ("'s", "’s"):
                person = self._people.get(key[:-1])
            if person is not None and self._named(tokens, start, end, count):
                about = about_attribute(self._column(tokens, start, end, person), person.name)
                yield self._mention(tokens, start, end, (about,), "", person=True)
            if count == 1 or (count == 2 and self._named(tokens, start, end, count)):
                yield from self._by_surname(tokens, start, end, key)

    def _mention(
        self,
        tokens: Sequence[Token],
        start: int,
        end: int,
        abouts: tuple[str, ...],
        key: str,
        person: bool = False,
        weight: float = float("inf"),
    ) -> Mention:
        text = " ".join(token.raw for token in tokens[start:end])
        said = " ".join(t.word for t in tokens[start:end] if t.word)
        return Mention(
            start,
            end,
            Kind.VALUE,
            abouts,
            text,
            opinion=said in self._lexicon.opinion,
            person=person,
            narrow=compact(said.split()) in self._narrow,
            weight=weight,
        )

    def _fits(self, tokens: Sequence[Token], start: int, end: int, key: str) -> bool:
        """Whether a word that is also plain English is meant as a value here."""
        if len(key) == 1:
            return False
        if end - start > 1 or key not in self._lexicon.needs_context:
            return key not in self._english.function
        before = _word_before(tokens, start)
        if before == "me" and start > 1 and tokens[start - 2].word == "made":
            return False  # "it made me laugh" tells of a title
        after = tokens[end].raw.casefold() if end < len(tokens) else ""
        if before in _OWNERS:
            return after in self._lexicon.nouns
        if after in self._lexicon.nouns or after in self._values or after in ("one", "ones"):
            return True
        if not before and (not after or after in ",.!?"):
            return True
        if before == "about" or before == "the":
            return False
        if before in ("to", "me") and key in self._lexicon.opinion:
            return True
        if before in _ASKING or before in self._values:
            return True
        return before in _LISTING or (start > 0 and tokens[start - 1].raw in _LISTING)

    def _named(self, tokens: Sequence[Token], start: int, end: int, count: int) -> bool:
        """Whether a run of words that spells a name is one here."""
        run = [token.word for token in tokens[start:end] if token.word]
        plain = self._plain
        if count == 1:
            if run[0] in plain or run[0] in self.descriptive or len(run[0]) < 4:
                return False
            return self._role(tokens, start, end) is not None
        capitalised = all(t.capitalised for t in tokens[start:end] if t.word)
        return capitalised or not all(word in plain for word in run)

    def _by_surname(
        self, tokens: Sequence[Token], start: int, end: int, key: str
    ) -> Iterable[Mention]:
        following = tokens[end].word if end < len(tokens) else ""
        people = self._surnames.get(key)
        if people is None and tokens[end - 1].raw[-2:] in ("'s", "’s"):
            people = self._surnames.get(key[:-1])
        plural = False
        if not people and key.endswith("s") and _word_before(tokens, start) == "the":
            people, plural = self._surnames.get(key[:-1]), True
        if not people:
            return
        if following in _SIBLINGS or plural:
            family = self._family(people)
            if len(family) > 1:
                abouts = tuple(
                    about_attribute(self._column(tokens, start, end, person), person.name)
                    for person in family
                )
                stop = end if plural else end + 1
                yield self._mention(tokens, start, stop, abouts, "", person=True)
            return
        best = people[0]
        rival = people[1].weight if len(people) > 1 else 0.0
        total = sum(count for _, count in best.columns)
        if total < _MIN_ITEMS_FOR_SLIPS or best.weight < 3 * rival:
            return
        plain = self._plain
        if key in plain or key in self.descriptive or len(key) < 4:
            return
        before = tokens[start - 1] if start else None
        if (
            before is not None
            and before.word in self.name_words
            and (before.capitalised or before.word not in plain)
        ):
            return  # somebody else of that surname
        after_capital = end < len(tokens) and tokens[end].capitalised and tokens[end].word
        if after_capital and tokens[end].word in self.name_words:
            return
        role = self._role(tokens, start, end)
        if role is None and (key in self._first_names or total < 5):
            return
        about = about_attribute(self._column(tokens, start, end, best), best.name)
        weight = best.weight if role is None else float("inf")
        yield self._mention(tokens, start, end, (about,), "", person=True, weight=weight)

    def _family(self, people: Sequence[Person]) -> list[Person]:
        best = people[0]
        main = max(best.columns, key=lambda entry: entry[1])[0]
        kin = [
            person
            for person in people
            if person.weight >= 0.3 * best.weight and main in dict(person.columns)
        ]
        return kin[:3]

    def _role(self, tokens: Sequence[Token], start: int, end: int) -> str | None:
        """The column that the words around a name ask for."""
        left = " ".join(t.word or t.raw for t in tokens[max(0, start - 6) : start])
        right = " ".join(t.word for t in tokens[end : end + 3])
        best: tuple[int, str] | None = None
        for column in self._people_columns:
            cues = self._lexicon.people[column]
            for cue in cues.before:
                if left == cue or left.endswith(" " + cue) or left.endswith(f" {cue} the"):
                    rank = (len(cue), column)
                    best = rank if best is None else max(best, rank)
            for cue in cues.after:
                if right == cue or right.startswith(cue + " "):
                    rank = (len(cue), column)
                    best = rank if best is None else max(best, rank)
        return best[1] if best else None

    def _column(self, tokens: Sequence[Token], start: int, end: int, person: Person) -> str:
        counts = dict(person.columns)
        asked = self._role(tokens, start, end)
        if asked in counts:
            return str(asked)
        # Somebody who directs as a rule is asked for as a director, whatever else they do: the
        # lexicon's order of columns says which role makes the item most theirs.
        most = max(counts.values())
        for column in self._people_columns:
            if counts.get(column, 0) >= _SHARE_OF_ROLE * most and counts.get(column, 0) >= 2:
                return column
        return max(counts, key=lambda column: counts[column])

    def slip(self, tokens: Sequence[Token], at: int) -> Mention | None:
        """The value that a misspelt word was meant for."""
        word = tokens[at].word
        if len(word) < 5:
            return None
        allowed = 1 if len(word) < 7 else 2
        best: tuple[int, str] | None = None
        for length in range(len(word) - allowed, len(word) + allowed + 1):
            near = spelt_alike(word, self._slips.get(length, ()), allowed, most=2)
            for candidate, distance in near:
                if candidate[0] == word[0]:
                    rank = (distance, candidate)
                    best = rank if best is None else min(best, rank)
        if best is None:
            return None
        return self._mention(tokens, at, at + 1, self._values[best[1]], best[1])

    def closest_name(self, key: str) -> str | None:
        """The well-known name spelt most nearly like `key`, both run together."""
        if len(key) < 7:
            return None
        allowed = 1 if len(key) < 10 else 2
        best: tuple[int, float, str] | None = None
        for length in range(len(key) - allowed, len(key) + allowed + 1):
            near = spelt_alike(key, self._names_by_length.get(length, ()), allowed, most=5)
            for candidate, distance in near:
                # One slip may be in the second letter: "Cristopher".
                if candidate[:2] == key[:2] or (distance == 1 and candidate[0] == key[0]):
                    rank = (distance, -self._people[candidate].weight, candidate)
                    best = rank if best is None else min(best, rank)
        return None if best is None else best[2]

    def named(self, tokens: Sequence[Token], start: int, end: int, name: str) -> Mention:
        """The passage as a mention of the person whose `name`, run together, it misspells."""
        person = self._people[name]
        about = about_attribute(self._column(tokens, start, end, person), person.name)
        return self._mention(tokens, start, end, (about,), "", person=True)


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def _word_before(tokens: Sequence[Token], start: int) -> str:
    if start == 0:
        return ""
    token = tokens[start - 1]
    if start > 1 and token.raw in ('"', "“", "'"):
        token = tokens[start - 2]
    return token.word or token.raw
