"""Why an item was suggested: read off the terms of its score and the history behind them.

Each reason rests on a term that raised the item above the best of the ranking, and names the wish
or the history item that the term comes from; where none stands out, that the term did. What
profile and catalogue do not bear out is not said. The first reason is that of the largest term.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np
from bm25s.stopwords import STOPWORDS_EN_PLUS

import prompts
from bot.core import patterns
from bot.core.protocols import Catalogue, Ranker
from bot.core.results import RankingQuery, Scored
from bot.core.values import EventKind, split_about
from bot.ranking.items.attribute_vectors import AttributeVectors

REASONS = "replies/reasons.jinja"
MOST_REASONS = 2
_SHARED_SHOWN = 2
_SMALLEST = 0.05  # nats; a term that adds less is no reason
_WORD = patterns.compile(r"[^\W\d_]{4,}")
_COMMON = frozenset(STOPWORDS_EN_PLUS)


@runtime_checkable
class Accountable(Protocol):
    """A ranker that can say which history item or wish is behind a term."""

    def blame(self, query: RankingQuery, item_id: str) -> Mapping[str, Mapping[str, float]]:
        """Term → (history item id or ``column:value`` → its part of the term, in nats)."""
        ...


class Explainer:
    """Turns the terms of a score into sentences that are true."""

    def __init__(self, catalogue: Catalogue, index: AttributeVectors, ranker: Ranker) -> None:
        self.catalogue = catalogue
        self.index = index
        self.ranker = ranker
        self._claims: dict[str, Callable[[str, RankingQuery, Mapping[str, float]], str | None]] = {
            "popularity": self._popular,
            "attributes": self._worded,
            "wanted": self._wanted,
            "alike": self._alike,
            "time": self._time,
            "co_mention": self._together,
            "collaborative": self._together,
            "language_model": self._language_model,
            "titles": self._title_likelihood,
            "words": self._words,
            "reactions": self._reactions,
            "unalike": self._unlike,
        }

    def reasons(self, scored: Scored, query: RankingQuery) -> tuple[str, ...]:
        """At most two sentences, that of the largest term first."""
        blame: Mapping[str, Mapping[str, float]] = {}
        if isinstance(self.ranker, Accountable):
            blame = self.ranker.blame(query, scored.item_id)
        said: list[str] = []
        for term, value in sorted(scored.terms.items(), key=lambda pair: -pair[1]):
            if value < _SMALLEST or len(said) >= MOST_REASONS:
                break
            claim = self._claims.get(term)
            sentence = claim(scored.item_id, query, blame.get(term, {})) if claim else None
            if sentence and sentence not in said:
                said.append(sentence)
        return tuple(said)

    def place(self, query: RankingQuery, item_id: str, among: int = 2000) -> int | None:
        """The item's place (from 1) in the ranking for a query; None when it is further down."""
        for place, scored in enumerate(self.ranker.rank(query, among), start=1):
            if scored.item_id == item_id:
                return place
        return None

    def counterfactual(self, query: RankingQuery, item_id: str) -> str | None:
        """What the place would be without the history item or wish that counts most for it."""
        best, place = self.place(query, item_id), None
        moved: tuple[str, int] | None = None
        if best is None:
            return None
        for about in (*query.liked[-3:], *query.wants[-3:]):
            place = self.place(self.without(query, about), item_id)
            if place is not None and place > best and (moved is None or place > moved[1]):
                moved = (about, place)
        if moved is None:
            return None
        return prompts.phrase(REASONS, "without", title=self._said(moved[0]), place=moved[1])

    def _said(self, about: str) -> str:
        parts = split_about(about)
        if parts is not None:
            return parts[1]
        item = self.catalogue.get(about)
        return item.label if item else about

    def without(self, query: RankingQuery, about: str) -> RankingQuery:
        """The query as it would be had nothing been said of `about`, by word or by click.

        What was excluded stays so: the item in question is compared with the same others.
        """
        item = self.catalogue.get(about)
        turns = query.turns
        if item is not None:
            named = patterns.compile(
                f"{patterns.escape(item.label)}|{patterns.escape(item.title)}", patterns.IGNORECASE
            )
            turns = tuple(
                replace(
                    turn,
                    text=named.sub(" ", turn.text),
                    items=tuple(other for other in turn.items if other != about),
                )
                if about in turn.items
                else turn
                for turn in turns
            )
        facts = tuple(fact for fact in query.profile.facts if fact.about != about)
        return replace(
            query,
            turns=turns,
            profile=replace(query.profile, facts=facts),
            liked=tuple(other for other in query.liked if other != about),
            wants=tuple(other for other in query.wants if other != about),
            asked=tuple(other for other in query.asked if other != about),
            wishes=tuple(wish for wish in query.wishes if wish.about != about),
            conversation=None,
        )

    def _wanted(self, item_id: str, query: RankingQuery, _: Mapping[str, float]) -> str | None:
        item = self.catalogue.get(item_id)
        if item is None:
            return None
        held = []
        for about in dict.fromkeys((*query.asked, *query.wants)):
            column, value = split_about(about) or ("", "")
            if value in item.attributes.get(column, ()):
                held.append(about)
        asked = set(query.profile.about(EventKind.WANTS))
        wanted = [self._said(about) for about in held if about in asked]
        liked = [self._said(about) for about in held if about not in asked]
        if wanted:
            return prompts.phrase(REASONS, "wanted", values=wanted)
        if liked:
            return prompts.phrase(REASONS, "liked_value", values=liked)
        return None

    def _worded(self, item_id: str, query: RankingQuery, parts: Mapping[str, float]) -> str | None:
        return self._wanted(item_id, query, parts) or prompts.phrase(REASONS, "as_worded")

    def _alike(self, item_id: str, query: RankingQuery, parts: Mapping[str, float]) -> str | None:
        sentence = self._shares(item_id, query, parts)
        if sentence is not None:
            return sentence
        own = self._text_words(item_id)
        known = self._known(parts, query)
        for other in sorted(known, key=lambda each: -parts[each]):
            if parts[other] > 0 and own & self._text_words(other):
                return prompts.phrase(REASONS, "resembles", title=self._said(other))
        return prompts.phrase(REASONS, "close_to_named")

    def _shares(self, item_id: str, query: RankingQuery, parts: Mapping[str, float]) -> str | None:
        """What the item has in common with the liked one that speaks most for it."""
        best: tuple[float, str, Sequence[str]] | None = None
        for other in query.liked:
            if self.catalogue.get(other) is None or (parts and parts.get(other, 0.0) <= 0):
                continue
            shared = self.index.shared(item_id, other)
            if shared:
                likeness = parts[other] if parts else self._likeness(item_id, other)
                if best is None or likeness > best[0]:
                    best = (likeness, other, shared)
        if best is None:
            return None
        values = list(dict.fromkeys(self._said(about) for about in best[2]))[:_SHARED_SHOWN]
        return prompts.phrase(REASONS, "alike", title=self._said(best[1]), shared=values)

    def _likeness(self, one: str, other: str) -> float:
        rows = [self.catalogue.row(one), self.catalogue.row(other)]
        first, second = (self.index.matrix[row] for row in rows)
        return float(first.multiply(second).sum())

    def _text_words(self, item_id: str) -> set[str]:
        """The longer words of an item's title and description, in lower case."""
        item = self.catalogue.get(item_id)
        text = f"{item.title} {item.description or ''}" if item is not None else ""
        return {word for word in _WORD.findall(text.casefold()) if word not in _COMMON}

    def _together(
        self, item_id: str, query: RankingQuery, parts: Mapping[str, float]
    ) -> str | None:
        known = self._known(parts, query)
        best = max(known, key=lambda other: parts[other], default=None)
        if best is None or parts[best] <= 0:
            return prompts.phrase(REASONS, "brought_up")
        return prompts.phrase(REASONS, "together", title=self._said(best))

    def _time(self, item_id: str, query: RankingQuery, _: Mapping[str, float]) -> str | None:
        return self._near_in_time(item_id, query) or prompts.phrase(REASONS, "in_time")

    def _near_in_time(self, item_id: str, query: RankingQuery) -> str | None:
        item = self.catalogue.get(item_id)
        for other in reversed(query.liked):
            known = self.catalogue.get(other)
            if item and known and item.year and known.year and abs(item.year - known.year) <= 5:
                return prompts.phrase(REASONS, "time", title=known.label)
        return None

    def _popular(self, item_id: str, query: RankingQuery, _: Mapping[str, float]) -> str | None:
        numbers = self.catalogue.numbers("popularity")
        known = numbers[~np.isnan(numbers)]
        row = self.catalogue.row(item_id)
        if len(known) and float((known <= numbers[row]).mean()) >= 0.75:
            return prompts.phrase(REASONS, "popularity")
        return prompts.phrase(REASONS, "better_known")

    def _reactions(
        self, item_id: str, query: RankingQuery, parts: Mapping[str, float]
    ) -> str | None:
        sentence = self._shares(item_id, query, parts) or self._near_in_time(item_id, query)
        return sentence or prompts.phrase(REASONS, "reacted")

    def _unlike(self, item_id: str, query: RankingQuery, _: Mapping[str, float]) -> str | None:
        known = [other for other in query.disliked if self.catalogue.get(other) is not None]
        if not known:
            return None
        worst = max(known, key=lambda other: self._likeness(item_id, other))
        return prompts.phrase(REASONS, "unlike", title=self._said(worst))

    def _language_model(
        self, item_id: str, query: RankingQuery, _: Mapping[str, float]
    ) -> str | None:
        return prompts.phrase(REASONS, "language_model")

    def _title_likelihood(
        self, item_id: str, query: RankingQuery, _: Mapping[str, float]
    ) -> str | None:
        return prompts.phrase(REASONS, "titles")

    def _words(self, item_id: str, query: RankingQuery, _: Mapping[str, float]) -> str | None:
        return prompts.phrase(REASONS, "words")

    def _known(self, parts: Mapping[str, float], query: RankingQuery) -> list[str]:
        mentioned = {i for turn in query.turns if turn.speaker == "user" for i in turn.items}
        return [
            about
            for about in parts
            if self.catalogue.get(about) is not None
            and (about in query.liked or about in mentioned)
            and about not in query.disliked
        ]
