"""What the taste page shows, worked out from profile, catalogue and stored turns as plain values.

No widgets here; `bot.web.taste_page` lays out what these functions give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.documents import about_label
from bot.domain import EventKind, Fact, Item, Profile, split_about
from bot.protocols import Catalogue, ConversationInfo, StoredTurn
from bot.web.dates import local, short
from bot.web.texts import text

KINDS = (
    EventKind.LIKES,
    EventKind.RATING,
    EventKind.WANTS,
    EventKind.DISLIKES,
    EventKind.AVOIDS,
    EventKind.SEEN,
    EventKind.SAVED,
    EventKind.NOT_NOW,
)
MOST_BARS = 8
MOST_HISTORY = 60


@dataclass(frozen=True, slots=True)
class FactGroup:
    """The facts of one kind, newest first, as the template takes them."""

    name: str
    facts: tuple[dict[str, Any], ...]


def fact_groups(profile: Profile, catalogue: Catalogue) -> list[FactGroup]:
    """Every fact with its name, source, date and the event that takes it back."""
    groups = []
    for kind in KINDS:
        facts = [_fact(fact, catalogue) for fact in reversed(profile.facts) if fact.kind is kind]
        if facts:
            groups.append(FactGroup(text(f"kind_{kind}"), tuple(facts)))
    return groups


def _fact(fact: Fact, catalogue: Catalogue) -> dict[str, Any]:
    details = []
    if fact.kind is EventKind.RATING and fact.value is not None:
        details.append(f"{float(fact.value):g}/5")
    if not fact.lasting:
        details.append(text("tonight"))
    return {
        "what": about_label(fact.about, catalogue),
        "detail": ", ".join(details),
        "about": fact.about,
        "event": fact.event_id,
        "source": fact.source,
        "at": fact.at.isoformat(),
        "when": short(fact.at),
    }


def enjoyed(profile: Profile, catalogue: Catalogue) -> list[Item]:
    """The items a person liked, rated well, saved or has seen without disliking them."""
    disliked = set(profile.disliked)
    abouts = (*profile.liked, *profile.about(EventKind.SEEN, EventKind.SAVED))
    found = (catalogue.get(about) for about in dict.fromkeys(abouts) if about not in disliked)
    return [item for item in found if item is not None]


def value_counts(profile: Profile, catalogue: Catalogue, column: str) -> list[tuple[str, int]]:
    """How often each value of a column stands in what a person enjoys, the most frequent first."""
    counts: Counter[str] = Counter()
    for item in enjoyed(profile, catalogue):
        counts.update(item.attributes.get(column, ()))
    for about in (*profile.liked, *profile.about(EventKind.WANTS)):
        attribute = split_about(about)
        if attribute is not None and attribute[0] == column:
            counts[attribute[1]] += 1
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_BARS]


def decade_counts(profile: Profile, catalogue: Catalogue) -> list[tuple[str, int]]:
    """How many enjoyed items come from each decade, oldest first."""
    years = [item.year for item in enjoyed(profile, catalogue) if item.year is not None]
    counts = Counter(year // 10 * 10 for year in years)
    return [(f"{decade}s", count) for decade, count in sorted(counts.items())]


def facts_over_time(profile: Profile) -> list[tuple[str, int, str]]:
    """(day, facts so far, kind): how the picture grew, by day, for the kinds that occur."""
    days = sorted({local(fact.at).date() for fact in profile.facts})
    rows = []
    for kind in KINDS:
        dates = [local(fact.at).date() for fact in profile.facts if fact.kind is kind]
        if dates:
            rows += [
                (day.isoformat(), sum(date <= day for date in dates), text(f"kind_{kind}"))
                for day in days
            ]
    return rows


def history(
    conversations: Iterable[tuple[ConversationInfo, Sequence[StoredTurn]]],
) -> list[dict[str, Any]]:
    """What was suggested, newest first, each with its first reason and its conversation."""
    shown = [
        (
            turn.at,
            {
                "label": suggestion.item.label,
                "reason": suggestion.reasons[0] if suggestion.reasons else "",
                "at": turn.at.isoformat(),
                "when": short(turn.at),
                "conversation": info.conversation,
                "title": info.title,
            },
        )
        for info, turns in conversations
        for turn in turns
        for suggestion in turn.result.suggestions
    ]
    shown.sort(key=lambda entry: entry[0], reverse=True)
    return [entry for _, entry in shown[:MOST_HISTORY]]
