"""One turn, computed: what was heard, ranked, chosen, said. Storing it is left to the chatbot.

    message → understanding → events → profile → policy → ranking → reply

Owns the order of these steps; leaves each step to its module, which act answers a message to
`bot.policy.acts`, and the sentences of the answer to `bot.replies.planner`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.conversation.api import TurnRanked, TurnSentence
from bot.conversation.dialogue import READ_AT_MOST, messages_of, readable, readings_of
from bot.conversation.explaining import Explaining
from bot.conversation.parts import DialogueParts
from bot.conversation.turn_state import Incoming, TurnState, elapsed_ms
from bot.core.protocols import TurnRecord
from bot.core.results import RankingQuery, Scored, Suggestion, Timings, TurnResult
from bot.core.values import ANSWERS_JOINED_BY, Event, EventKind, Intent, Message, Understanding
from bot.policy.acts import act_of, may_ask
from bot.policy.heard import Heard, shown_last
from bot.policy.situation import Situation, asked_in_a_row, open_key
from bot.profile.dials import VARIETY, diversity_of
from bot.profile.fold import fold_profile
from bot.profile.message_events import events_of, forget_all, undo_last
from bot.ranking.diversity import diversify
from bot.ranking.query import query_of
from bot.ranking.ranker_comparison import ranker_name
from bot.replies.planner import Answering, Decided
from bot.replies.wording import Wording

POOL = 200  # how much of the ranking is looked at for what is shown
BELIEF = 600  # and how much of it where a question may be asked


class TurnPipeline:
    """Takes turns over one catalogue; holds no person's data."""

    def __init__(self, parts: DialogueParts, explaining: Explaining) -> None:
        self._parts = parts
        self._explaining = explaining
        self._answering = Answering(
            parts.catalogue, parts.words, parts.writer, write=parts.options.write_replies
        )

    def run(self, turn: TurnState) -> Iterator[TurnRanked | TurnSentence]:
        """The turn's steps, in order; what it leaves to be stored is `turn.record`.

        That is there after the last step, and when the iterator is closed once the step after
        `TurnRanked` was asked for. The suggestions do not wait for the question.
        """
        self._hear(turn)
        self._choose_act(turn)
        self._rank(turn)
        yield TurnRanked(turn.suggestions, turn.timings)
        try:
            # Whoever asks for more has seen the suggestions; from here on they are kept.
            self._choose_question(turn)
            self._choose_quick_replies(turn)
            for sentence in self._sentences(turn):
                turn.say(sentence)
                yield TurnSentence(sentence)
        except GeneratorExit:
            self._leave(turn)
            raise
        self._leave(turn)

    def _hear(self, turn: TurnState) -> None:
        """Understand the message and fold what it said into the profile."""
        came = turn.incoming
        read = readable(came.text)
        messages = messages_of(came.past)
        last = came.past[-1].result if came.past else None
        said = self._parts.understander.understand(
            read,
            turns=messages,
            shown=[suggestion.item.item_id for suggestion in shown_last(came.past)],
            question=open_key(came.history, came.conversation)
            if last and last.act in ("ask", "recommend")
            else None,
        )
        events = self._events_of(came, said, read)
        turn.heard = Heard(
            user=came.user,
            conversation=came.conversation,
            said=said,
            earlier=came.history,
            events=events,
            past=came.past,
            messages=[*messages, Message("user", read, said.mentions)],
            profile=fold_profile(
                came.user, [*came.history, *events], conversation=came.conversation, now=came.at
            ),
            asked=asked_in_a_row(came.history, came.conversation),
        )

    def _events_of(self, came: Incoming, said: Understanding, read: str) -> list[Event]:
        """The events that a message amounts to."""
        catalogue, conversation, at = self._parts.catalogue.name, came.conversation, came.at
        events = [*events_of(said, read, at, conversation=conversation, catalogue=catalogue)]
        if said.forget_all:
            known = fold_profile(came.user, came.history, conversation=conversation, now=at)
            events.extend(
                replace(event, catalogue=catalogue)
                for event in forget_all(known, read, at, conversation)
            )
        if Intent.UNDO in said.intents:
            events.extend(undo_last(came.history, conversation, read, at))
        return events

    def _choose_act(self, turn: TurnState) -> None:
        """Choose what answers the message, and what is to be pointed out about it."""
        turn.act = act_of(turn.heard)
        words = self._parts.words
        if turn.incoming.cut:
            turn.notices.append(too_long(words))
        turn.notices.extend(words.not_known_here(turn.heard.said.constraints))

    def _rank(self, turn: TurnState) -> None:
        """Rank the catalogue and choose what is shown, where the act shows something."""
        if turn.act not in ("recommend", "ask"):
            return
        heard, parts = turn.heard, self._parts
        turn.query = query_of(
            heard.messages,
            heard.profile,
            conversation=heard.conversation,
            readings=[*readings_of(heard.past), heard.said],
        )
        turn.ranked = parts.ranker.rank(turn.query, BELIEF if may_ask(heard) else POOL)
        count = heard.wished_count
        variety = heard.profile.settings.get(VARIETY)
        strength = parts.options.diversity if variety is None else diversity_of(variety)
        chosen = diversify(turn.ranked[: 4 * count], parts.index, count, strength)
        turn.suggestions = suggestions_of(chosen, turn.query, parts)
        turn.timings = Timings(ranked_ms=elapsed_ms(turn.incoming.began))

    def _choose_question(self, turn: TurnState) -> None:
        """Choose the question that goes with the suggestions, if any.

        Somebody new who has said nothing to go on is shown suggestions beside the question, so
        that being asked costs nothing: a reaction to them is an answer too. Where no question is
        worth the person's time they stand alone.
        """
        if turn.query is not None and may_ask(turn.heard):
            turn.question = self._parts.policy.next_question(
                Situation.of(turn.ranked, turn.query, turn.heard.asked, turn.suggestions)
            )
        if turn.act == "ask" and turn.question is None:
            turn.act = "recommend"

    def _choose_quick_replies(self, turn: TurnState) -> None:
        if turn.query is None:
            return
        words = self._parts.words
        turn.chips = words.chips(turn.question, turn.suggestions, turn.query)
        if not turn.suggestions:
            turn.chips = (*words.relaxing_chips(turn.query), *turn.chips)

    def _sentences(self, turn: TurnState) -> Iterator[str]:
        """The reply, sentence by sentence."""
        decided = Decided(
            act=turn.act,
            notices=turn.notices,
            query=turn.query,
            suggestions=turn.suggestions,
            question=turn.question,
            explanations=self._explaining.asked_for(turn.heard),
        )
        return self._answering.sentences(turn.heard, decided)

    def _leave(self, turn: TurnState) -> None:
        """Leave what is to be stored, with the reply as far as it got."""
        came = turn.incoming
        turn.timings = replace(turn.timings, total_ms=elapsed_ms(came.began))
        result = TurnResult(
            conversation=came.conversation,
            act=turn.act,
            reply=" ".join(turn.sentences),
            suggestions=turn.suggestions,
            understood=turn.heard.said,
            timings=turn.timings,
            chips=turn.chips,
            notices=tuple(turn.notices),
        )
        shown = tuple(suggestion.item.item_id for suggestion in turn.suggestions)
        turn.record = TurnRecord(
            user_text=came.text,
            result=result,
            messages=[turn.heard.messages[-1], Message("assistant", result.reply, shown)],
            events=[*turn.heard.events, *self._happened(turn)],
            catalogue=self._parts.catalogue.name,
            replacing=came.replacing,
        )

    def _happened(self, turn: TurnState) -> Iterator[Event]:
        """The events of what was shown and asked."""
        came = turn.incoming

        def event(kind: EventKind, about: str, source: str, value: str | None = None) -> Event:
            return Event(
                kind,
                about,
                source,
                came.at,
                value,
                lasting=False,
                conversation=came.conversation,
                catalogue=self._parts.catalogue.name,
            )

        chosen_by = ranker_name(self._parts.ranker, came.user)
        for suggestion in turn.suggestions:
            yield event(EventKind.SHOWN, suggestion.item.item_id, came.text[:200], chosen_by)
        if turn.question is not None:
            answers = ANSWERS_JOINED_BY.join(turn.question.answers)
            yield event(EventKind.ASKED, turn.question.key, answers)


def suggestions_of(
    ranked: Iterable[Scored], query: RankingQuery, parts: DialogueParts
) -> tuple[Suggestion, ...]:
    """Ranked items as they are shown, with their reasons."""
    reasons = parts.explainer.reasons
    return tuple(
        Suggestion(
            item=parts.catalogue.items[parts.catalogue.row(scored.item_id)],
            score=scored.score,
            reasons=reasons(scored, query) if parts.options.give_reasons else (),
            terms=scored.terms,
        )
        for scored in ranked
    )


def too_long(words: Wording) -> str:
    """What is said of a message that was longer than what is read."""
    return words.say("too_long", most=f"{READ_AT_MOST:,}")
