"""One turn, computed: what was heard, ranked, chosen, said. Storing it is the session's business.

    message → understanding → events → profile → policy → ranking → reply

Owns the order of these steps; leaves each step to its module, which act answers a message to
`bot.policy.acts`, and the sentences of the answer to `bot.replies.planner`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.conversation.dialogue import READ_AT_MOST, messages_of, readable, readings_of
from bot.core.protocols import Catalogue, Ranker, StoredTurn, Understander
from bot.core.results import RankingQuery, Scored, Suggestion, Timings, TurnResult
from bot.core.values import ANSWERS_JOINED_BY, Event, EventKind, Intent, Message
from bot.policy.acts import act_of
from bot.policy.onboarding import MOST_IN_A_ROW, OnboardingPolicy, QuestionPolicy
from bot.policy.situation import Situation, asked_in_a_row, open_key
from bot.policy.turn_state import Turn, elapsed_ms
from bot.profile.dials import DIALS, VARIETY, diversity_of
from bot.profile.fold import fold_profile
from bot.profile.message_events import events_of, forget_all, undo_last
from bot.ranking.diversity import diversify
from bot.ranking.items.attribute_vectors import AttributeIndex
from bot.ranking.query import query_of
from bot.ranking.ranker_comparison import ranker_name
from bot.ranking.terms.title_likelihood import conversation_cache
from bot.replies.explanations import Explainer
from bot.replies.planner import Answering, Explain
from bot.replies.wording import Wording
from bot.replies.writer import ReplyWriter

POOL = 200  # how much of the ranking is looked at for what is shown
BELIEF = 600  # and how much of it where a question may be asked


@dataclass(frozen=True)
class Options:
    """What the owner may set about a conversation."""

    diversity: float = DIALS[VARIETY].usual  # of the last step, 0 to 1, where none is set
    write_replies: bool = True  # False ranks without the model's words (simulations)
    give_reasons: bool = True  # False leaves them out (simulations that do not read them)


class TurnTaker:
    """Takes turns over one catalogue; holds no person's data."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        understander: Understander,
        ranker: Ranker,
        writer: ReplyWriter,
        index: AttributeIndex,
        options: Options,
        policy: QuestionPolicy | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.understander = understander
        self.ranker = ranker
        self.writer = writer
        self.options = options
        self.explainer = Explainer(catalogue, index, ranker)
        self.words = Wording(catalogue)
        self.index = index
        self._policy = policy or OnboardingPolicy(index)
        self._answering = Answering(catalogue, self.words, writer, write=options.write_replies)

    def forget(self, conversation: str) -> None:
        """Drop what the model has in memory of a conversation that was deleted."""
        self.writer.forget(conversation_cache(conversation))

    def hear(
        self,
        user: str,
        text: str,
        conversation: str,
        *,
        history: Sequence[Event],
        past: Sequence[StoredTurn],
        at: datetime,
        began: float,
        cut: bool = False,
    ) -> Turn:
        """Understand a message and fold what it said into the profile.

        `text` is what is read of the message (`bot.conversation.dialogue.received`), `cut` whether
        more was sent; `history` are the person's events, `past` the conversation's turns so far.
        """
        messages = messages_of(past)
        last = past[-1].result if past else None
        shown = next(
            (turn.result.suggestions for turn in reversed(past) if turn.result.suggestions), ()
        )
        read = readable(text)
        said = self.understander.understand(
            read,
            turns=messages,
            shown=[suggestion.item.item_id for suggestion in shown],
            question=open_key(history, conversation)
            if last and last.act in ("ask", "recommend")
            else None,
        )
        events = list(
            events_of(said, read, at, conversation=conversation, catalogue=self.catalogue.name)
        )
        if said.forget_all:
            events.extend(
                replace(event, catalogue=self.catalogue.name)
                for event in forget_all(
                    fold_profile(user, history, conversation=conversation, now=at),
                    read,
                    at,
                    conversation,
                )
            )
        if Intent.UNDO in said.intents:
            events.extend(undo_last(history, conversation, read, at))
        turn = Turn(
            user=user,
            text=text,
            conversation=conversation,
            began=began,
            at=at,
            said=said,
            earlier=history,
            events=events,
            messages=[*messages, Message("user", read, said.mentions)],
            profile=fold_profile(user, [*history, *events], conversation=conversation, now=at),
            past=past,
        )
        turn.act = act_of(turn, bool(shown), len(asked_in_a_row(history, conversation)))
        if cut:
            turn.notices += (self.too_long(),)
        turn.notices += tuple(self.words.not_known_here(said.constraints))
        if turn.act in ("recommend", "ask"):
            self._rank(turn)
        return turn

    def too_long(self) -> str:
        """What is said of a message that was longer than what is read."""
        return self.words.say("too_long", most=f"{READ_AT_MOST:,}")

    def _rank(self, turn: Turn) -> None:
        """Rank the catalogue and choose what is shown."""
        turn.query = query_of(
            turn.messages,
            turn.profile,
            conversation=turn.conversation,
            readings=[*readings_of(turn.past), turn.said],
        )
        turn.ranked = self.ranker.rank(turn.query, BELIEF if _may_ask(turn) else POOL)
        count = turn.wished_count
        variety = turn.profile.settings.get(VARIETY)
        strength = self.options.diversity if variety is None else diversity_of(variety)
        chosen = diversify(turn.ranked[: 4 * count], self.index, count, strength)
        turn.suggestions = tuple(self.suggestion(scored, turn.query) for scored in chosen)
        turn.timings = Timings(ranked_ms=elapsed_ms(turn.began))

    def ask(self, turn: Turn) -> None:
        """Choose the question that goes with the suggestions, if any, and the quick replies.

        Apart from `hear`, so that the suggestions need not wait for it. Somebody new who has said
        nothing to go on is shown suggestions beside the question, so that being asked costs
        nothing: a reaction to them is an answer too. Where no question is worth the person's time
        they stand alone.
        """
        if turn.query is None:
            return
        if _may_ask(turn):
            asked = asked_in_a_row(turn.earlier, turn.conversation)
            turn.question = self._policy.next_question(
                Situation.of(turn.ranked, turn.query, asked, turn.suggestions)
            )
        if turn.act == "ask" and turn.question is None:
            turn.act = "recommend"
        turn.chips = self.words.chips(turn.question, turn.suggestions, turn.query)
        if not turn.suggestions:
            turn.chips = (*self.words.relaxing_chips(turn.query), *turn.chips)

    def suggestion(self, scored: Scored, query: RankingQuery) -> Suggestion:
        item = self.catalogue.get(scored.item_id)
        assert item is not None
        return Suggestion(
            item=item,
            score=scored.score,
            reasons=self.explainer.reasons(scored, query) if self.options.give_reasons else (),
            terms=scored.terms,
        )

    def sentences(self, turn: Turn, explain: Explain) -> Iterator[str]:
        """The reply, sentence by sentence."""
        return self._answering.sentences(turn, explain)

    def result(self, turn: Turn, sentences: Sequence[str]) -> TurnResult:
        """The turn as it is stored, with the reply as far as it got."""
        turn.timings = replace(turn.timings, total_ms=elapsed_ms(turn.began))
        return TurnResult(
            conversation=turn.conversation,
            act=turn.act,
            reply=" ".join(sentences),
            suggestions=turn.suggestions,
            understood=turn.said,
            timings=turn.timings,
            chips=turn.chips,
            notices=turn.notices,
        )

    def happened(self, turn: Turn) -> list[Event]:
        """All events of the turn: what was said, shown and asked."""

        def event(kind: EventKind, about: str, source: str) -> Event:
            return Event(
                kind,
                about,
                source,
                turn.at,
                lasting=False,
                conversation=turn.conversation,
                catalogue=self.catalogue.name,
            )

        events = list(turn.events)
        for suggestion in turn.suggestions:
            shown = event(EventKind.SHOWN, suggestion.item.item_id, turn.text[:200])
            events.append(replace(shown, value=ranker_name(self.ranker, turn.user)))
        if turn.question is not None:
            answers = ANSWERS_JOINED_BY.join(turn.question.answers)
            events.append(event(EventKind.ASKED, turn.question.key, answers))
        return events


def _may_ask(turn: Turn) -> bool:
    return (
        Intent.SKIP not in turn.said.intents
        and len(asked_in_a_row(turn.earlier, turn.conversation)) < MOST_IN_A_ROW
    )
