"""From a message to its `Understanding`: the pipeline over this package's parts.

Owns the order of the parts, and what their findings come to together where none of them can tell
by itself. Nothing here keeps state between messages; what was said before comes in as arguments.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from collections.abc import Sequence

from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.core.values import Intent, Message, Understanding, WishKind
from bot.understanding.foreign_language import is_foreign
from bot.understanding.intents import MessageReading, read_intents
from bot.understanding.lasting import is_for_good, puts_off
from bot.understanding.lexicon import Lexicon, english, lexicon_for
from bot.understanding.limits.constraints import ConstraintReader
from bot.understanding.limits.counts import count_of
from bot.understanding.linking.attribute_values import AttributeFinder
from bot.understanding.linking.linker import Linker
from bot.understanding.linking.mentions import Kind, Mention
from bot.understanding.linking.titles import TitleIndex
from bot.understanding.references import find_references
from bot.understanding.sentences import Sentence, sentences_of
from bot.understanding.stances.slot_filling import Slots, fill_slots
from bot.understanding.stances.stance import StanceReader, Statement
from bot.understanding.text import Token, tokenise
from bot.understanding.themes import is_fond_of_theme, less_of, shades_of, themes_of
from bot.understanding.wishes import other_wishes, value_wishes

_TAG = patterns.compile(r"</?[a-zA-Z][^<>]{0,80}>")  # of HTML: never part of what is said
_JUDGEMENT = patterns.compile(
    r"\b(?:love[ds]?|like[ds]?|enjoy(?:ed)?|hate[ds]?|dislike[ds]?|prefer|favourite|fan|adore[ds]?|"
    r"stand|best|terrible|awful|boring|was|were)\b"
)
_FORGET_ALL = patterns.compile(
    r"^(?:ok |okay |please |can you |could you |just |now |, |i want you to |let us )*(?:(?:forget|erase|clear|wipe|reset|ignore|scrap|disregard|never mind)"
    r" (?:about )?(?:everything|it all|all (?:of )?(?:that|this|it|i said)|all|my (?:taste|tastes|preferences|likes|profile|history))"
    r"(?: (?:i|we|you|that|have|ever|said|told|know|about|me|so|far|you|mentioned|before|wanted|please|and|start|over|again|,))*$|"
    r"start (?:over|again|afresh|fresh|from scratch)|reset(?: everything)?$|(?:let us )?begin again$)"
)
_WHO = patterns.compile(
    r"^(?:so |and |but |hi |hey |hello |, )*(?:who|what) are you$|\bwho (?:made|built) you\b|"
    r"\bare you (?:really )?(?:a |an )?(?:bot|human|robot|real|ai|person|machine|computer)\b|"
    r"\bwhat (?:can|do) you (?:actually )?do$|\bwhat is your name\b"
)
_MORE_OF = patterns.compile(r"\b(?:more|less) §(\d+)(?: please| than| but|$| ;)")
_NONE = patterns.compile(r"^(?:none|no|nothing|neither|nope|not really|no thanks?|nah)$")
_OPEN_TO_THEMES = {Intent.REQUEST, Intent.PREFERENCE, Intent.CRITIQUE}


class CatalogueUnderstander:
    """Understands messages about one catalogue. Thread-safe: nothing changes after building."""

    def __init__(self, catalogue: Catalogue):
        self._catalogue = catalogue
        self._english = english()
        self._lexicon: Lexicon = lexicon_for(catalogue.columns)
        tones = "|".join(map(patterns.escape, sorted(self._lexicon.tones))) or "(?!)"
        self._tones = patterns.compile(rf"\b(?:{tones})\b")
        attributes = AttributeFinder(catalogue, self._lexicon, self._english)
        titles = TitleIndex(
            catalogue,
            self._english,
            descriptive=attributes.descriptive,
            names=attributes.name_words,
        )
        self._linker = Linker(catalogue, titles, attributes, self._lexicon, self._english)
        self._constraints = ConstraintReader(catalogue, self._lexicon)

    def understand(
        self,
        text: str,
        *,
        turns: Sequence[Message] = (),
        shown: Sequence[str] = (),
        question: str | None = None,
    ) -> Understanding:
        """What `text` says; `shown` are the last suggestions in order, `question` the key asked."""
        text = _TAG.sub(lambda tag: " " * len(tag[0]), text)
        tokens = tokenise(text)
        if not any(token.word for token in tokens):
            return Understanding(empty=True)
        spoken_of = list(shown) or _last_items(turns)
        mentions = self._mentions_in(tokens, spoken_of, question)
        if question is not None and _declines_all(mentions, tokens):
            return Understanding(intents=frozenset({Intent.REJECT}))
        if self._is_foreign(text, tokens, mentions):
            named = [mention for mention in mentions if _stands_out(mention, tokens)]
            return Understanding(mentions=_abouts(named, Kind.ITEM), foreign_language=True)
        sentences = sentences_of(tokens, mentions, self._lexicon.nouns)
        statements = list(StanceReader(mentions).read(sentences))
        slots = fill_slots(statements, mentions, sentences, spoken_of, question)
        said = self._read(tokens, sentences, mentions, statements, slots, spoken_of, question)
        intents = _put_off(said, slots, spoken_of, _intents_of(said))
        if Intent.ACCEPT in intents and slots.references and not slots.get("likes"):
            slots.add("likes", [r for r in slots.references if r not in slots.get("dislikes")])
        return self._understanding(said, slots, intents)

    def _mentions_in(
        self, tokens: Sequence[Token], spoken_of: Sequence[str], question: str | None
    ) -> list[Mention]:
        """All that is named or pointed at, in order; what is pointed at goes before."""
        context = frozenset(
            self._catalogue.row(item_id)
            for item_id in spoken_of
            if self._catalogue.get(item_id) is not None
        )
        linked = self._linker.link(tokens, context=context, question=question)
        pointed = find_references(tokens, spoken_of, linked, self._catalogue, self._lexicon.nouns)
        return _without_overlap(pointed, linked)

    def _is_foreign(self, text: str, tokens: Sequence[Token], mentions: Sequence[Mention]) -> bool:
        """Whether the words that name nothing are of another language."""
        named = {at for mention in mentions for at in range(mention.start, mention.end)}
        words = (t.word for at, t in enumerate(tokens) if t.word and at not in named)
        return is_foreign(text, words, self._english)

    def _read(
        self,
        tokens: Sequence[Token],
        sentences: Sequence[Sentence],
        mentions: Sequence[Mention],
        statements: Sequence[Statement],
        slots: Slots,
        spoken_of: Sequence[str],
        question: str | None,
    ) -> MessageReading:
        words = " ; ".join(sentence.text for sentence in sentences)
        named = [i for m in mentions if m.kind in (Kind.ITEM, Kind.REFERENCE) for i in m.abouts]
        limits = self._constraints.read(words, spoken_of, named)
        shown = bool(spoken_of)
        return MessageReading(
            text=words,
            tokens=tokens,
            sentences=sentences,
            mentions=mentions,
            statements=statements,
            item_stances=slots.item_stances,
            value_stances=slots.value_stances,
            limits=limits,
            shown=shown,
            question=question,
            count=count_of(words),
            compares=limits.compared or (shown and _compares_values(words, mentions)),
            toned=shown and self._tones.search(words) is not None,
            lasting=is_for_good(words),
            judges=_JUDGEMENT.search(words) is not None,
        )

    def _understanding(
        self, said: MessageReading, slots: Slots, intents: frozenset[Intent]
    ) -> Understanding:
        words, limits = said.text, said.limits
        forget_all = _FORGET_ALL.match(words) is not None
        if forget_all:
            intents = (intents - {Intent.SMALL_TALK, Intent.REQUEST}) | {Intent.FORGET}
        shades = (*shades_of(words, self._lexicon.shades), *less_of(words, said.mentions))
        if shades and intents <= {Intent.SMALL_TALK}:
            intents = frozenset({Intent.CRITIQUE if said.shown else Intent.REQUEST})
        if intents <= {Intent.SMALL_TALK} and is_fond_of_theme(words):
            intents = frozenset({Intent.PREFERENCE})
        open_to_themes = bool(intents & _OPEN_TO_THEMES)
        felt = {word for shade in shades for word in shade.split()}
        themes = tuple(word for word in themes_of(words, self._english) if word not in felt)
        wishes = (
            *value_wishes(
                said.mentions, said.statements, slots.get("likes"), slots.get("dislikes")
            ),
            *other_wishes(said.tokens, said.mentions, themes, self._english, self._lexicon),
        )
        refused = {w.said for w in wishes if w.refused and w.kind is WishKind.THEME}
        themes = tuple(word for word in themes if word not in refused)
        lasting: set[str] = set()
        if said.lasting:
            lasting = {*slots.get("wants"), *slots.get("avoids"), *limits.constraints}
        return Understanding(
            intents=intents,
            likes=slots.get("likes"),
            dislikes=slots.get("dislikes"),
            seen=slots.get("seen"),
            saved=slots.get("saved"),
            not_now=slots.get("not_now"),
            wants=slots.get("wants"),
            avoids=slots.get("avoids"),
            mentions=_abouts(said.mentions, Kind.ITEM),
            references=tuple(slots.references),
            forget=slots.get("forget"),
            forget_all=forget_all,
            themes=themes if open_to_themes else (),
            wishes=tuple(
                wish
                for wish in wishes
                if open_to_themes or wish.kind is not WishKind.THEME or wish.refused
            ),
            shades=shades if open_to_themes else (),
            asked_about=self._columns_asked(words) if Intent.ASK_ITEM in intents else (),
            constraints={name: _whole(value) for name, value in limits.constraints.items()},
            relaxed=limits.relaxed,
            unknown_titles=_abouts(said.mentions, Kind.UNKNOWN),
            lasting=frozenset(lasting),
            count=said.count,
            asks_who=any(_WHO.search(sentence.text) for sentence in said.sentences),
        )

    def _columns_asked(self, words: str) -> tuple[str, ...]:
        """The columns that a question about an item is after."""
        return tuple(
            column
            for column, phrases in self._lexicon.questions.items()
            if any(phrase in words for phrase in phrases)
        )


def _intents_of(said: MessageReading) -> frozenset[Intent]:
    """A bare "none" answers the question, whatever it might say by itself."""
    if said.question is not None and _NONE.match(said.text):
        return frozenset({Intent.REJECT})
    return read_intents(said)


def _put_off(
    said: MessageReading, slots: Slots, spoken_of: Sequence[str], intents: frozenset[Intent]
) -> frozenset[Intent]:
    """Put what is not for today into its slot; the intents that this leaves."""
    if not puts_off(said.text):
        return intents
    named = _abouts(said.mentions, Kind.ITEM)
    if named and not said.judges:
        later = tuple(item_id for item_id in slots.get("likes") if item_id in named)
        slots.add("not_now", later)
        slots.drop("likes", later)
        if later:
            return (intents - {Intent.REQUEST, Intent.PREFERENCE}) | {Intent.REJECT}
    elif spoken_of and not slots.get("likes"):
        if not slots.references:
            slots.references.update(dict.fromkeys(spoken_of))
        slots.add("not_now", tuple(slots.references))
        slots.drop("dislikes", tuple(slots.references))
        return intents | {Intent.REJECT}
    return intents


def _compares_values(words: str, mentions: Sequence[Mention]) -> bool:
    """Whether a value is asked for by comparison: "funnier", "more romantic"."""
    compared = {int(mark[1]) for mark in _MORE_OF.finditer(words)}
    return any(
        number in compared or (mention.opinion and mention.text.casefold().endswith("er"))
        for number, mention in enumerate(mentions)
        if mention.kind is Kind.VALUE
    )


def _stands_out(mention: Mention, tokens: Sequence[Token]) -> bool:
    """Whether a title is one in any language: of several words, or with a capital."""
    return mention.end - mention.start > 1 or tokens[mention.start].capitalised


def _without_overlap(first: Sequence[Mention], then: Sequence[Mention]) -> list[Mention]:
    kept = list(first)
    for mention in then:
        if all(mention.end <= other.start or other.end <= mention.start for other in first):
            kept.append(mention)
    return sorted(kept, key=lambda mention: mention.start)


def _abouts(mentions: Sequence[Mention], kind: Kind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(a for m in mentions if m.kind is kind for a in m.abouts))


def _last_items(turns: Sequence[Message]) -> list[str]:
    """Items of the last message that had any; its own words are nearest to a pronoun."""
    for message in reversed(turns):
        if message.items:
            return list(message.items)
    return []


def _whole(value: float) -> float:
    """A limit as a whole number where it is one."""
    return int(value) if float(value).is_integer() else float(value)


def _declines_all(mentions: Sequence[Mention], tokens: Sequence[Token]) -> bool:
    """Whether a message is nothing but "none of these", of whatever was offered."""
    if len(mentions) != 1 or mentions[0].kind is not Kind.REFERENCE:
        return False
    (only,) = mentions
    outside = [t for n, t in enumerate(tokens) if t.word and not only.start <= n < only.end]
    return not outside and only.text.casefold().startswith(("none", "neither"))
