"""What the taste page shows, worked out from profile, catalogue and stored turns as plain values.

No widgets here; `bot.web.pages.taste` lays out what these functions give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.conversation.documents import about_label
from bot.conversation.edits import CLICK
from bot.core.protocols import Catalogue, ConversationInfo, StoredTurn
from bot.core.values import EventKind, Fact, Item, Profile, split_about
from bot.web.view.dates import local, short
from bot.web.view.texts import column_name, text

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
MOST_LINES = 4
MOST_MOMENTS = 40
MOST_HISTORY = 60  # turns


@dataclass(frozen=True, slots=True)
class FactGroup:
    """The facts of one kind, newest first, as the template takes them."""

    name: str
    facts: tuple[dict[str, Any], ...]


def fact_groups(profile: Profile, catalogue: Catalogue) -> list[FactGroup]:
    """Every fact and limit with its name, source, date and the event that takes it back."""
    groups = []
    for kind in KINDS:
        facts = [_fact(fact, catalogue) for fact in reversed(profile.facts) if fact.kind is kind]
        if facts:
            groups.append(FactGroup(text(f"kind_{kind}"), tuple(facts)))
    if limits := [_fact(limit, catalogue) for limit in reversed(profile.limits)]:
        groups.append(FactGroup(text("kind_limits"), tuple(limits)))
    return groups


def _fact(fact: Fact, catalogue: Catalogue) -> dict[str, Any]:
    details = []
    if fact.kind is EventKind.RATING and fact.value is not None:
        details.append(f"{float(fact.value):g}/5")
    if not fact.lasting:
        details.append(text("tonight"))
    return {
        "what": _limit(fact)
        if fact.kind is EventKind.CONSTRAINT
        else about_label(fact.about, catalogue),
        "detail": ", ".join(details),
        "about": fact.about,
        "event": fact.event_id,
        "source": _source(fact.source),
        "at": fact.at.isoformat(),
        "when": short(fact.at),
    }


def _limit(fact: Fact) -> str:
    """A limit in words: "Year: at least 1990"."""
    value = f"{fact.value:g}" if isinstance(fact.value, int | float) else str(fact.value)
    for end in ("min", "max"):
        if fact.about.endswith(f"_{end}"):
            column = column_name(fact.about.removesuffix(f"_{end}"))
            return text(f"limit_{end}", column=column, value=value)
    return text("limit_is", column=column_name(fact.about), value=value)


def _source(source: str) -> str:
    """Where a fact came from: the sentence in quotes, or which button was pressed."""
    if source.startswith(CLICK):
        return text("source_click", button=source.removeprefix(CLICK))
    return text("source_words", words=source)


def enjoyed(profile: Profile, catalogue: Catalogue) -> list[Item]:
    """The items a person liked, rated well, saved or has seen without disliking them."""
    disliked = set(profile.disliked)
    abouts = (*profile.liked, *profile.about(EventKind.SEEN, EventKind.SAVED))
    found = (catalogue.get(about) for about in dict.fromkeys(abouts) if about not in disliked)
    return [item for item in found if item is not None]


def value_counts(profile: Profile, catalogue: Catalogue, column: str) -> list[tuple[str, int]]:
    """How often each value of a column stands in what a person enjoys, the most frequent first."""
    counts = _counts(profile, catalogue, column)
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_BARS]


def _counts(profile: Profile, catalogue: Catalogue, column: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for item in enjoyed(profile, catalogue):
        counts.update(item.attributes.get(column, ()))
    for about in (*profile.liked, *profile.about(EventKind.WANTS)):
        attribute = split_about(about)
        if attribute is not None and attribute[0] == column:
            counts[attribute[1]] += 1
    return counts


def decade_counts(profile: Profile, catalogue: Catalogue) -> list[tuple[str, int]]:
    """How many enjoyed items come from each decade, from the first to the last, none left out."""
    years = [item.year for item in enjoyed(profile, catalogue) if item.year is not None]
    counts = Counter(year // 10 * 10 for year in years)
    if not counts:
        return []
    return [(f"{decade}s", counts[decade]) for decade in range(min(counts), max(counts) + 1, 10)]


def shares_over_time(
    profile: Profile, catalogue: Catalogue, column: str
) -> list[tuple[datetime, float, str]]:
    """(moment, percent, value): what part of a person's taste each leading value was, then.

    At every moment something was added (by the day, or by the minute where all is of one day),
    the counts so far of the values that lead now, as parts of the counts of all values. Of many
    moments some are left out, never the last.
    """
    leading = [value for value, _ in _counts(profile, catalogue, column).most_common(MOST_LINES)]
    moments = _moments([fact.at for fact in profile.facts])
    step = -(-len(moments) // MOST_MOMENTS) or 1
    rows = []
    for moment in moments[::-step][::-1]:
        then = replace(profile, facts=tuple(fact for fact in profile.facts if fact.at <= moment))
        counts = _counts(then, catalogue, column)
        if total := sum(counts.values()):
            rows += [(moment, round(100 * counts[value] / total, 1), value) for value in leading]
    return rows


def _moments(times: Sequence[datetime]) -> list[datetime]:
    """The last time of each day, or of each minute within one day, in order."""
    form = "%Y-%m-%d" if len({local(at).date() for at in times}) > 1 else "%H:%M"
    last = {f"{local(at):{form}}": at for at in sorted(times)}
    return sorted(last.values())


def history(
    conversations: Iterable[tuple[ConversationInfo, Sequence[StoredTurn]]],
) -> list[dict[str, Any]]:
    """Turns that suggested something, newest first: what was said, what was shown and why."""
    asked = [
        {
            "words": " ".join(turn.user_text.split()),
            "at": turn.at.isoformat(),
            "when": short(turn.at),
            "conversation": info.conversation,
            "title": info.title,
            "shown": [
                {"label": suggestion.item.label, "reasons": suggestion.reasons}
                for suggestion in turn.result.suggestions
            ],
        }
        for info, turns in conversations
        for turn in turns
        if turn.result.suggestions
    ]
    asked.sort(key=lambda entry: str(entry["at"]), reverse=True)
    return asked[:MOST_HISTORY]
