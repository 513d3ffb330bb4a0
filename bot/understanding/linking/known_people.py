"""The people of a catalogue: by whole name, by surname, and by a name spelt nearly like theirs.

Owns the index of names and which column (director, actor, …) a name is meant in. Whether words of
a message name somebody at all is left to `attribute_values`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bot.core.protocols import Catalogue
from bot.core.values import about_attribute
from bot.understanding.lexicon import Lexicon
from bot.understanding.linking.fame import fame_of
from bot.understanding.linking.spellings import Spellings
from bot.understanding.text import Token, compact, words_of

WELL_KNOWN = 3
"""Items: who has fewer is not looked for by a surname alone or by a misspelt name."""
_SHARE_OF_ROLE = 0.35
_SHORTEST_SPELLING = 8  # letters; a slip in fewer may be chance


class Person(NamedTuple):
    """A name with the columns it stands in and how many items each holds.

    A tuple, as tens of thousands are read at a start: a dataclass takes five times as long.
    """

    name: str
    columns: tuple[tuple[str, int], ...]
    weight: float

    @property
    def items(self) -> int:
        """How many items hold the name, column by column."""
        return sum(count for _, count in self.columns)


def people_columns(catalogue: Catalogue, lexicon: Lexicon) -> list[str]:
    """The columns that hold names of people, in the lexicon's order."""
    return [column for column in lexicon.people if column in catalogue.columns]


class PeopleIndex:
    """Finds the people of one catalogue by their names.

    `name_words` are words that stand in several people's names, `first_names` those that several
    begin with.
    """

    def __init__(self, catalogue: Catalogue, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._columns = people_columns(catalogue, lexicon)
        self._by_name: dict[str, Person] = {}
        self._by_surname: dict[str, list[Person]] = defaultdict(list)
        words_in_names: dict[str, int] = defaultdict(int)
        words_in_front: dict[str, int] = defaultdict(int)
        spellings: list[str] = []
        for person in self._people_of(catalogue):
            words = words_of(person.name)
            if not words:
                continue
            key = compact(words)
            if key not in self._by_name or self._by_name[key].weight < person.weight:
                self._by_name[key] = person
            if len(words) < 2:
                continue
            self._by_surname[words[-1]].append(person)
            if len(words) > 2:
                self._by_surname[compact(words[-2:])].append(person)
            words_in_front[words[0]] += 1
            for word in (words[0], words[-1]):
                words_in_names[word] += 1
            if person.items >= WELL_KNOWN and len(key) >= _SHORTEST_SPELLING:
                spellings.append(key)
        self._spellings = Spellings(spellings)
        self.name_words = frozenset(word for word, n in words_in_names.items() if n >= 3)
        self.first_names = frozenset(word for word, n in words_in_front.items() if n >= 4)
        for namesakes in self._by_surname.values():
            namesakes.sort(key=lambda person: -person.weight)

    def _people_of(self, catalogue: Catalogue) -> list[Person]:
        known = fame_of(catalogue)
        fame = np.ones(len(catalogue.items)) if known is None else known + 0.1
        columns: dict[str, dict[str, int]] = defaultdict(dict)
        weights: dict[str, float] = defaultdict(float)
        for column in self._columns:
            for name, rows in catalogue.values(column).items():
                columns[name][column] = len(rows)
                weights[name] += float(fame[rows[0]] if len(rows) == 1 else fame[rows].sum())
        return [
            Person(name, tuple(counts.items()), weights[name]) for name, counts in columns.items()
        ]

    def by_name(self, key: str) -> Person | None:
        """The best known person of a whole name, its words run together."""
        return self._by_name.get(key)

    def by_surname(self, key: str) -> Sequence[Person] | None:
        """Everybody of a surname, its words run together, the best known first."""
        return self._by_surname.get(key)

    def closest_name(self, key: str) -> str | None:
        """The well-known name spelt most nearly like `key`, both run together."""
        if len(key) < 7:
            return None
        near = self._spellings.near(key, 1 if len(key) < 10 else 2, most=5)
        ranks = [
            (distance, -self._by_name[candidate].weight, candidate)
            for candidate, distance in near
            # One slip may be in the second letter: "Cristopher".
            if candidate[:2] == key[:2] or (distance == 1 and candidate[0] == key[0])
        ]
        return min(ranks)[2] if ranks else None

    def about(self, tokens: Sequence[Token], start: int, end: int, person: Person) -> str:
        """What ``[start:end]``, a name of `person`, stands for: ``column:name``."""
        return about_attribute(self._column(tokens, start, end, person), person.name)

    def _column(self, tokens: Sequence[Token], start: int, end: int, person: Person) -> str:
        counts = dict(person.columns)
        asked = self.role_asked(tokens, start, end)
        if asked in counts:
            return str(asked)
        # Somebody who directs as a rule is asked for as a director, whatever else they do: the
        # lexicon's order of columns says which role makes the item most theirs.
        most = max(counts.values())
        for column in self._columns:
            if counts.get(column, 0) >= _SHARE_OF_ROLE * most and counts.get(column, 0) >= 2:
                return column
        return max(counts, key=lambda column: counts[column])

    def role_asked(self, tokens: Sequence[Token], start: int, end: int) -> str | None:
        """The column that the words around a name ask for."""
        left = " ".join(t.word or t.raw for t in tokens[max(0, start - 6) : start])
        right = " ".join(t.word for t in tokens[end : end + 3])
        best: tuple[int, str] | None = None
        for column in self._columns:
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


def family_of(namesakes: Sequence[Person]) -> list[Person]:
    """Those of a surname who work as the best known of them does: "the Coen brothers"."""
    best = namesakes[0]
    main = max(best.columns, key=lambda entry: entry[1])[0]
    kin = [
        person
        for person in namesakes
        if person.weight >= 0.3 * best.weight and main in dict(person.columns)
    ]
    return kin[:3]
