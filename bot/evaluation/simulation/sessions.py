"""One simulated session: a person talks with the service, reacts, and everything is noted.

Talks through `bot.conversation.api.ChatService` as the edges do: `respond` for messages, `feedback`
for clicks. Judging the notes is left to `outcomes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

import prompts
from bot.conversation.api import ChatService, TurnDone
from bot.core import patterns
from bot.core.results import Suggestion, TurnResult
from bot.data.interactions import LIKED_FROM
from bot.evaluation.simulation.people import DISLIKED_TO, SimulatedPerson
from bot.evaluation.simulation.speech import Speaker
from bot.evaluation.simulation.truth import Verdict

TURNS = 5
COLD, FAVOURITES, ANYTHING = "cold", "favourites", "anything"
"""Openings: a greeting alone; some favourites named; no preference."""
WORDING = "replies/wording.jinja"
ASKED_OPENLY = ("ask_open", "ask_open_again")

Judge = Callable[[ChatService, str, str, Suggestion], Verdict | None]
"""Judges the reasons of a suggestion; None when it has none."""


@dataclass(frozen=True, slots=True)
class SimulatedTurn:
    """What was said, what was shown, and what was wrong with it.

    `hits` are shown items that the person wanted; `credit` is their worth. `repeats` were shown
    before in the session or had been rated in it; `broken` violate a constraint that was said.
    """

    message: str
    act: str
    shown: tuple[str, ...]
    hits: tuple[str, ...]
    credit: float
    repeats: tuple[str, ...] = ()
    off_catalogue: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    ranked_ms: float | None = None


@dataclass(frozen=True, slots=True)
class SimulatedSession:
    """A person's session under one arm of a comparison."""

    person: str
    turns: tuple[SimulatedTurn, ...]

    def first_hit(self) -> int | None:
        """The number of the first turn with a hit, from 1."""
        return next((n for n, turn in enumerate(self.turns, start=1) if turn.hits), None)

    def credit_by(self, turn: int) -> float:
        """The worth of all hits up to a turn, at most 1 (one typical wanted item)."""
        return min(1.0, sum(each.credit for each in self.turns[:turn]))


def run_session(
    service: ChatService,
    person: SimulatedPerson,
    *,
    opening: str = COLD,
    turns: int = TURNS,
    seed: int = 0,
    user: str | None = None,
    judge: Judge | None = None,
) -> SimulatedSession:
    """Talk for `turns` turns.

    The person answers questions from what they know, clicks what they know to have seen, like or
    dislike among the suggestions, and asks for others. `user` is the name under which they are
    stored, their own by default.
    """
    random = np.random.default_rng([seed, *person.name.encode()])
    speaker = Speaker(service.catalogue, person.known, person.liked, person.style, random)
    user = user or person.name
    year_min: int | None = None
    if opening == FAVOURITES:
        message = speaker.favourites()
        limit = speaker.earliest_year()
        if limit is not None:
            message, year_min = f"{message} {limit[0]}", limit[1]
    else:
        message = speaker.hello() if opening == COLD else speaker.anything()
    _refuse_leak(message, person, service)
    conversation: str | None = None
    told: set[str] = set()
    noted: list[SimulatedTurn] = []
    for _ in range(turns):
        result = _respond(service, user, message, conversation)
        conversation = result.conversation
        noted.append(_note(service, person, user, message, result, told, year_min, judge))
        told.update(noted[-1].shown)
        for item_id in noted[-1].shown:
            if (kind := _click(person, item_id)) is not None:
                service.feedback(user, item_id, kind, conversation)
        message = _next_message(speaker, result)
        _refuse_leak(message, person, service)
    return SimulatedSession(person.name, tuple(noted))


def _respond(service: ChatService, user: str, message: str, conversation: str | None) -> TurnResult:
    for step in service.respond(user, message, conversation):
        if isinstance(step, TurnDone):
            return step.result
    raise RuntimeError("a turn ended without its result")


def _note(
    service: ChatService,
    person: SimulatedPerson,
    user: str,
    message: str,
    result: TurnResult,
    told: set[str],
    year_min: int | None,
    judge: Judge | None,
) -> SimulatedTurn:
    shown = tuple(suggestion.item.item_id for suggestion in result.suggestions)
    hits = tuple(item for item in shown if item in person.wanted and item not in told)
    known = [service.catalogue.get(item) for item in shown]
    judged: list[Verdict | None] = []
    if judge is not None:
        for suggestion in result.suggestions:
            judged.append(judge(service, user, result.conversation, suggestion))
    return SimulatedTurn(
        message=message,
        act=result.act,
        shown=shown,
        hits=hits,
        credit=sum(person.credits[item] for item in hits),
        repeats=tuple(item for item in shown if item in told)
        + tuple(item for place, item in enumerate(shown) if item in shown[:place]),
        off_catalogue=tuple(
            item for item, found in zip(shown, known, strict=True) if found is None
        ),
        broken=tuple(
            item.item_id
            for item in known
            if item is not None
            and year_min is not None
            and (item.year is None or item.year < year_min)
        ),
        verdicts=tuple(each for each in judged if each is not None),
        ranked_ms=result.timings.ranked_ms,
    )


def _click(person: SimulatedPerson, item_id: str) -> str | None:
    """What a person clicks on a suggestion: what they have seen and what they think of it."""
    if item_id in person.known:
        return f"rating={max(person.known[item_id], 0.5):g}"
    rating = person.held.get(item_id)
    if rating is None:
        return None
    if rating >= LIKED_FROM:
        return "like"
    return "dislike" if rating <= DISLIKED_TO else None


def _next_message(speaker: Speaker, result: TurnResult) -> str:
    skip = prompts.phrase(WORDING, "skip_chip")
    none = prompts.phrase(WORDING, "none_chip")
    if any(prompts.phrase(WORDING, macro, answers=[]) in result.reply for macro in ASKED_OPENLY):
        return speaker.named()
    ways_on = prompts.phrase(WORDING, "chip_why")  # offered with suggestions, not with a question
    if skip in result.chips[1:] and ways_on not in result.chips:
        return speaker.answer(result.chips, skip, none)
    return speaker.more() if result.suggestions else speaker.anything()


def _refuse_leak(message: str, person: SimulatedPerson, service: ChatService) -> None:
    """A message must not name what the person has yet to find."""
    known = {item.label for item in map(service.catalogue.get, person.known) if item is not None}
    spoken = [span for label in known for span in _spans(label, message)]
    for item_id in person.wanted:
        item = service.catalogue.get(item_id)
        if item is None or item.label in known:
            continue
        for begin, end in _spans(item.label, message):
            # "Primal Fear (1996)" names no "Fear (1996)".
            if not any(first <= begin and end <= last for first, last in spoken):
                raise AssertionError(f"{person.name} named the held item {item.label}")


def _spans(label: str, message: str) -> list[tuple[int, int]]:
    """Where a label stands in a message: begin and end of each place."""
    return [match.span() for match in patterns.finditer(patterns.escape(label), message)]


def shown_in(sessions: Sequence[SimulatedSession]) -> int:
    """How many suggestions the sessions hold."""
    return sum(len(turn.shown) for session in sessions for turn in session.turns)
