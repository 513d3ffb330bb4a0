"""One turn, computed: what was heard, ranked, chosen, said. Storing it is the session's business.

    message → understanding → events → profile → policy → ranking → reply

Owns the order of these steps and which act answers a message; leaves each step to its module.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter

from bot.domain import (
    ANSWERS_JOINED_BY,
    Act,
    Event,
    EventKind,
    Intent,
    Message,
    Profile,
    RankingQuery,
    Scored,
    Suggestion,
    Timings,
    TurnResult,
    Understanding,
    split_about,
)
from bot.explanations import Explainer
from bot.policy.onboarding import (
    MOST_IN_A_ROW,
    OnboardingPolicy,
    QuestionPolicy,
    asked_in_a_row,
    open_key,
    settled_keys,
)
from bot.policy.questions import Question
from bot.preferences import DIALS, VARIETY, diversity_of
from bot.profile import fold_profile
from bot.protocols import Catalogue, Ranker, StoredTurn, Understander
from bot.querying import query_of
from bot.ranking.attributes import AttributeIndex
from bot.ranking.comparison import ranker_name
from bot.ranking.diversity import diversify
from bot.replies.wording import Wording
from bot.replies.writer import ReplyRequest, ReplyWriter
from bot.statements import events_of, forget_all

SUGGESTIONS = 5
MOST_SUGGESTIONS = 20
POOL = 200  # how much of the ranking is looked at for what is shown
BELIEF = 2000  # and how much of it where a question may be asked
READ_AT_MOST = 4000  # characters of a message; of a longer one the beginning and the end
_QUIET = frozenset({Intent.THANK, Intent.STOP})

Explain = Callable[[str], tuple[str, ...]]
"""Item id → the sentences that explain why it was suggested."""


@dataclass(frozen=True)
class Options:
    """What the owner may set about a conversation."""

    diversity: float = DIALS[VARIETY].usual  # of the last step, 0 to 1, where none is set
    write_replies: bool = True  # False ranks without the model's words (simulations)
    give_reasons: bool = True  # False leaves them out (simulations that do not read them)


@dataclass
class Turn:
    """What is known of the turn under way; gathered step by step."""

    user: str
    text: str
    conversation: str
    began: float
    at: datetime
    said: Understanding
    earlier: Sequence[Event]
    events: list[Event]
    messages: list[Message]
    profile: Profile
    past: Sequence[StoredTurn] = ()
    question: Question | None = None
    query: RankingQuery | None = None
    ranked: Sequence[Scored] = ()
    suggestions: tuple[Suggestion, ...] = ()
    act: Act = "recommend"
    timings: Timings = field(default_factory=Timings)
    notices: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()

    @property
    def wished_count(self) -> int:
        """How many suggestions the person gets at most."""
        return min(self.said.count or SUGGESTIONS, MOST_SUGGESTIONS)

    @property
    def at_a_guess(self) -> bool:
        """Whether neither the person's history nor the message gives anything to go on."""
        return self.profile.is_new and not self.said.informative

    def first_word(self) -> None:
        """Note when the first sentence came."""
        if self.timings.first_token_ms is None:
            self.timings = replace(self.timings, first_token_ms=elapsed_ms(self.began))


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
    ) -> Turn:
        """Understand a message and fold what it said into the profile.

        `history` are the person's events, `past` the conversation's turns so far.
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
            events.extend(_undo_last(history, conversation, read, at))
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
        turn.act = _act(turn, bool(shown), len(asked_in_a_row(history, conversation)))
        if len(text) > READ_AT_MOST:
            turn.notices += (self.words.say("too_long"),)
        turn.notices += tuple(self.words.not_known_here(said.constraints))
        if turn.act == "recommend":
            self._rank(turn)
        elif turn.act == "ask":
            self._ask_first(turn)
        return turn

    def _rank(self, turn: Turn) -> None:
        """Rank the catalogue, choose what is shown, and a question to go with it."""
        turn.query = query_of(turn.messages, turn.profile, conversation=turn.conversation)
        may_ask = (
            Intent.SKIP not in turn.said.intents
            and len(asked_in_a_row(turn.earlier, turn.conversation)) < MOST_IN_A_ROW
        )
        turn.ranked = self.ranker.rank(turn.query, BELIEF if may_ask else POOL)
        count = turn.wished_count
        variety = turn.profile.settings.get(VARIETY)
        strength = self.options.diversity if variety is None else diversity_of(variety)
        chosen = diversify(turn.ranked[: 4 * count], self.index, count, strength)
        turn.suggestions = tuple(self.suggestion(scored, turn.query) for scored in chosen)
        turn.timings = Timings(ranked_ms=elapsed_ms(turn.began))
        if may_ask:
            turn.question = self._ask(turn)
        turn.chips = self.words.chips(turn.question, turn.suggestions, turn.query)
        if not turn.suggestions:
            turn.chips = (*self.words.relaxing_chips(turn.query), *turn.chips)

    def _ask(self, turn: Turn) -> Question | None:
        asked = asked_in_a_row(turn.earlier, turn.conversation)
        facts = sum(fact.lasting for fact in turn.profile.facts)
        settled = settled_keys(turn.query) if turn.query is not None else frozenset()
        met = {suggestion.item.item_id for suggestion in turn.suggestions}
        met |= turn.profile.never_show | set(turn.profile.shown) | set(turn.profile.offered)
        return self._policy.next_question(turn.ranked, asked, facts, settled, frozenset(met))

    def _ask_first(self, turn: Turn) -> None:
        """A question for somebody new who has said nothing to go on.

        Suggestions come along, so that being asked costs nothing: a reaction to them is an answer
        too. Where no question is worth the person's time they stand alone.
        """
        self._rank(turn)
        if turn.question is None:
            turn.act = "recommend"

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
        yield from turn.notices
        if turn.said.foreign_language:
            yield self.words.say("foreign")
        elif turn.said.empty:
            yield self.words.say("empty_message")
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
            yield from self._recommendation(turn)

    def _recommendation(self, turn: Turn) -> Iterator[str]:
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
            yield self.words.say("hello_again")
        if turn.at_a_guess:
            yield self.words.say("at_a_guess")
        if self.options.write_replies:
            yield from self.writer.write(self._reply_request(turn))
        if turn.question is not None:
            yield self.words.question(turn.question)

    def _reply_request(self, turn: Turn) -> ReplyRequest:
        said, profile = turn.said, turn.profile
        recent = [about for about in profile.liked if split_about(about) is None][-2:]
        likes = [a for a in (*said.likes, *recent) if split_about(a) is None]
        wants = [a for a in (*said.wants, *said.likes) if split_about(a) is not None]
        return ReplyRequest(
            text=turn.messages[-1].text,
            items=[suggestion.item for suggestion in turn.suggestions],
            likes=self.words.titles(dict.fromkeys(likes))[:2],
            wants=self.words.values(dict.fromkeys(wants))[:2],
            avoids=self.words.values(dict.fromkeys((*said.avoids, *said.dislikes)))[:1],
            seed=zlib.crc32(f"{turn.conversation}{len(turn.messages)}".encode()),
        )

    def _first_question(self, turn: Turn) -> Iterator[str]:
        if not turn.said.empty:
            asked = len(asked_in_a_row(turn.earlier, turn.conversation))
            yield self.words.say("first_question", asked=asked)
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
        for item_id in (*turn.said.references, *turn.said.mentions)[:3]:
            item = self.catalogue.get(item_id)
            if item is not None:
                yield self.words.facts(item)

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


def _act(turn: Turn, something_shown: bool, asked: int) -> Act:
    intents = turn.said.intents
    if Intent.WHY in intents and something_shown:
        return "explain"
    if Intent.DELETE in intents:
        return "confirm"
    if Intent.ASK_SELF in intents:
        return "answer"
    wishes = Intent.REQUEST in intents
    if (
        Intent.ASK_ITEM in intents
        and (turn.said.references or turn.said.mentions)
        and not (wishes and (turn.said.likes or turn.said.constraints))
    ):
        return "answer"
    if intents and intents <= _QUIET and not turn.said.informative:
        return "confirm"
    taking_back = bool(intents & {Intent.UNDO, Intent.FORGET})
    if turn.at_a_guess and not taking_back and asked < MOST_IN_A_ROW:
        return "ask"
    return "recommend"


def _undo_last(
    history: Sequence[Event], conversation: str, source: str, at: datetime
) -> list[Event]:
    """UNDONE for the last statement or click in this conversation that still stands."""
    gone = {event.about for event in history if event.kind is EventKind.UNDONE}
    marks = {EventKind.SHOWN, EventKind.ASKED, EventKind.UNDONE, EventKind.MENTIONED}
    standing = [
        event
        for event in history
        if event.conversation == conversation
        and event.kind not in marks
        and event.event_id not in gone
    ]
    if not standing:
        return []
    last = standing[-1]
    return [
        Event(EventKind.UNDONE, event.event_id or "", source, at, conversation=conversation)
        for event in standing
        if event.source == last.source and event.at == last.at
    ]


def _undoes(events: Sequence[Event]) -> bool:
    return any(event.kind is EventKind.UNDONE for event in events)


def messages_of(turns: Sequence[StoredTurn]) -> list[Message]:
    """The dialogue of stored turns, items linked."""
    messages = []
    for turn in turns:
        said = turn.result.understood
        shown = tuple(suggestion.item.item_id for suggestion in turn.result.suggestions)
        messages.append(Message("user", readable(turn.user_text), said.mentions))
        messages.append(Message("assistant", turn.result.reply, shown))
    return messages


def readable(text: str) -> str:
    """One line of at most `READ_AT_MOST` characters: of more, the beginning and the end."""
    line = " ".join(text.replace("\x00", " ").split())
    if len(line) <= READ_AT_MOST:
        return line
    half = READ_AT_MOST // 2
    return f"{line[:half]} … {line[-half:]}"


def elapsed_ms(began: float) -> float:
    """Milliseconds since `began`, a reading of `perf_counter`."""
    return round((perf_counter() - began) * 1000, 1)
