"""People, genres and every other attribute value of a catalogue, as a message names them.

Owns which passages are meant as values and names: words that need something said beside them,
surnames alone, "the … brothers". What there is to be named is left to `known_values` and
`known_people`, titles to `titles` and `linker`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from bot.core.protocols import Catalogue
from bot.understanding.lexicon import English, Lexicon
from bot.understanding.linking.known_people import (
    WELL_KNOWN,
    PeopleIndex,
    Person,
    family_of,
    people_columns,
)
from bot.understanding.linking.known_values import LONGEST_PHRASE, ValueIndex
from bot.understanding.linking.mentions import Kind, Mention
from bot.understanding.text import Token, compact, word_set, words_of

_SIBLINGS = frozenset({"brothers", "bros", "sisters", "siblings"})
_OWNERS = frozenset({"my", "our", "his", "her", "their", "your", "whose"})
_LISTING = frozenset({"and", "or", "/", ",", "&", "nor", "but"})
_ASKING = word_set(
    """a an any some more no not like love loves likes enjoy into want good great of other
    another prefer hate hates about these those best favourite favorite maybe also really
    recommend nice something anything nothing on with for too"""
)
_POSSESSIVE = ("'s", "’s")


class AttributeFinder:
    """Finds the attribute values of one catalogue in tokenised text."""

    def __init__(self, catalogue: Catalogue, lexicon: Lexicon, english: English):
        self._lexicon = lexicon
        self._function = english.function
        self._plain = english.plain
        self._not_values: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for phrase in lexicon.not_values:
            words = tuple(words_of(phrase))
            self._not_values[words[0]].append(words)
        self._narrow = {compact(words_of(phrase)) for phrase in lexicon.narrow}
        self._values = ValueIndex(catalogue, lexicon, english, people_columns(catalogue, lexicon))
        self._people = PeopleIndex(catalogue, lexicon)
        self.name_words = self._people.name_words
        self.kinds = self._values.single_words
        """Single words that name a value of a column with few of them."""
        self.descriptive = self.kinds | lexicon.nouns
        """Single words that name an attribute value or say what the items are."""

    def is_value(self, key: str) -> bool:
        """Whether words run together name a value."""
        return key in self._values

    def find(self, tokens: Sequence[Token]) -> list[Mention]:
        """Every passage that names a value or a person; passages may overlap."""
        words = [i for i, token in enumerate(tokens) if token.word]
        found: list[Mention] = []
        for at in range(len(words)):
            found.extend(self._starting_at(tokens, words, at))
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

    def _starting_at(
        self, tokens: Sequence[Token], words: Sequence[int], at: int
    ) -> Iterable[Mention]:
        key = ""
        for count in range(1, LONGEST_PHRASE + 1):
            if at + count > len(words):
                return
            last = words[at + count - 1]
            if count > 1 and any(t.breaks for t in tokens[words[at] : last]):
                return
            key += tokens[last].word
            start, end = words[at], last + 1
            abouts = self._values.abouts(key)
            if abouts is None and count == 1 and tokens[last].raw[-2:] in _POSSESSIVE:
                abouts = self._values.abouts(key[:-1])  # "comedy's", for the plural
            if abouts is not None and self._is_meant(tokens, start, end, key):
                weight = 0.0 if self._values.is_one_of_many(key) else float("inf")
                yield self._mention(tokens, start, end, abouts, key, weight=weight)
            person = self._people.by_name(key)
            if person is None and tokens[last].raw[-2:] in _POSSESSIVE:
                person = self._people.by_name(key[:-1])
            if person is not None and self._is_name(tokens, start, end, count):
                yield self._person(tokens, start, end, person)
            if count == 1 or (count == 2 and self._is_name(tokens, start, end, count)):
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

    def _person(
        self,
        tokens: Sequence[Token],
        start: int,
        end: int,
        person: Person,
        weight: float = float("inf"),
    ) -> Mention:
        abouts = (self._people.about(tokens, start, end, person),)
        return self._mention(tokens, start, end, abouts, "", person=True, weight=weight)

    def _is_meant(self, tokens: Sequence[Token], start: int, end: int, key: str) -> bool:
        """Whether a word that is also plain English is meant as a value here."""
        if len(key) == 1:
            return False
        if end - start > 1 or key not in self._lexicon.needs_context:
            return key not in self._function
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

    def _is_name(self, tokens: Sequence[Token], start: int, end: int, count: int) -> bool:
        """Whether a run of words that spells a name is one here."""
        run = [token.word for token in tokens[start:end] if token.word]
        if count == 1:
            if run[0] in self._plain or run[0] in self.descriptive or len(run[0]) < 4:
                return False
            return self._people.role_asked(tokens, start, end) is not None
        capitalised = all(t.capitalised for t in tokens[start:end] if t.word)
        return capitalised or not all(word in self._plain for word in run)

    def _by_surname(
        self, tokens: Sequence[Token], start: int, end: int, key: str
    ) -> Iterable[Mention]:
        following = tokens[end].word if end < len(tokens) else ""
        people = self._people.by_surname(key)
        if people is None and tokens[end - 1].raw[-2:] in _POSSESSIVE:
            people = self._people.by_surname(key[:-1])
        plural = False
        if not people and key.endswith("s") and _word_before(tokens, start) == "the":
            people, plural = self._people.by_surname(key[:-1]), True
        if not people:
            return
        if following in _SIBLINGS or plural:
            family = family_of(people)
            if len(family) > 1:
                abouts = tuple(self._people.about(tokens, start, end, each) for each in family)
                stop = end if plural else end + 1
                yield self._mention(tokens, start, stop, abouts, "", person=True)
            return
        best = people[0]
        rival = people[1].weight if len(people) > 1 else 0.0
        if best.items < WELL_KNOWN or best.weight < 3 * rival:
            return
        if key in self._plain or key in self.descriptive or len(key) < 4:
            return
        if self._is_somebody_else(tokens, start, end):
            return
        role = self._people.role_asked(tokens, start, end)
        if role is None and (key in self._people.first_names or best.items < 5):
            return
        weight = best.weight if role is None else float("inf")
        yield self._person(tokens, start, end, best, weight)

    def _is_somebody_else(self, tokens: Sequence[Token], start: int, end: int) -> bool:
        """Whether another part of a name stands beside a surname."""
        before = tokens[start - 1] if start else None
        if (
            before is not None
            and before.word in self.name_words
            and (before.capitalised or before.word not in self._plain)
        ):
            return True
        after = tokens[end] if end < len(tokens) else None
        return after is not None and after.capitalised and after.word in self.name_words

    def misspelt_value(self, tokens: Sequence[Token], at: int) -> Mention | None:
        """The value that a misspelt word was meant for."""
        phrase = self._values.closest(tokens[at].word)
        abouts = None if phrase is None else self._values.abouts(phrase)
        if phrase is None or abouts is None:
            return None
        return self._mention(tokens, at, at + 1, abouts, phrase)

    def closest_name(self, key: str) -> str | None:
        """As `PeopleIndex.closest_name`."""
        return self._people.closest_name(key)

    def misspelt_name(self, tokens: Sequence[Token], start: int, end: int, name: str) -> Mention:
        """The passage as a mention of the person whose `name`, run together, it misspells."""
        person = self._people.by_name(name)
        assert person is not None
        return self._person(tokens, start, end, person)


def _word_before(tokens: Sequence[Token], start: int) -> str:
    if start == 0:
        return ""
    token = tokens[start - 1]
    if start > 1 and token.raw in ('"', "“", "'"):
        token = tokens[start - 2]
    return token.word or token.raw
