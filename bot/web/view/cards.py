"""What a card shows of an item, worked out as plain values for the templates.

A card knows columns, not films: which columns stand where is in ``prompts/web/card.json``, and a
catalogue without those shows its first attributes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.results import Suggestion
from bot.core.values import EventKind, Fact, Item, Profile
from bot.web.view.texts import card_layout, column_name, text

TOGGLES: Mapping[str, EventKind] = {
    "like": EventKind.LIKES,
    "dislike": EventKind.DISLIKES,
    "seen": EventKind.SEEN,
    "save": EventKind.SAVED,
}


@dataclass(frozen=True, slots=True)
class Toggle:
    """A button that stands for a fact; `event` takes the fact back when it is pressed again."""

    act: str
    label: str
    pressed: bool
    event: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A button that asks for something; `expanded` where it opens and closes a part."""

    act: str
    text: str
    label: str
    expanded: bool | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A click that can be taken back."""

    text: str
    label: str
    event: str


@dataclass(frozen=True, slots=True)
class Score:
    """How sure the ranking is: `percent` in words, `fill` of the ring from 0 to 100."""

    percent: str
    label: str
    fill: int


@dataclass(frozen=True, slots=True)
class Card:
    """One card, ready for the template."""

    item_id: str
    title: str
    label: str
    year: int | None
    facts: tuple[str, ...]
    people: str
    reason: str
    score: Score | None
    toggles: tuple[Toggle, ...]
    links: tuple[Link, ...]
    done: tuple[Done, ...]
    why: tuple[str, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A person's facts by item, read once for a page full of cards."""

    facts: Mapping[str, Mapping[EventKind, Fact]] = field(default_factory=dict)

    @classmethod
    def of(cls, profile: Profile | None) -> Known:
        """The facts of a profile; none of a person nobody has spoken as."""
        found: dict[str, dict[EventKind, Fact]] = {}
        for fact in profile.facts if profile is not None else ():
            found.setdefault(fact.about, {})[fact.kind] = fact
        return cls(found)

    def fact(self, item_id: str, kind: EventKind) -> Fact | None:
        """The fact of this kind about an item, if there is one."""
        return self.facts.get(item_id, {}).get(kind)


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a card tells of an item's place among a turn's suggestions; `why` where it is opened."""

    turn: int | None
    reason: str
    score: Score
    why: tuple[str, ...] = ()


def suggestion_cards(
    suggestions: Sequence[Suggestion],
    known: Known,
    turn: int | None,
    why: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Card]:
    """The cards of one turn, best first; `why` holds opened explanations by item id."""
    best = max((suggestion.score for suggestion in suggestions), default=0.0)
    return [
        item_card(
            suggestion.item,
            known,
            Suggested(
                turn,
                reason=suggestion.reasons[0] if suggestion.reasons else "",
                score=_score(suggestion.score, best),
                why=(why or {}).get(suggestion.item.item_id, ()),
            ),
        )
        for suggestion in suggestions
    ]


def item_card(
    item: Item,
    known: Known,
    suggested: Suggested | None = None,
    *,
    details: bool | None = None,
    similar: bool = False,
    own: bool = True,
) -> Card:
    """One item's card, with `suggested` where it is one of a turn's suggestions.

    `details` is None where a card cannot be opened, else whether it is. With `similar`, it leads
    to the titles like it in place of asking for more. An item that is not of the `own` catalogue
    can only be looked at.
    """
    links = []
    if own and similar:
        links.append(
            Link("similar", text("act_similar"), text("act_similar_label", title=item.title))
        )
    elif own:
        links.append(Link("more", text("act_more"), text("act_more_label", title=item.title)))
    if suggested is not None and suggested.turn is not None:
        label = text("act_why_label", title=item.title)
        links.append(Link("why", text("act_why"), label, expanded=bool(suggested.why)))
    if details is not None:
        label = f"{text('act_details')}: {item.title}"
        links.append(Link("details", text("act_details"), label, expanded=details))
    return Card(
        item_id=item.item_id,
        title=item.title,
        label=item.label,
        year=item.year,
        facts=tuple(_facts(item)),
        people=_people(item),
        reason=suggested.reason if suggested is not None else "",
        score=suggested.score if suggested is not None else None,
        toggles=tuple(_toggles(item, known)) if own else (),
        links=tuple(links),
        done=tuple(_done(item, known)) if own else (),
        why=suggested.why if suggested is not None else (),
        details=tuple(_details(item)) if details else (),
        turn=suggested.turn if suggested is not None else None,
    )


def _score(score: float, best: float) -> Score:
    """The probability in percent, and its size against the turn's best as the ring's filling."""
    percent = 100 * score
    words = f"{percent:.0f}%" if percent >= 9.5 else f"{percent:.1f}%"
    if percent < 0.05:
        words = "<0.1%"
    share = score / best if best > 0 else 0.0
    return Score(words, text("card_score", percent=words), round(100 * max(0.04, min(1.0, share))))


def _toggles(item: Item, known: Known) -> Iterable[Toggle]:
    for act, kind in TOGGLES.items():
        fact = known.fact(item.item_id, kind)
        yield Toggle(
            act,
            text(f"act_{act}", title=item.title),
            pressed=fact is not None,
            event=fact.event_id if fact is not None else None,
        )


def _done(item: Item, known: Known) -> Iterable[Done]:
    for act, kind in TOGGLES.items():
        fact = known.fact(item.item_id, kind)
        if fact is not None and fact.event_id is not None:
            what = text(f"done_{act}")
            yield Done(what, text("undo_label", what=what, title=item.title), fact.event_id)


def _facts(item: Item) -> Iterable[str]:
    layout = card_layout()
    for column, shape in layout["numbers"].items():
        if column in item.numbers:
            yield shape.format(value=item.numbers[column])
    tags = [name for name in layout["tags"] if name in item.attributes]
    people = {name for group in layout["people"] for name in group["columns"]}
    for column in tags or [name for name in item.attributes if name not in people][:2]:
        yield ", ".join(item.attributes[column][:4])


def _people(item: Item) -> str:
    said = []
    for group in card_layout()["people"]:
        for column in group["columns"]:
            names = item.attributes.get(column, ())[: group["most"]]
            if any(names):
                said.append(f"{group['lead']} {', '.join(name for name in names if name)}")
                break
    return " ".join(said)


def _details(item: Item) -> Iterable[tuple[str, str]]:
    if item.description:
        yield "", item.description
    for column, values in item.attributes.items():
        if any(values):
            yield column_name(column), ", ".join(values)
    for column, value in item.numbers.items():
        yield column_name(column), f"{value:g}"
