"""From a dialogue and a profile to the query that a ranker answers.

One way through for everybody: a live turn, ``recommend`` and ``evaluate`` all end in `query_of`,
so that the same turns rank the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import prompts
from bot.core.protocols import Understander
from bot.core.results import RankingQuery
from bot.core.values import (
    Event,
    EventKind,
    Message,
    Profile,
    Understanding,
    attribute_abouts,
    item_ids,
)
from bot.profile.dials import DIALS, FAME
from bot.profile.fold import fold_profile
from bot.profile.message_events import events_of

LEXICON = "lexicon/films.json"
_DAWN = datetime(1970, 1, 1, tzinfo=UTC)


def query_of(
    turns: Sequence[Message],
    profile: Profile,
    *,
    conversation: str | None = None,
    exclude: frozenset[str] = frozenset(),
    themes: tuple[str, ...] = (),
) -> RankingQuery:
    """The query for answering the last of `turns`, with what `profile` holds.

    `themes` are those of the last turn, where it was understood.

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
        themes=themes,
        **audience(wants),
        conversation=conversation,
        fame=profile.settings.get(FAME, DIALS[FAME].usual),
    )


def audience(wants: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """`unfit` and `fit` of a query with these wishes, as the lexicon has them: who watches too.

    What is wished for by name is never unfit.
    """
    rules = prompts.data(LEXICON)["audiences"]
    rule = next((rules[wish] for wish in reversed(wants) if wish in rules), None)
    if rule is None:
        return {}
    return {
        "unfit": tuple(about for about in rule["closes"] if about not in wants),
        "fit": tuple(rule["needs_one_of"]),
    }


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
    last = Understanding()
    for turn in turns:
        shown = next((m.items for m in reversed(heard) if m.speaker == "assistant"), ())
        said = understander.understand(turn.text, turns=heard, shown=shown)
        heard.append(replace(turn, items=tuple(dict.fromkeys((*turn.items, *said.mentions)))))
        if turn.speaker == "user":
            last = said
            events.extend(events_of(said, turn.text, now, conversation="", catalogue=catalogue))
    profile = fold_profile(user, events, conversation="", now=now)
    return query_of(heard, profile, themes=last.themes), last
