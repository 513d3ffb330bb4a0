"""The JSON documents of the outside: a turn, a ranking, a profile, as plain dictionaries.

The one place that knows the wire format; the terminal commands and the web endpoints both write
what is made here. It reads domain values only and leaves sending and storing to others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.protocols import Catalogue
from bot.core.results import Suggestion, Timings, TurnResult
from bot.core.values import Fact, Profile, Understanding, split_about

Document = dict[str, Any]


def turn_document(result: TurnResult) -> Document:
    """One turn: conversation, act, reply, recommendations, what was understood, timings."""
    return {
        "conversation": result.conversation,
        "act": result.act,
        "reply": result.reply,
        "recommendations": recommendation_documents(result.suggestions),
        "understood": understood_document(result.understood),
        "timings": timings_document(result.timings),
        "chips": list(result.chips),
        "notices": list(result.notices),
    }


def recommend_document(result: TurnResult) -> Document:
    """One ranking outside a conversation: recommendations, what was understood, timings."""
    return {
        "recommendations": recommendation_documents(result.suggestions),
        "understood": understood_document(result.understood),
        "timings": timings_document(result.timings),
        "notices": list(result.notices),
    }


def recommendation_documents(suggestions: Iterable[Suggestion]) -> list[Document]:
    """The suggestions, best first; `score` is P(item | dialogue, history), `terms` are logits."""
    return [
        {
            "item_id": suggestion.item.item_id,
            "title": suggestion.item.title,
            "year": suggestion.item.year,
            "score": float(suggestion.score),
            "reasons": list(suggestion.reasons),
            "terms": {name: float(value) for name, value in suggestion.terms.items()},
        }
        for suggestion in suggestions
    ]


def understood_document(understood: Understanding) -> Document:
    """What one message said: item ids and ``column:value``, and the hard constraints."""
    return {
        "likes": list(understood.likes),
        "dislikes": list(understood.dislikes),
        "seen": list(understood.seen),
        "mentions": list(understood.mentions),
        "constraints": _plain_numbers(understood.constraints),
        "intents": sorted(str(intent) for intent in understood.intents),
        "unknown_titles": list(understood.unknown_titles),
    }


def timings_document(timings: Timings) -> Document:
    """Milliseconds from the message's arrival, to a tenth; null for what did not happen."""
    return {
        "ranked_ms": _milliseconds(timings.ranked_ms),
        "first_token_ms": _milliseconds(timings.first_token_ms),
        "total_ms": _milliseconds(timings.total_ms),
    }


def profile_document(profile: Profile, catalogue: Catalogue | None = None) -> Document:
    """What is known of a person; with a catalogue, each fact has a `label` people can read."""
    return {
        "user": profile.user,
        "facts": [_fact_document(fact, catalogue) for fact in profile.facts],
    }


def _fact_document(fact: Fact, catalogue: Catalogue | None) -> Document:
    document: Document = {
        "kind": str(fact.kind),
        "about": fact.about,
        "source": fact.source,
        "at": fact.at.isoformat(),
        "lasting": fact.lasting,
    }
    if fact.value is not None:
        document["value"] = fact.value
    if catalogue is not None:
        document["label"] = about_label(fact.about, catalogue)
    return document


def about_label(about: str, catalogue: Catalogue) -> str:
    """What `about` is called: an item's title and year, an attribute's value, else itself."""
    item = catalogue.get(about)
    if item is not None:
        return item.label
    attribute = split_about(about)
    return attribute[1] if attribute is not None else about


def _plain_numbers(values: Mapping[str, float | str]) -> dict[str, int | float | str]:
    """Whole floats as integers: a year is 1990, not 1990.0."""
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in values.items()
    }


def _milliseconds(value: float | None) -> float | None:
    return None if value is None else round(float(value), 1)
