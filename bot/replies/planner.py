"""The sentences that answer a turn, in order: notices, the act's own words, and a question.

Owns what is said when and what the writer is told; leaves the words themselves to
`bot.replies.wording` and to the writer.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence

from bot.core.protocols import Catalogue
from bot.core.values import Event, EventKind, Intent, split_about
from bot.policy.situation import asked_in_a_row
from bot.policy.turn_state import Turn
from bot.ranking.rendering import answer_text, ranking_cache
from bot.ranking.terms.language_model import LanguageTerm
from bot.replies.wording import Wording
from bot.replies.writer import ReplyRequest, ReplyWriter

_REMEMBERED = 2  # replies whose phrases are not used again at once

Explain = Callable[[str], tuple[str, ...]]
"""Item id → the sentences that explain why it was suggested."""


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

    def sentences(self, turn: Turn, explain: Explain) -> Iterator[str]:
        """The reply, sentence by sentence."""
        begun: list[str] = []
        for sentence in self._in_order(turn, explain, begun):
            begun.append(sentence)
            yield sentence

    def _in_order(self, turn: Turn, explain: Explain, begun: Sequence[str]) -> Iterator[str]:
        """The sentences; `begun` holds those that were said when the next is asked for."""
        yield from turn.notices
        if turn.said.foreign_language:
            yield self.words.say("foreign")
        elif turn.said.empty:
            yield self.words.say("empty_message")
        elif turn.said.asks_who:
            yield self.words.say("who_i_am")
        yield from self.words.unknown_titles(turn.said.unknown_titles)
        if turn.act == "explain":
            yield from self._explanations(turn, explain)
        elif turn.act == "answer":
            yield from self._answers(turn)
        elif turn.act == "confirm":
            if Intent.DELETE in turn.said.intents:
                yield self.words.say("how_to_delete", user=turn.user)
            else:
                yield self.words.parting(turn.said.intents)
        elif turn.act == "ask":
            yield from self._first_question(turn)
        else:
            yield from self._recommendation(turn, begun)

    def _recommendation(self, turn: Turn, begun: Sequence[str]) -> Iterator[str]:
        assert turn.query is not None
        yield from self.words.taken_back(turn.events, turn.earlier)
        if Intent.UNDO in turn.said.intents and not _undoes(turn.events):
            yield self.words.say("nothing_to_undo")
        if not turn.suggestions:
            yield self.words.nothing_left(turn.query)
            return
        if len(turn.suggestions) < turn.wished_count:
            yield from self.words.few_left(turn.query, len(turn.suggestions))
        if Intent.GREET in turn.said.intents and not turn.past and not turn.at_a_guess:
            yield self.words.say("hello_again" if _has_spoken_before(turn) else "hello")
        if turn.at_a_guess:
            yield self.words.say("at_a_guess")
        yield from self.words.not_told(turn.said)
        yield from self.words.not_among(turn.said.wants, turn.suggestions)
        if self._write:
            yield from self.writer.write(self._reply_request(turn, begun))
        if turn.question is not None:
            yield self.words.question(turn.question)

    def _reply_request(self, turn: Turn, begun: Sequence[str]) -> ReplyRequest:
        said, profile = turn.said, turn.profile
        recent = [about for about in profile.liked if split_about(about) is None][-2:]
        # "As you like Heat" is said only where Heat is among the reasons for the suggestion.
        reasons = " ".join(turn.suggestions[0].reasons)
        likes = [
            about
            for about in (*said.likes, *recent)
            if (item := self.catalogue.get(about)) is not None and item.label in reasons
        ]
        wants = [a for a in (*said.wants, *said.likes) if split_about(a) is not None]
        replies = [message.text for message in turn.messages if message.speaker == "assistant"]
        # What ranking has not read is not gone on from: the reply's own prompt is shorter.
        read = LanguageTerm.name in turn.suggestions[0].terms
        return ReplyRequest(
            text=turn.messages[-1].text,
            dialogue=answer_text(turn.messages, " ".join(begun)) if read else "",
            # The next ranking reads on from there: the whole answer, from its first word on.
            cache=ranking_cache(turn.query) if turn.query is not None else None,
            told=replies[-_REMEMBERED:],
            items=[suggestion.item for suggestion in turn.suggestions],
            likes=self.words.titles(dict.fromkeys(likes))[:2],
            wants=self.words.values(dict.fromkeys(wants))[:2],
            avoids=self.words.values(dict.fromkeys((*said.avoids, *said.dislikes)))[:1],
            seed=zlib.crc32(f"{turn.conversation}{len(turn.messages)}".encode()),
        )

    def _first_question(self, turn: Turn) -> Iterator[str]:
        if not turn.said.empty and not turn.said.foreign_language:
            asked = len(asked_in_a_row(turn.earlier, turn.conversation))
            greeted = Intent.GREET in turn.said.intents
            yield self.words.say("first_question", asked=asked, greeted=greeted)
        if turn.question is not None:
            yield self.words.question(turn.question)

    def _explanations(self, turn: Turn, explain: Explain) -> Iterator[str]:
        wanted = turn.said.references or turn.said.mentions
        suggested = [s for stored in turn.past for s in stored.result.suggestions]
        latest = next(
            (t.result.suggestions for t in reversed(turn.past) if t.result.suggestions), ()
        )
        chosen = [s for s in suggested if s.item.item_id in wanted] or list(latest[:1])
        if not chosen:
            yield self.words.say("nothing_to_explain")
        for suggestion in chosen[-3:]:
            yield " ".join([f"{suggestion.item.label}:", *explain(suggestion.item.item_id)])

    def _answers(self, turn: Turn) -> Iterator[str]:
        if Intent.ASK_SELF in turn.said.intents:
            yield from self.words.known_of(turn.profile)
            return
        for item_id in turn.asked_of[:3]:
            item = self.catalogue.get(item_id)
            if item is not None:
                yield from self.words.answer(item, turn.said.asked_about)


def _has_spoken_before(turn: Turn) -> bool:
    """Whether anything is known from another conversation."""
    return any(event.conversation not in (None, turn.conversation) for event in turn.earlier)


def _undoes(events: Sequence[Event]) -> bool:
    return any(event.kind is EventKind.UNDONE for event in events)
