"""What Tastebot says by itself: questions, notices, facts and chips, from ``prompts/replies``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import prompts
from bot.core.protocols import Catalogue
from bot.core.results import RankingQuery, Suggestion
from bot.core.values import (
    TASTE_KINDS,
    Event,
    EventKind,
    Intent,
    Item,
    Profile,
    Understanding,
    split_about,
)
from bot.policy.questions import Question
from bot.ranking.filters import knows, narrowest, unknown_share
from bot.replies.quick_replies import ways_on

WORDING = "replies/wording.jinja"
REASONS = "replies/reasons.jinja"
_RELAXING = {"year": "chip_any_year", "runtime": "chip_any_length"}
_NEIGHBOURS = 3
_LOOKED_AT = 500  # items that tell whether a catalogue has descriptions
_MOST_NAMED = 12  # things listed in one sentence
_WORTH_A_WORD = 0.2  # share of unknown values from which the reply speaks of them


class Wording:
    """Renders the bot's own sentences about one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def say(self, macro: str, **variables: object) -> str:
        """One sentence of ``wording.jinja``."""
        return prompts.phrase(WORDING, macro, **variables)

    def reason(self, macro: str, **variables: object) -> str:
        """One sentence of ``reasons.jinja``."""
        return prompts.phrase(REASONS, macro, **variables)

    def name(self, about: str) -> str:
        """How an item, a value or a decade is called in a sentence."""
        parts = split_about(about)
        if parts is None:
            item = self.catalogue.get(about)
            return item.label if item is not None else about
        if parts[0] == "decade":
            return self.say("decade", decade=parts[1])
        return parts[1]

    def titles(self, abouts: Iterable[str]) -> list[str]:
        """Titles of those that are items of the catalogue."""
        items = (self.catalogue.get(about) for about in abouts if split_about(about) is None)
        return [item.title for item in items if item is not None]

    def values(self, abouts: Iterable[str]) -> list[str]:
        """Values of those that are attributes; kinds in lower case, names as they are."""
        values = []
        for about in abouts:
            column, value = split_about(about) or ("", "")
            if not value:
                continue
            known = self.catalogue.columns.get(column)
            is_kind = known is not None and known.values <= 60
            values.append(value.lower() if is_kind else value)
        return values

    def question(self, question: Question) -> str:
        """A question in words, its answers named."""
        names = [self.name(about) for about in question.answers]
        if question.kind == "attribute":
            return self.say("ask_attribute", column=question.key, answers=names)
        return self.say(f"ask_{question.kind}", answers=names)

    def chips(
        self,
        question: Question | None,
        suggestions: Sequence[Suggestion],
        query: RankingQuery | None = None,
    ) -> tuple[str, ...]:
        """Quick replies that fit: the question's answers, else ways on from the suggestions."""
        if question is not None:
            none = [self.say("none_chip")] if question.kind == "pick" else []
            answers = [self.name(about) for about in question.answers]
            return (*answers, *none, self.say("skip_chip"))
        if not suggestions:
            return (self.say("skip_chip"),)
        items = [suggestion.item for suggestion in suggestions]
        return (
            self.say("chip_why"),
            self.say("chip_more_like", title=items[0].title),
            *ways_on(self.catalogue, items, query or RankingQuery()),
            self.say("skip_chip"),
        )

    def parting(self, intents: frozenset[Intent]) -> str:
        """The answer to thanks or to a goodbye."""
        return self.say("goodbye" if Intent.STOP in intents else "you_are_welcome")

    def unknown_titles(self, titles: Sequence[str]) -> Iterator[str]:
        """That titles are not in the catalogue, and what comes closest by words."""
        if not titles:
            return
        yield self.say("unknown_title", titles=[title[:80] for title in titles[:3]])
        near: dict[str, None] = {}
        for title in titles[:3]:
            for item in self.catalogue.search(title[:80], _NEIGHBOURS):
                near[item.label] = None
        if near:
            yield self.say("neighbours", titles=list(near)[:_NEIGHBOURS])

    def taken_back(self, events: Sequence[Event], earlier: Sequence[Event]) -> Iterator[str]:
        """What was forgotten or undone in this turn."""
        forgotten = [self.name(e.about) for e in events if e.kind is EventKind.FORGOTTEN]
        if len(forgotten) > _MOST_NAMED:
            yield self.say("forgotten_all", count=len(set(forgotten)))
        elif forgotten:
            yield self.say("forgotten", what=list(dict.fromkeys(forgotten)))
        by_id = {event.event_id: event for event in earlier}
        undone = [by_id[e.about] for e in events if e.kind is EventKind.UNDONE and e.about in by_id]
        names = [
            self.say("stance", kind=e.kind.value, what=self.name(e.about))
            for e in undone
            if e.kind in TASTE_KINDS
        ]
        names += [
            self.say("constraint_name", name=e.about, value=_shown(e.value))
            for e in undone
            if e.kind is EventKind.CONSTRAINT and e.value is not None
        ]
        if names:
            yield self.say("undone", what=", ".join(dict.fromkeys(names)))

    def known_of(self, profile: Profile) -> Iterator[str]:
        """What is known of a person, by kind, the newest last, and where it can be changed."""
        said: dict[str, list[str]] = {}
        for fact in profile.facts:
            said.setdefault(fact.kind.value, []).append(self.name(fact.about))
        for kind, names in said.items():
            some = list(dict.fromkeys(names))[-_MOST_NAMED:]
            yield self.say("known", kind=kind, what=some, more=len(set(names)) - len(some))
        for name in profile.constraints:
            yield self.say("known_limit", limit=self._relaxable(name, profile.constraints))
        yield self.say("where_it_is_kept" if said else "nothing_known_of_you", user=profile.user)

    def not_known_here(self, constraints: Iterable[str]) -> Iterator[str]:
        """That a limit is on something this catalogue does not say of any item."""
        for name in constraints:
            if not knows(self.catalogue, name):
                column = name.removesuffix("_min").removesuffix("_max")
                yield self.say("not_known_here", column=column.replace("_", " "))

    def nothing_left(self, query: RankingQuery) -> str:
        """That nothing fits, and which wish to relax."""
        name = narrowest(self.catalogue, query)
        if name is None:
            return self.say("nothing_at_all")
        return self.say("nothing_left", relax=self._relaxable(name, query.constraints))

    def relaxing_chips(self, query: RankingQuery) -> tuple[str, ...]:
        """A quick reply that lifts the limit of years or length which leaves nothing."""
        name = narrowest(self.catalogue, query)
        chip = _RELAXING.get(name[:-4]) if name is not None and name in query.constraints else None
        return (self.say(chip),) if chip else ()

    def few_left(self, query: RankingQuery, count: int) -> Iterator[str]:
        """That little fits, which wish to relax, and whether unknown values are the cause."""
        name = narrowest(self.catalogue, query)
        if name is not None:
            relax = self._relaxable(name, query.constraints)
            yield self.say("few_left", count=count, relax=relax)
        for unknown, share in unknown_share(self.catalogue, query.constraints).items():
            if share >= _WORTH_A_WORD:
                yield self.say("unknown_values", column=unknown[:-4].replace("_", " "))

    def not_told(self, said: Understanding) -> Iterator[str]:
        """That the catalogue does not tell what was wished for: a theme, a shade of feeling.

        A catalogue with descriptions is searched by their words, and nothing is said.
        """
        if any(item.description for item in self.catalogue.items[:_LOOKED_AT]):
            return
        if said.themes:
            yield self.say("themes_not_known", themes=list(said.themes[:3]))
        if said.shades:
            yield self.say("shades_not_known", shades=list(said.shades[:3]))

    def not_among(self, wants: Sequence[str], suggestions: Sequence[Suggestion]) -> Iterator[str]:
        """That no suggestion has a value that this message wished for."""
        missing = []
        for column, value in filter(None, map(split_about, wants)):
            if not any(value in s.item.attributes.get(column, ()) for s in suggestions):
                missing.append(value)
        if missing:
            yield self.say("not_among", values=missing[:_MOST_NAMED])

    def answer(self, item: Item, columns: Sequence[str]) -> Iterator[str]:
        """What a question about an item is after, else all that is known of it."""
        said = []
        for column in columns:
            values = [*item.attributes.get(column, ())][:_MOST_NAMED]
            number = (
                float(item.year) if column == "year" and item.year else item.numbers.get(column)
            )
            if number is not None:
                values = [f"{number:g}"]
            if values:
                said.append(self.say("one_fact", title=item.label, column=column, values=values))
            elif column == "plot" and not item.description:
                said.append(self.say("plot_not_known", title=item.label))
        if "opinion" in columns:
            score = item.numbers.get("metacritic") or item.numbers.get("tomatometer")
            shown = f"{score:g}" if score is not None else ""
            said.append(self.say("opinion_not_held", title=item.label, score=shown))
        yield from said
        if not said or {"plot", "opinion"} & set(columns):
            yield self.facts(item)

    def facts(self, item: Item) -> str:
        """What the catalogue knows of an item, in one line."""
        facts = [
            self.say("fact", column=column, values=list(values[:5]))
            for column, values in item.attributes.items()
            if values
        ]
        facts += [
            self.say("number_fact", column=column, value=f"{value:g}")
            for column, value in item.numbers.items()
            if column == "runtime"
        ]
        if item.description:
            facts.append(item.description.rstrip("."))
        if not facts:
            return self.say("nothing_known", title=item.label)
        return self.say("facts_answer", title=item.label, facts=facts)

    def _relaxable(self, name: str, constraints: Mapping[str, float | str]) -> str:
        if name in constraints:
            return self.say("constraint_name", name=name, value=_shown(constraints[name]))
        return self.say("refusal_name", value=self.name(name))


def _shown(value: float | str | None) -> str:
    if isinstance(value, float | int):
        return f"{value:.0f}" if float(value).is_integer() else f"{value:g}"
    return str(value)
