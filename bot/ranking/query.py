"""From a dialogue and a profile to the query that a ranker answers.

One way through for everybody: a live turn, ``recommend`` and ``evaluate`` all end in `query_of`,
so that the same turns rank the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.core.protocols import Understander
from bot.core.results import RankingQuery
from bot.core.values import (
    Event,
    EventKind,
    Message,
    Polarity,
    Profile,
    Understanding,
    Wish,
    WishKind,
    attribute_abouts,
    item_ids,
)
from bot.profile.dials import DIALS, FAME
from bot.profile.fold import fold_profile
from bot.profile.message_events import events_of
from bot.understanding.lexicon import audience

_DAWN = datetime(1970, 1, 1, tzinfo=UTC)


def query_of(
    turns: Sequence[Message],
    profile: Profile,
    *,
    conversation: str | None = None,
    exclude: frozenset[str] = frozenset(),
    readings: Sequence[Understanding | None] = (),
) -> RankingQuery:
    """The query for answering the last of `turns`, with what `profile` holds.

    `readings` are what each of the turns was understood to say; None for one that was not read,
    and for the assistant's: what it says is nobody's wish.

    Left out of the ranking are `exclude`, every item that the turns mention, all that was shown
    in this conversation, and what the person has seen, rated, liked, disliked or put off.
    """
    mentioned = {item for turn in turns for item in turn.items}
    wants = profile.about(EventKind.WANTS)
    avoids = profile.about(EventKind.AVOIDS)
    spoken = next((turn.text for turn in reversed(turns) if turn.speaker == "user"), None)
    asked = (
        fact.about
        for fact in profile.facts
        if fact.kind in (EventKind.WANTS, EventKind.LIKES) and fact.source == spoken
    )
    unfit, fit = audience(wants)
    return RankingQuery(
        turns=tuple(turns),
        profile=profile,
        exclude=exclude | mentioned | profile.never_show | frozenset(profile.shown),
        constraints=profile.constraints,
        liked=item_ids(profile.liked),
        disliked=item_ids(profile.disliked),
        wants=tuple(dict.fromkeys((*attribute_abouts(profile.liked), *attribute_abouts(wants)))),
        avoids=tuple(
            dict.fromkeys((*attribute_abouts(profile.disliked), *attribute_abouts(avoids)))
        ),
        asked=tuple(dict.fromkeys(attribute_abouts(asked))),
        wishes=standing_wishes(readings, profile),
        unfit=unfit,
        fit=fit,
        conversation=conversation,
        fame=profile.settings.get(FAME, DIALS[FAME].usual),
    )


def standing_wishes(readings: Sequence[Understanding | None], profile: Profile) -> tuple[Wish, ...]:
    """What the turns were understood to wish for and refuse, as far as it still stands.

    Of several wishes about one thing the later stands, and a time takes the place of another. What
    was forgotten, lifted or taken back since (of values, as `profile` has it) is left out.
    """
    standing: dict[tuple[WishKind, str], Wish] = {}
    for turn, said in enumerate(readings):
        if said is None:
            continue
        timed = any(w.kind is WishKind.TIME and w.polarity is Polarity.WANTED for w in said.wishes)
        for kind, about in list(standing):
            if _is_over(kind, about, said) or (timed and kind is WishKind.TIME):
                del standing[kind, about]
        for wish in said.wishes:
            before = standing.pop((wish.kind, wish.about), None)
            polarity = wish.polarity
            if polarity is Polarity.NAMED and before is not None:
                polarity = before.polarity
            standing[wish.kind, wish.about] = replace(wish, polarity=polarity, turn=turn)
    stated = {
        Polarity.WANTED: {*profile.liked, *profile.about(EventKind.WANTS)},
        Polarity.REFUSED: {*profile.disliked, *profile.about(EventKind.AVOIDS)},
    }
    return tuple(
        wish
        for wish in standing.values()
        if wish.kind is not WishKind.VALUE
        or wish.polarity is Polarity.NAMED
        or wish.about in stated[wish.polarity]
    )


def _is_over(kind: WishKind, about: str, said: Understanding) -> bool:
    """Whether a message takes back what was wished for before."""
    lifted = kind is WishKind.TIME and {"year_min", "year_max"} & {*said.relaxed}
    return said.forget_all or about in said.forget or bool(lifted)


def query_from_dialogue(
    turns: Sequence[Message],
    understander: Understander,
    *,
    user: str = "",
    history: Sequence[Event] = (),
    catalogue: str | None = None,
    now: datetime = _DAWN,
) -> tuple[RankingQuery, Understanding]:
    """Read a whole dialogue as if it had just been said to the bot; nothing is stored.

    `history` are the person's stored events. Returns the query and what the last message said.
    Items already linked in a turn are kept; those that its text names are added.
    """
    events = list(history)
    heard: list[Message] = []
    readings: list[Understanding | None] = []
    last = Understanding()
    for turn in turns:
        shown = next((m.items for m in reversed(heard) if m.speaker == "assistant"), ())
        said = understander.understand(turn.text, turns=heard, shown=shown)
        readings.append(said if turn.speaker == "user" else None)
        heard.append(replace(turn, items=tuple(dict.fromkeys((*turn.items, *said.mentions)))))
        if turn.speaker == "user":
            last = said
            events.extend(events_of(said, turn.text, now, conversation="", catalogue=catalogue))
    profile = fold_profile(user, events, conversation="", now=now)
    return query_of(heard, profile, readings=readings), last
