"""What a ranking is told of a message: every value, theme and time in it, wanted or refused.

Themes ("superhero") and times ("old") are no mentions: they stand for nothing in a catalogue's
columns and move nothing else that is understood. Here they are set among the mentions, so that
the same cues tell what is thought of them: "tired of old movies" refuses the old ones. What a
wish is worth, and where it is looked up, is left to `bot.ranking`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.core.values import Polarity, Wish, WishKind
from bot.understanding.lexicon import English, Lexicon
from bot.understanding.linking.mentions import Kind, Mention, Stance
from bot.understanding.sentences import sentences_of
from bot.understanding.stances.stance import StanceReader, Statement
from bot.understanding.text import Token, singular

MOST_WORDS = 24
"""Words for themes and times that are read in one message."""
_TURNED_DOWN = frozenset({"too", "less"})
"""Before a time: "these are too old"."""
_AGES = frozenset({"year", "years", "yr", "yrs", "month", "months", "how"})
"""Before a time that is somebody's age: "ten years old"."""
_POLARITY = {
    Stance.WANT: Polarity.WANTED,
    Stance.LIKE: Polarity.WANTED,
    Stance.AVOID: Polarity.REFUSED,
    Stance.DISLIKE: Polarity.REFUSED,
    Stance.DENIED: Polarity.REFUSED,
    Stance.FORGET: Polarity.REFUSED,
}


def value_wishes(
    mentions: Sequence[Mention],
    statements: Sequence[Statement],
    liked: Sequence[str],
    disliked: Sequence[str],
) -> Iterator[Wish]:
    """The values of a message in order; `liked` and `disliked` are what it comes to for each.

    Of a value that is only told not to hold ("it is not funny") nothing is said. A narrower one
    that is refused ("no slapstick") leaves the value alone, and counts as a theme.
    """
    denied = {each.mention for each in statements if each.stance is Stance.DENIED}
    for number, mention in enumerate(mentions):
        if mention.kind is not Kind.VALUE:
            continue
        said = mention.text.casefold()
        if number in denied:
            if mention.narrow:
                yield Wish(WishKind.THEME, singular(said), Polarity.REFUSED, said)
            continue
        for about in mention.abouts:
            polarity = Polarity.NAMED
            if about in liked:
                polarity = Polarity.WANTED
            elif about in disliked:
                polarity = Polarity.REFUSED
            yield Wish(WishKind.VALUE, about, polarity, said)


def other_wishes(
    tokens: Sequence[Token],
    mentions: Sequence[Mention],
    themes: Sequence[str],
    english: English,
    lexicon: Lexicon,
) -> Iterator[Wish]:
    """The `themes` and the times of a message, each with what is thought of it."""
    found = dict(_spoken(tokens, mentions, frozenset(themes), english.times))
    if not found:
        return
    extra = [
        Mention(at, at + 1, Kind.VALUE, (about,), tokens[at].raw)
        for at, (_, about) in found.items()
    ]
    every = sorted((*mentions, *extra), key=lambda mention: mention.start)
    numbers = {number for number, mention in enumerate(every) if mention.start in found}
    sentences = [
        sentence
        for sentence in sentences_of(tokens, every, lexicon.nouns)
        if numbers.intersection(sentence.mentions)
    ]
    stances: dict[int, Stance] = {}
    for statement in StanceReader(every).read(sentences):
        if statement.mention is not None:
            stances[every[statement.mention].start] = statement.stance
    for at, (kind, about) in found.items():
        polarity = _POLARITY.get(stances.get(at, Stance.NEUTRAL), Polarity.NAMED)
        if kind is WishKind.TIME and at and tokens[at - 1].word in _TURNED_DOWN:
            polarity = Polarity.REFUSED
        known = lexicon.themes.get(about) if kind is WishKind.THEME else None
        yield Wish(
            kind,
            about,
            polarity,
            tokens[at].word,
            values=known.values if known else (),
            title_words=known.titles if known else (),
        )


def _spoken(
    tokens: Sequence[Token],
    mentions: Sequence[Mention],
    themes: frozenset[str],
    times: Mapping[str, str],
) -> Iterator[tuple[int, tuple[WishKind, str]]]:
    """Where the themes and times stand that are in no mention, with what they are."""
    covered = {place for mention in mentions for place in range(mention.start, mention.end)}
    count = 0
    for at, token in enumerate(tokens):
        if at in covered or not token.word or count == MOST_WORDS:
            continue
        if token.word in themes:
            yield at, (WishKind.THEME, singular(token.word))
            count += 1
        elif token.word in times and not (at and tokens[at - 1].word in _AGES):
            yield at, (WishKind.TIME, times[token.word])
            count += 1
