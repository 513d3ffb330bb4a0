"""The session loop: one turn, one way through, for the page, the endpoints and the terminal.

    message → understanding → events → profile → policy → ranking → reply → events

Owns the order of things and what is stored when; leaves each step to its own module. A turn is
stored whole in one transaction, after its last sentence; a person who stops it midway after the
suggestions were shown keeps what was shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock
from time import perf_counter
from uuid import uuid4

from bot.domain import (
    Act,
    Event,
    EventKind,
    Intent,
    Item,
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
from bot.errors import CatalogueError, UnknownPersonError, UsageError
from bot.explanations import Explainer
from bot.policy.onboarding import OnboardingPolicy, asked_in_a_row
from bot.policy.questions import Question
from bot.profile import fold_profile
from bot.protocols import (
    Catalogue,
    Clock,
    ConversationInfo,
    PersonStore,
    Ranker,
    StoredTurn,
    Understander,
)
from bot.querying import query_from_dialogue, query_of
from bot.ranking.attributes import AttributeIndex
from bot.ranking.diversity import diversify
from bot.replies.wording import Wording
from bot.replies.writer import ReplyRequest, ReplyWriter
from bot.service import TurnDone, TurnRanked, TurnSentence, TurnStarted, TurnStep
from bot.statements import events_of, parse_feedback

SUGGESTIONS = 5
MOST_SUGGESTIONS = 20
POOL = 200  # how much of the ranking the policy and the diversity step see
READ_AT_MOST = 4000  # characters of a message; of a longer one the beginning and the end
_QUIET = frozenset({Intent.THANK, Intent.STOP})


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Options:
    """What the owner may set about a session."""

    diversity: float = 0.15  # strength of the last step, 0 to 1
    write_replies: bool = True  # False ranks without the model's words (simulation, terminals)


@dataclass
class _Turn:
    """What is known of the turn under way; gathered step by step."""

    user: str
    text: str
    conversation: str
    began: float
    at: datetime
    said: Understanding
    earlier: list[Event]
    events: list[Event]
    messages: list[Message]
    profile: Profile
    question: Question | None = None
    query: RankingQuery | None = None
    ranked: Sequence[Scored] = ()
    suggestions: tuple[Suggestion, ...] = ()
    act: Act = "recommend"
    timings: Timings = field(default_factory=Timings)
    notices: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()


class Tastebot:
    """The conversation with everybody over one catalogue; satisfies `bot.service.ChatService`."""

    def __init__(
        self,
        *,
        people: PersonStore,
        catalogue: Catalogue,
        understander: Understander,
        ranker: Ranker,
        writer: ReplyWriter,
        index: AttributeIndex,
        options: Options | None = None,
        clock: Clock = utc_now,
        same_item: Callable[[str, str], str | None] | None = None,
        warm: Callable[[], None] | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._people = people
        self._understander = understander
        self._ranker = ranker
        self._writer = writer
        self._index = index
        self._options = options or Options()
        self._clock = clock
        self._same_item = same_item
        self._warm = warm
        self._policy = OnboardingPolicy(index)
        self._explainer = Explainer(catalogue, index, ranker)
        self._words = Wording(catalogue)
        self._locks: dict[str, Lock] = {}
        self._locks_lock = Lock()

    @property
    def catalogue(self) -> Catalogue:
        """What is talked about."""
        return self._catalogue

    @property
    def writer(self) -> ReplyWriter:
        """The writer, for its statistics."""
        return self._writer

    # One turn ---------------------------------------------------------------------------------

    def respond(self, user: str, text: str, conversation: str | None = None) -> Iterator[TurnStep]:
        """One turn, step by step; see `bot.service.ChatService`."""
        began = perf_counter()
        self._people.ensure_person(user)
        if conversation:
            self._own(user, conversation)
        else:
            conversation = uuid4().hex
        with self._lock(conversation):
            yield TurnStarted(conversation)
            turn = self._hear(user, text, conversation, began)
            if turn.act == "recommend":
                self._rank(turn)
            sentences: list[str] = []
            stored = False
            try:
                yield TurnRanked(turn.suggestions, turn.timings)
                for sentence in self._sentences(turn):
                    if not sentences:
                        turn.timings = replace(turn.timings, first_token_ms=_ms(began))
                    sentences.append(sentence)
                    yield TurnSentence(sentence)
                stored = True
                yield TurnDone(self._store(turn, sentences))
            except GeneratorExit:
                if not stored:
                    self._store(turn, sentences)
                raise

    def _hear(self, user: str, text: str, conversation: str, began: float) -> _Turn:
        """Understand the message and fold what it said into the profile."""
        at = self._clock()
        earlier = self._events(user)
        turns = self._people.turns(conversation)
        messages = _messages(turns)
        last = turns[-1].result if turns else None
        shown = next((t.result.suggestions for t in reversed(turns) if t.result.suggestions), ())
        asked = asked_in_a_row(earlier, conversation)
        read = _readable(text)
        said = self._understander.understand(
            read,
            turns=messages,
            shown=[suggestion.item.item_id for suggestion in shown],
            question=asked[-1] if asked and last and last.act in ("ask", "recommend") else None,
        )
        events = list(
            events_of(said, read, at, conversation=conversation, catalogue=self._catalogue.name)
        )
        if Intent.UNDO in said.intents:
            events.extend(self._undo_last(earlier, conversation, read, at))
        turn = _Turn(
            user=user,
            text=text,
            conversation=conversation,
            began=began,
            at=at,
            said=said,
            earlier=earlier,
            events=events,
            messages=[*messages, Message("user", read, said.mentions)],
            profile=fold_profile(user, [*earlier, *events], conversation=conversation, now=at),
        )
        turn.act = self._act(turn, bool(shown))
        if len(text) > READ_AT_MOST:
            turn.notices += (self._words.say("too_long"),)
        return turn

    def _act(self, turn: _Turn, something_shown: bool) -> Act:
        intents = turn.said.intents
        if Intent.WHY in intents and something_shown:
            return "explain"
        if Intent.ASK_ITEM in intents and (turn.said.references or turn.said.mentions):
            return "answer"
        if intents and intents <= _QUIET and not turn.said.informative:
            return "confirm"
        if turn.profile.is_new and not turn.said.informative and not something_shown:
            return "ask"
        return "recommend"

    def _rank(self, turn: _Turn) -> None:
        """Rank the catalogue, choose what is shown, and a question to go with it."""
        turn.query = query_of(turn.messages, turn.profile, conversation=turn.conversation)
        turn.ranked = self._ranker.rank(turn.query, POOL)
        count = min(turn.said.count or SUGGESTIONS, MOST_SUGGESTIONS)
        strength = self._options.diversity
        chosen = diversify(turn.ranked[: 4 * count], self._index, count, strength)
        turn.suggestions = tuple(self._suggestion(scored, turn.query) for scored in chosen)
        turn.timings = Timings(ranked_ms=_ms(turn.began))
        if Intent.SKIP not in turn.said.intents:
            turn.question = self._ask(turn)
        turn.chips = self._words.chips(turn.question, turn.suggestions)

    def _ask(self, turn: _Turn) -> Question | None:
        asked = asked_in_a_row(turn.earlier, turn.conversation)
        facts = sum(fact.lasting for fact in turn.profile.facts)
        return self._policy.next_question(turn.ranked, asked, facts)

    def _suggestion(self, scored: Scored, query: RankingQuery) -> Suggestion:
        item = self._catalogue.get(scored.item_id)
        assert item is not None
        return Suggestion(
            item=item,
            score=scored.score,
            reasons=self._explainer.reasons(scored, query),
            terms=scored.terms,
        )

    def _sentences(self, turn: _Turn) -> Iterator[str]:
        """The reply, sentence by sentence."""
        yield from turn.notices
        if turn.said.foreign_language:
            yield self._words.say("foreign")
        elif turn.said.empty:
            yield self._words.say("empty_message")
        yield from self._words.unknown_titles(turn.said.unknown_titles)
        if turn.act == "explain":
            yield from self._explanations(turn)
        elif turn.act == "answer":
            yield from self._answers(turn)
        elif turn.act == "confirm":
            yield self._words.parting(turn.said.intents)
        elif turn.act == "ask":
            yield from self._first_question(turn)
        else:
            yield from self._recommendation(turn)

    def _recommendation(self, turn: _Turn) -> Iterator[str]:
        assert turn.query is not None
        yield from self._words.taken_back(turn.events, turn.earlier)
        if not turn.suggestions:
            yield self._words.nothing_left(turn.query)
            return
        if len(turn.suggestions) < min(turn.said.count or SUGGESTIONS, MOST_SUGGESTIONS):
            yield from self._words.few_left(turn.query, len(turn.suggestions))
        if self._options.write_replies:
            yield from self._writer.write(self._reply_request(turn))
        if turn.question is not None:
            yield self._words.question(turn.question)

    def _reply_request(self, turn: _Turn) -> ReplyRequest:
        said, profile = turn.said, turn.profile
        recent = [about for about in profile.liked if split_about(about) is None][-2:]
        likes = [a for a in (*said.likes, *recent) if split_about(a) is None]
        wants = [a for a in (*said.wants, *said.likes) if split_about(a) is not None]
        return ReplyRequest(
            text=turn.messages[-1].text,
            items=[suggestion.item for suggestion in turn.suggestions],
            likes=self._words.titles(dict.fromkeys(likes))[:2],
            wants=self._words.values(dict.fromkeys(wants))[:2],
            avoids=self._words.values(dict.fromkeys((*said.avoids, *said.dislikes)))[:1],
            seed=len(turn.messages),
        )

    def _first_question(self, turn: _Turn) -> Iterator[str]:
        """A question alone, for somebody new who has said nothing to go on."""
        turn.query = query_of(turn.messages, turn.profile)
        turn.ranked = self._ranker.rank(replace(turn.query, conversation=None), POOL)
        turn.question = self._ask(turn)
        turn.chips = self._words.chips(turn.question, ())
        if not turn.said.empty:
            yield self._words.say("first_question")
        if turn.question is not None:
            yield self._words.question(turn.question)

    def _explanations(self, turn: _Turn) -> Iterator[str]:
        wanted = turn.said.references or turn.said.mentions
        last = [
            suggestion
            for stored in self._people.turns(turn.conversation)
            for suggestion in stored.result.suggestions
        ]
        chosen = [s for s in last if s.item.item_id in wanted] or last[-SUGGESTIONS:][:1]
        if not chosen:
            yield self._words.say("nothing_to_explain")
        for suggestion in chosen[-3:]:
            sentences = self.explain(turn.user, suggestion.item.item_id, turn.conversation)
            yield " ".join([f"{suggestion.item.label}:", *sentences])

    def _answers(self, turn: _Turn) -> Iterator[str]:
        for item_id in (*turn.said.references, *turn.said.mentions)[:3]:
            item = self._catalogue.get(item_id)
            if item is not None:
                yield self._words.facts(item)

    def _store(self, turn: _Turn, sentences: Sequence[str]) -> TurnResult:
        turn.timings = replace(turn.timings, total_ms=_ms(turn.began))
        result = TurnResult(
            conversation=turn.conversation,
            act=turn.act,
            reply=" ".join(sentences),
            suggestions=turn.suggestions,
            understood=turn.said,
            timings=turn.timings,
            chips=turn.chips,
            notices=turn.notices,
        )
        shown = tuple(suggestion.item.item_id for suggestion in turn.suggestions)
        happened = [
            Event(
                EventKind.SHOWN,
                item_id,
                turn.text[:200],
                turn.at,
                conversation=turn.conversation,
                catalogue=self._catalogue.name,
                lasting=False,
            )
            for item_id in shown
        ]
        if turn.question is not None:
            happened.append(
                Event(
                    EventKind.ASKED,
                    turn.question.key,
                    " | ".join(turn.question.answers),
                    turn.at,
                    conversation=turn.conversation,
                    catalogue=self._catalogue.name,
                    lasting=False,
                )
            )
        self._people.commit_turn(
            turn.user,
            turn.conversation,
            turn.text,
            result,
            [turn.messages[-1], Message("assistant", result.reply, shown)],
            [*turn.events, *happened],
        )
        return result

    # Outside a turn ---------------------------------------------------------------------------

    def recommend(self, user: str, text: str = "", k: int = 10) -> TurnResult:
        """One ranking from stored history and `text`; stores nothing but the person's name."""
        if k < 1:
            raise UsageError("Expected at least one suggestion", found=str(k), remedy="Give -k 10")
        began = perf_counter()
        self._people.ensure_person(user)
        turns = [Message("user", _readable(text))] if text.strip() else []
        query, said = query_from_dialogue(
            turns,
            self._understander,
            user=user,
            history=self._events(user),
            catalogue=self._catalogue.name,
            now=self._clock(),
        )
        ranked = self._ranker.rank(query, k)
        timings = Timings(ranked_ms=_ms(began), total_ms=_ms(began))
        suggestions = tuple(self._suggestion(scored, query) for scored in ranked)
        return TurnResult("", "recommend", "", suggestions, said, timings)

    def feedback(
        self, user: str, item_id: str, kind: str, conversation: str | None = None
    ) -> Event:
        """Record a reaction to an item; the event comes back stored."""
        event_kind, value = parse_feedback(kind)
        if self._catalogue.get(item_id) is None:
            raise CatalogueError(
                f"Expected an item id of the catalogue {self._catalogue.name}",
                found=repr(item_id[:80]),
                remedy=f"Look one up with: tastebot catalogue search {self._catalogue.name} TEXT",
            )
        self._people.ensure_person(user)
        if conversation:
            self._own(user, conversation)
        event = Event(
            event_kind,
            item_id,
            f"click: {kind}",
            self._clock(),
            value,
            conversation=conversation or None,
            catalogue=self._catalogue.name,
        )
        (event_id,) = self._people.append(user, [event])
        return replace(event, event_id=event_id)

    def undo(self, user: str, event_id: str) -> Event | None:
        """Take one event back; None when it is not there or taken back already."""
        events = self._people.events(user)
        if any(e.kind is EventKind.UNDONE and e.about == event_id for e in events):
            return None
        undone = next((event for event in events if event.event_id == event_id), None)
        if undone is not None:
            self._people.append(
                user,
                [Event(EventKind.UNDONE, event_id, "click: undo", self._clock())],
            )
        return undone

    def forget(self, user: str, about: str) -> None:
        """Forget all that is known of the person about one thing."""
        self._known_person(user)
        self._people.append(
            user, [Event(EventKind.FORGOTTEN, about, "click: remove", self._clock())]
        )

    def explain(self, user: str, item_id: str, conversation: str | None = None) -> tuple[str, ...]:
        """Why an item was suggested, and where it would stand without what counts most."""
        if conversation:
            self._own(user, conversation)
        turns = self._people.turns(conversation) if conversation else []
        stored = next(
            (
                (number, suggestion)
                for number, turn in reversed(list(enumerate(turns)))
                for suggestion in turn.result.suggestions
                if suggestion.item.item_id == item_id
            ),
            None,
        )
        if stored is None:
            return (self._words.reason("unknown"),)
        number, suggestion = stored
        reasons = list(suggestion.reasons)
        query = self._query_at(user, turns[: number + 1], item_id)
        counterfactual = self._explainer.counterfactual(query, item_id)
        if counterfactual:
            reasons.append(counterfactual)
        return tuple(reasons) or (self._words.reason("language_model"),)

    def profile(self, user: str) -> Profile:
        """What is known of a person now, in every conversation."""
        self._known_person(user)
        return fold_profile(user, self._events(user), now=self._clock())

    def people(self) -> list[str]:
        """Everybody's names."""
        return [name for name, _, _ in self._people.people()]

    def conversations(self, user: str) -> list[ConversationInfo]:
        """A person's conversations, the latest first."""
        return self._people.conversations(user) if self._people.has_person(user) else []

    def turns(self, user: str, conversation: str) -> list[StoredTurn]:
        """The turns of a person's own conversation."""
        self._own(user, conversation)
        return self._people.turns(conversation)

    def rename_conversation(self, user: str, conversation: str, title: str) -> None:
        """Give a conversation another title."""
        self._own(user, conversation)
        self._people.rename_conversation(conversation, title)

    def delete_conversation(self, user: str, conversation: str) -> None:
        """Delete a conversation; what was learned in it stays, as facts do."""
        self._own(user, conversation)
        self._people.delete_conversation(conversation)

    def export(self, user: str) -> dict[str, object]:
        """Everything that is stored of a person."""
        self._known_person(user)
        return self._people.export_person(user)

    def delete(self, user: str) -> None:
        """Delete everything that is stored of a person."""
        self._known_person(user)
        self._people.delete_person(user)

    def items(self, item_ids: Sequence[str]) -> list[Item]:
        """Items by id, those that exist, in order."""
        found = (self._catalogue.get(item_id) for item_id in item_ids)
        return [item for item in found if item is not None]

    def warm_up(self) -> None:
        """Load everything that a turn needs."""
        if self._warm is not None:
            self._warm()
        self._ranker.rank(RankingQuery(turns=(Message("user", "Hello"),)), 1)

    # Within -----------------------------------------------------------------------------------

    def _query_at(self, user: str, turns: Sequence[StoredTurn], item_id: str) -> RankingQuery:
        """The query that the last of `turns` answered, as far as the log tells, item let in."""
        conversation = turns[-1].result.conversation
        at = turns[-1].at
        earlier = [event for event in self._events(user) if event.at <= at]
        told = [
            event
            for event in earlier
            if not (event.kind is EventKind.SHOWN and event.at == at)
            and not (event.about == item_id and event.kind is not EventKind.WANTS)
        ]
        profile = fold_profile(user, told, conversation=conversation, now=at)
        messages = _messages(turns)[:-1]
        query = query_of(messages, profile)
        return replace(query, exclude=query.exclude - {item_id})

    def _events(self, user: str) -> list[Event]:
        """A person's events, those on other catalogues' items moved to the same items here."""
        moved = []
        for event in self._people.events(user):
            elsewhere = event.catalogue not in (None, self._catalogue.name)
            if elsewhere and split_about(event.about) is None and event.catalogue is not None:
                here = self._same_item(event.catalogue, event.about) if self._same_item else None
                if here is None and event.kind not in (EventKind.UNDONE, EventKind.FORGOTTEN):
                    continue
                event = replace(event, about=here or event.about)
            moved.append(event)
        return moved

    def _undo_last(
        self, earlier: Sequence[Event], conversation: str, source: str, at: datetime
    ) -> list[Event]:
        """UNDONE for the last statement or click in this conversation that still stands."""
        gone = {event.about for event in earlier if event.kind is EventKind.UNDONE}
        marks = {EventKind.SHOWN, EventKind.ASKED, EventKind.UNDONE, EventKind.MENTIONED}
        standing = [
            event
            for event in earlier
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

    def _known_person(self, user: str) -> None:
        if not self._people.has_person(user):
            raise UnknownPersonError(
                "Expected somebody who has spoken before",
                found=repr(user[:80]),
                remedy="List the names with: tastebot user list",
            )

    def _own(self, user: str, conversation: str) -> None:
        info = self._people.conversation(conversation)
        if info is not None and info.user == user:
            return
        raise UsageError(
            f"Expected a conversation of {user[:80]!r}",
            found=repr(conversation[:80]),
            remedy="Leave the conversation out to begin a new one",
        )

    def _lock(self, conversation: str) -> Lock:
        with self._locks_lock:
            return self._locks.setdefault(conversation, Lock())


def _messages(turns: Sequence[StoredTurn]) -> list[Message]:
    messages = []
    for turn in turns:
        said = turn.result.understood
        shown = tuple(suggestion.item.item_id for suggestion in turn.result.suggestions)
        messages.append(Message("user", _readable(turn.user_text), said.mentions))
        messages.append(Message("assistant", turn.result.reply, shown))
    return messages


def _readable(text: str) -> str:
    """One line of at most `READ_AT_MOST` characters: of more, the beginning and the end."""
    line = " ".join(text.replace("\x00", " ").split())
    if len(line) <= READ_AT_MOST:
        return line
    half = READ_AT_MOST // 2
    return f"{line[:half]} … {line[-half:]}"


def _ms(began: float) -> float:
    return round((perf_counter() - began) * 1000, 1)
