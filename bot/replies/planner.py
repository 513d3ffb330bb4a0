"""The sentences that answer a turn, in order: notices, the act's own words, and a question.

Owns what is said when and what the writer is told; leaves the words themselves to
`bot.replies.wording` and to the writer.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.protocols import Catalogue
from bot.core.results import Act, RankingQuery, Suggestion
from bot.core.values import Event, EventKind, Intent, split_about
from bot.policy.heard import Heard
from bot.policy.questions import Question
from bot.ranking.rendering import answer_text, ranking_cache
from bot.ranking.terms.language_model import LanguageTerm
from bot.replies.wording import Wording
from bot.replies.writer import ReplyRequest, ReplyWriter

_REMEMBERED = 2  # replies whose phrases are not used again at once


@dataclass(frozen=True, slots=True)
class Decided:
    """What a message is answered with: the act, and what there is to show, ask and point out.

    `explanations` are the sentences of the act "explain", asked for one by one.
    """

    act: Act
    notices: Sequence[str] = ()
    query: RankingQuery | None = None
    suggestions: Sequence[Suggestion] = ()
    question: Question | None = None
    explanations: Iterable[str] = ()


class Answering:
    """Answers turns over one catalogue; holds no person's data."""

    def __init__(
        self, catalogue: Catalogue, words: Wording, writer: ReplyWriter, *, write: bool = True
    ) -> None:
        """`write` False leaves out the model's sentences (simulations)."""
        self.catalogue = catalogue
        self.words = words
        self.writer = writer
        self._write = write

    def sentences(self, heard: Heard, decided: Decided) -> Iterator[str]:
        """The reply, sentence by sentence."""
        begun: list[str] = []
        for sentence in self._in_order(heard, decided, begun):
            begun.append(sentence)
            yield sentence

    def _in_order(self, heard: Heard, decided: Decided, begun: Sequence[str]) -> Iterator[str]:
        """The sentences; `begun` holds those that were said when the next is asked for."""
        yield from decided.notices
        if heard.said.foreign_language:
            yield self.words.say("foreign")
        elif heard.said.empty:
            yield self.words.say("empty_message")
        elif heard.said.asks_who:
            yield self.words.say("who_i_am")
        yield from self.words.unknown_titles(heard.said.unknown_titles)
        if decided.act == "explain":
            yield from decided.explanations
        elif decided.act == "answer":
            yield from self._answers(heard)
        elif decided.act == "confirm":
            if Intent.DELETE in heard.said.intents:
                yield self.words.say("how_to_delete", user=heard.user)
            else:
                yield self.words.parting(heard.said.intents)
        elif decided.act == "ask":
            yield from self._first_question(heard, decided.question)
        else:
            yield from self._recommendation(heard, decided, begun)

    def _recommendation(
        self, heard: Heard, decided: Decided, begun: Sequence[str]
    ) -> Iterator[str]:
        said, suggestions = heard.said, decided.suggestions
        assert decided.query is not None
        yield from self.words.taken_back(heard.events, heard.earlier)
        if Intent.UNDO in said.intents and not _undoes(heard.events):
            yield self.words.say("nothing_to_undo")
        if not suggestions:
            yield self.words.nothing_left(decided.query)
            return
        if len(suggestions) < heard.wished_count:
            yield from self.words.few_left(decided.query, len(suggestions))
        if Intent.GREET in said.intents and not heard.past and not heard.at_a_guess:
            yield self.words.say("hello_again" if _has_spoken_before(heard) else "hello")
        if heard.at_a_guess:
            yield self.words.say("at_a_guess")
        yield from self.words.not_told(said)
        yield from self.words.not_among(said.wants, suggestions)
        if self._write:
            yield from self.writer.write(self._reply_request(heard, decided, begun))
        if decided.question is not None:
            yield self.words.question(decided.question)

    def _reply_request(self, heard: Heard, decided: Decided, begun: Sequence[str]) -> ReplyRequest:
        said, profile, suggestions = heard.said, heard.profile, decided.suggestions
        recent = [about for about in profile.liked if split_about(about) is None][-2:]
        # "As you like Heat" is said only where Heat is among the reasons for the suggestion.
        reasons = " ".join(suggestions[0].reasons)
        likes = [
            about
            for about in (*said.likes, *recent)
            if (item := self.catalogue.get(about)) is not None and item.label in reasons
        ]
        wants = [a for a in (*said.wants, *said.likes) if split_about(a) is not None]
        replies = [message.text for message in heard.messages if message.speaker == "assistant"]
        # What ranking has not read is not gone on from: the reply's own prompt is shorter.
        read = LanguageTerm.name in suggestions[0].terms
        return ReplyRequest(
            text=heard.messages[-1].text,
            dialogue=answer_text(heard.messages, " ".join(begun)) if read else "",
            # The next ranking reads on from there: the whole answer, from its first word on.
            cache=ranking_cache(decided.query) if decided.query is not None else None,
            told=replies[-_REMEMBERED:],
            items=[suggestion.item for suggestion in suggestions],
            likes=self.words.titles(dict.fromkeys(likes))[:2],
            wants=self.words.values(dict.fromkeys(wants))[:2],
            avoids=self.words.values(dict.fromkeys((*said.avoids, *said.dislikes)))[:1],
            seed=zlib.crc32(f"{heard.conversation}{len(heard.messages)}".encode()),
        )

    def _first_question(self, heard: Heard, question: Question | None) -> Iterator[str]:
        if not heard.said.empty and not heard.said.foreign_language:
            greeted = Intent.GREET in heard.said.intents
            yield self.words.say("first_question", asked=len(heard.asked), greeted=greeted)
        if question is not None:
            yield self.words.question(question)

    def _answers(self, heard: Heard) -> Iterator[str]:
        if Intent.ASK_SELF in heard.said.intents:
            yield from self.words.known_of(heard.profile)
            return
        for item_id in heard.asked_of[:3]:
            item = self.catalogue.get(item_id)
            if item is not None:
                yield from self.words.answer(item, heard.said.asked_about)


def _has_spoken_before(heard: Heard) -> bool:
    """Whether anything is known from another conversation."""
    return any(event.conversation not in (None, heard.conversation) for event in heard.earlier)


def _undoes(events: Sequence[Event]) -> bool:
    return any(event.kind is EventKind.UNDONE for event in events)
