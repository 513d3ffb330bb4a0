"""A turn as a JSON document and back, complete: reading it needs no catalogue.

The items shown are kept whole, so that a conversation can still be read after its catalogue was
replaced or deleted. This is the stored form; the wire format of the outside is another matter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.core.results import Suggestion, Timings, TurnResult
from bot.core.values import Intent, Item, Message, Polarity, Understanding, Wish, WishKind
from bot.core.wellformed import well_formed


def document_of(result: TurnResult) -> dict[str, Any]:
    """The JSON document of a turn's outcome."""
    return {
        "conversation": result.conversation,
        "act": result.act,
        "reply": storable(result.reply),
        "suggestions": [_suggestion_document(suggestion) for suggestion in result.suggestions],
        "understood": _understanding_document(result.understood),
        "timings": _plain(result.timings),
        "chips": _plain(result.chips),
        "notices": _plain(result.notices),
    }


def result_of(document: Mapping[str, Any]) -> TurnResult:
    """The outcome that `document_of` was given; fields this version does not know are left out."""
    return TurnResult(
        conversation=document["conversation"],
        act=document["act"],
        reply=document["reply"],
        suggestions=tuple(_suggestion(each) for each in document.get("suggestions", ())),
        understood=_understanding(document.get("understood", {})),
        timings=Timings(**_known(Timings, document.get("timings", {}))),
        chips=tuple(document.get("chips", ())),
        notices=tuple(document.get("notices", ())),
    )


def storable(text: str) -> str:
    """Text that any database and any UTF-8 output takes: no lone surrogates, no NUL."""
    return well_formed(text)


def message_documents(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The messages of a turn, with the items linked in each."""
    return [
        {"speaker": message.speaker, "text": storable(message.text), "items": list(message.items)}
        for message in messages
    ]


def _suggestion_document(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "item": _plain(suggestion.item),
        "score": float(suggestion.score),
        "reasons": _plain(suggestion.reasons),
        "terms": {name: float(value) for name, value in suggestion.terms.items()},
    }


def _suggestion(document: Mapping[str, Any]) -> Suggestion:
    item = _known(Item, document["item"])
    item["attributes"] = {
        column: tuple(values) for column, values in item.get("attributes", {}).items()
    }
    return Suggestion(
        item=Item(**item),
        score=document["score"],
        reasons=tuple(document.get("reasons", ())),
        terms=document.get("terms", {}),
    )


def _understanding_document(understood: Understanding) -> dict[str, Any]:
    # Most fields of most messages are empty; only what was said is kept.
    return {name: value for name, value in _plain(understood).items() if value not in ([], {})}


def _understanding(document: Mapping[str, Any]) -> Understanding:
    fields = _known(Understanding, document)
    for name, value in fields.items():
        if name == "intents":
            known = {intent.value for intent in Intent}
            fields[name] = frozenset(Intent(each) for each in value if each in known)
        elif name == "lasting":
            fields[name] = frozenset(value)
        elif name == "wishes":
            fields[name] = tuple(_wishes(value))
        elif isinstance(value, list):
            fields[name] = tuple(value)
    return Understanding(**fields)


def _wishes(documents: Sequence[Mapping[str, Any]]) -> Iterator[Wish]:
    """The wishes of a message, those left out of whose kind or polarity nothing is known."""
    for document in documents:
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in _known(Wish, document).items()
        }
        try:
            fields["kind"] = WishKind(fields["kind"])
            fields["polarity"] = Polarity(fields["polarity"])
        except ValueError:
            continue
        yield Wish(**fields)


def _known(kind: type, document: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(kind)}
    return {name: value for name, value in document.items() if name in names}


def _plain(value: Any) -> Any:
    """A value of the domain in JSON's types; sets in order, so that equal values are equal text."""
    if dataclasses.is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(_plain(each) for each in value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if hasattr(value, "item"):  # a NumPy scalar
        return value.item()
    return storable(str(value))
