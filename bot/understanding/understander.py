"""From a message to its `Understanding`: the pipeline over this package's parts.

Linking finds what is named, references what is pointed at, stance what is thought of each,
gathering puts it into lists, constraints has the limits, intents what the message is for. Nothing here keeps state between
messages; what was said before comes in as arguments.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.core.values import Intent, Message, Understanding, WishKind
from bot.understanding.foreign_language import is_foreign
from bot.understanding.intents import read_intents
from bot.understanding.lexicon import Lexicon, english, lexicon_for
from bot.understanding.limits.constraints import ConstraintReader
from bot.understanding.limits.counts import count_of
from bot.understanding.linking.attribute_values import AttributeIndex
from bot.understanding.linking.linker import Linker
from bot.understanding.linking.mentions import Kind, Mention
from bot.understanding.linking.titles import TitleIndex
from bot.understanding.references import find_references
from bot.understanding.sentences import sentences_of
from bot.understanding.stances.slot_filling import gather
from bot.understanding.stances.stance import StanceReader
from bot.understanding.text import Token, tokenise
from bot.understanding.themes import shades_of, themes_of
from bot.understanding.wishes import other_wishes, value_wishes

LONGEST_MESSAGE = 8000  # characters that are read; the rest of a longer message is left out
_TAG = patterns.compile(r"</?[a-zA-Z][^<>]{0,80}>")  # of HTML: never part of what is said
_LASTING = patterns.compile(
    r"\b(?:never (?:ever )?(?:show|recommend|suggest|give)|always|in general|generally|from now on|ever again|"
    r"as a rule|(?:no|not|never|hate|nothing|without)\b[^;]*\bever(?= please| ,| ;|$)|anymore|any more|usually|never again|again$|at all times|permanently|for good|forever|every time)\b"
)
_TONIGHT = patterns.compile(
    r"\b(?:tonight|today|right now|this (?:time|evening|weekend)|for now|at the moment|now)\b"
)
_NOT_NOW = patterns.compile(
    r"\b(?:not (?:tonight|today|now|right now|yet|this time|at the moment|in the mood(?: for (?:it|that|this|§))?)|"
    r"(?:some|an)other (?:day|time|night)|maybe (?:later|another|some other|next time)|later maybe|not in the mood for (?:it|that|§\d+)|save it for another|some other time)\b"
)
_OWN_VERBS = patterns.compile(
    r"\b(?:love[ds]?|like[ds]?|enjoy(?:ed)?|hate[ds]?|dislike[ds]?|prefer|favourite|fan|adore[ds]?|"
    r"stand|best|terrible|awful|boring|was|were)\b"
)
_ALL_SAID = patterns.compile(
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
_FOND_OF_THEME = patterns.compile(r"\b(?:love|like|enjoy|prefer)\b[^;]*§noun about \w")
_LESS_OF = patterns.compile(r"\b(?:less|not (?:as|so)) §(\d+)\b")
_MORE_OF = patterns.compile(r"\b(?:more|less) §(\d+)(?: please| than| but|$| ;)")
_OPEN_TO_THEMES = {Intent.REQUEST, Intent.PREFERENCE, Intent.CRITIQUE}
_NONE = patterns.compile(r"^(?:none|no|nothing|neither|nope|not really|no thanks?|nah)$")


class CatalogueUnderstander:
    """Understands messages about one catalogue. Thread-safe: nothing changes after building."""

    def __init__(self, catalogue: Catalogue):
        self._catalogue = catalogue
        self._english = english()
        self._lexicon: Lexicon = lexicon_for(catalogue.columns)
        tones = "|".join(map(patterns.escape, sorted(self._lexicon.tones))) or "(?!)"
        self._tones = patterns.compile(rf"\b(?:{tones})\b")
        attributes = AttributeIndex(catalogue, self._lexicon, self._english)
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
        text = _TAG.sub(lambda tag: " " * len(tag[0]), text[:LONGEST_MESSAGE])
        tokens = tokenise(text)
        if not any(token.word for token in tokens):
            return Understanding(empty=True)
        spoken_of = list(shown) or _last_items(turns)
        context = frozenset(
            self._catalogue.row(item_id)
            for item_id in spoken_of
            if self._catalogue.get(item_id) is not None
        )
        linked = self._linker.link(tokens, context=context, question=question)
        pointed = find_references(tokens, spoken_of, linked, self._catalogue, self._lexicon.nouns)
        mentions = _without_overlap(pointed, linked)
        if question is not None and _declines_all(mentions, tokens):
            return Understanding(intents=frozenset({Intent.REJECT}))
        covered = [False] * len(tokens)
        for mention in mentions:
            covered[mention.start : mention.end] = [True] * (mention.end - mention.start)
        foreign = is_foreign(
            text,
            (t.word for t, hidden in zip(tokens, covered, strict=True) if t.word and not hidden),
            self._english,
        )
        if foreign:
            return Understanding(
                mentions=_ids([m for m in mentions if _stands_out(m, tokens)], Kind.ITEM),
                unknown_titles=(),
                foreign_language=True,
            )
        sentences = sentences_of(tokens, mentions, self._lexicon.nouns)
        words = " ; ".join(sentence.text for sentence in sentences)
        statements = list(StanceReader(mentions).read(sentences))
        gathered, item_stances, value_stances, references = gather(
            statements, mentions, sentences, spoken_of, question
        )
        named = [i for m in mentions if m.kind in (Kind.ITEM, Kind.REFERENCE) for i in m.abouts]
        limits = self._constraints.read(words, spoken_of, named)
        count = count_of(words)
        toned = bool(spoken_of) and self._tones.search(words) is not None
        comparing = self._compares(words, mentions)
        intents = read_intents(
            words,
            sentences,
            item_stances,
            value_stances,
            compared=limits.compared or (comparing and bool(spoken_of)),
            toned=toned,
            has_constraints=bool(limits.constraints),
            relaxed=bool(limits.relaxed),
            shown=bool(spoken_of),
            names_items=any(m.kind is Kind.ITEM for m in mentions),
            lasting=bool(_LASTING.search(words)) and not _TONIGHT.search(words),
            declined=any(
                m.kind is Kind.REFERENCE and m.text.casefold().startswith(("none", "neither"))
                for m in mentions
            ),
            items=frozenset(n for n, m in enumerate(mentions) if m.kind is not Kind.VALUE),
            said_verbs=_OWN_VERBS.search(words) is not None,
            question=question,
            count=count,
        )
        if question is not None and _NONE.match(words):
            intents = frozenset({Intent.REJECT})
        named_items = [i for m in mentions if m.kind is Kind.ITEM for i in m.abouts]
        if _NOT_NOW.search(words) and named_items and not _OWN_VERBS.search(words):
            later = tuple(i for i in gathered.get("likes") if i in named_items)
            gathered.add("not_now", later)
            gathered.drop("likes", later)
            if later:
                intents = (intents - {Intent.REQUEST, Intent.PREFERENCE}) | {Intent.REJECT}
        elif _NOT_NOW.search(words) and spoken_of and not gathered.get("likes"):
            later = references or tuple(spoken_of)
            gathered.add("not_now", later)
            gathered.drop("dislikes", later)
            references = references or later
            intents |= {Intent.REJECT}
        if Intent.ACCEPT in intents and references and not gathered.get("likes"):
            chosen = [r for r in references if r not in gathered.get("dislikes")]
            gathered.add("likes", chosen)
        forget_all = _ALL_SAID.match(words) is not None
        if forget_all:
            intents = (intents - {Intent.SMALL_TALK, Intent.REQUEST}) | {Intent.FORGET}
        less_of = {int(mark[1]) for mark in _LESS_OF.finditer(words)}
        shades = (
            *shades_of(words, self._lexicon.shades),
            *(
                mention.text.casefold()
                for number, mention in enumerate(mentions)
                if mention.opinion and number in less_of
            ),
        )
        if shades and intents <= {Intent.SMALL_TALK}:
            intents = frozenset({Intent.CRITIQUE if spoken_of else Intent.REQUEST})
        if intents <= {Intent.SMALL_TALK} and _FOND_OF_THEME.search(words):
            intents = frozenset({Intent.PREFERENCE})
        felt = {word for shade in shades for word in shade.split()}
        themes = tuple(word for word in themes_of(words, self._english) if word not in felt)
        wishes = (
            *value_wishes(mentions, statements, gathered.get("likes"), gathered.get("dislikes")),
            *other_wishes(tokens, mentions, themes, self._english, self._lexicon),
        )
        refused = {w.said for w in wishes if w.refused and w.kind is WishKind.THEME}
        themes = tuple(word for word in themes if word not in refused)
        open_to_themes = bool(intents & _OPEN_TO_THEMES)
        lasting: set[str] = set()
        if _LASTING.search(words) and not _TONIGHT.search(words):
            lasting = {*gathered.get("wants"), *gathered.get("avoids"), *limits.constraints}
        return Understanding(
            intents=intents,
            likes=gathered.get("likes"),
            dislikes=gathered.get("dislikes"),
            seen=gathered.get("seen"),
            saved=gathered.get("saved"),
            not_now=gathered.get("not_now"),
            wants=gathered.get("wants"),
            avoids=gathered.get("avoids"),
            mentions=_ids(mentions, Kind.ITEM),
            references=references,
            forget=gathered.get("forget"),
            forget_all=forget_all,
            themes=themes if open_to_themes else (),
            wishes=tuple(
                wish
                for wish in wishes
                if open_to_themes or wish.kind is not WishKind.THEME or wish.refused
            ),
            shades=shades if open_to_themes else (),
            asked_about=tuple(
                column
                for column, said in self._lexicon.questions.items()
                if Intent.ASK_ITEM in intents and any(phrase in words for phrase in said)
            ),
            constraints=_tidy(limits.constraints),
            relaxed=limits.relaxed,
            unknown_titles=tuple(
                dict.fromkeys(a for m in mentions if m.kind is Kind.UNKNOWN for a in m.abouts)
            ),
            lasting=frozenset(lasting),
            count=count,
            asks_who=any(_WHO.search(sentence.text) for sentence in sentences),
        )

    def _compares(self, words: str, mentions: Sequence[Mention]) -> bool:
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


def _ids(mentions: Sequence[Mention], kind: Kind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(a for m in mentions if m.kind is kind for a in m.abouts))


def _last_items(turns: Sequence[Message]) -> list[str]:
    """Items of the last message that had any; its own words are nearest to a pronoun."""
    for message in reversed(turns):
        if message.items:
            return list(message.items)
    return []


def _tidy(constraints: Mapping[str, float]) -> dict[str, float | str]:
    return {
        name: int(value) if float(value).is_integer() else float(value)
        for name, value in constraints.items()
    }


def _declines_all(mentions: Sequence[Mention], tokens: Sequence[Token]) -> bool:
    """Whether a message is nothing but "none of these", of whatever was offered."""
    if len(mentions) != 1 or mentions[0].kind is not Kind.REFERENCE:
        return False
    (only,) = mentions
    outside = [t for n, t in enumerate(tokens) if t.word and not only.start <= n < only.end]
    return not outside and only.text.casefold().startswith(("none", "neither"))
