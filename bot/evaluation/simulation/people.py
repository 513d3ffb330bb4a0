"""Simulated people, drawn from interaction data, and what finding an item for them is worth.

Each person's ratings are split: the known half is what they can speak of, the held half decides
how they react to suggestions and is never spoken of first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.core.errors import DataFileError
from bot.data.interactions import LIKED_FROM, Interaction

UNRATED = 5.0  # what an interaction without a rating counts as
FEWEST_WANTED = 5  # held items that a person must like, and known ones too
DISLIKED_TO = 2.5

Style = str
STYLES: Mapping[Style, float] = {"plain": 0.6, "indirect": 0.25, "typos": 0.15}


@dataclass(frozen=True)
class SimulatedPerson:
    """Somebody with ratings (item id → 0.5 to 5) and a way of speaking.

    `credits` says for each wanted item what suggesting it is worth.
    """

    name: str
    known: Mapping[str, float]
    held: Mapping[str, float]
    credits: Mapping[str, float]
    style: Style = "plain"

    @property
    def liked(self) -> tuple[str, ...]:
        """Known items that the person likes, the best first."""
        ordered = sorted(self.known.items(), key=lambda pair: -pair[1])
        return tuple(item for item, rating in ordered if rating >= LIKED_FROM)

    @property
    def wanted(self) -> frozenset[str]:
        """Held items that the person will like when they are suggested."""
        return frozenset(item for item, rating in self.held.items() if rating >= LIKED_FROM)


def draw_people(
    interactions: Sequence[Interaction], count: int, *, seed: int = 0
) -> tuple[list[SimulatedPerson], list[Interaction]]:
    """`count` people at random, and the interactions of all others (to learn from).

    Fewer people when the data hold fewer with enough ratings; DataFileError when none.
    """
    ratings, popularity = _gathered(interactions)
    random = np.random.default_rng(seed)
    drawn: list[SimulatedPerson] = []
    users = sorted(ratings)
    for place in random.permutation(len(users)):
        if len(drawn) == count:
            break
        person = _split(users[place], ratings[users[place]], popularity, random)
        if person is not None:
            drawn.append(person)
    if not drawn:
        raise DataFileError(
            f"Expected people who like at least {2 * FEWEST_WANTED} items of the catalogue",
            found="none among the interactions",
            remedy="Give more interactions, or the catalogue that they belong to",
        )
    names = {person.name for person in drawn}
    return drawn, [each for each in interactions if each.user not in names]


def half_of(interactions: Sequence[Interaction], half: str) -> list[Interaction]:
    """Those of people whose id ends in an ``odd`` or an ``even`` digit; everybody's for ``all``.

    What is chosen by looking is chosen on one half, and measured on the other.
    """
    if half == "all":
        return list(interactions)
    wanted = frozenset("13579" if half == "odd" else "02468")
    return [each for each in interactions if each.user[-1:] in wanted]


def split_again(
    people: Sequence[SimulatedPerson], interactions: Sequence[Interaction], *, seed: int
) -> list[SimulatedPerson]:
    """The same people with their ratings dealt anew: other things to speak of, others to find.

    Whom a deal leaves too little of either is left out of it.
    """
    ratings, popularity = _gathered(interactions)
    random = np.random.default_rng([seed, 7])
    again = (_split(each.name, ratings[each.name], popularity, random) for each in people)
    return [each for each in again if each is not None]


def _gathered(
    interactions: Sequence[Interaction],
) -> tuple[dict[str, dict[str, float]], Counter[str]]:
    """Ratings by person and item, and how many people rated each item."""
    ratings: dict[str, dict[str, float]] = {}
    for each in interactions:
        rating = UNRATED if each.rating is None else each.rating
        ratings.setdefault(each.user, {})[each.item_id] = rating
    return ratings, Counter(item for rated in ratings.values() for item in rated)


def _split(
    name: str, rated: Mapping[str, float], popularity: Counter[str], random: np.random.Generator
) -> SimulatedPerson | None:
    items = sorted(rated)
    order = [items[place] for place in random.permutation(len(items))]
    known = {item: rated[item] for item in order[: len(order) // 2]}
    held = {item: rated[item] for item in order[len(order) // 2 :]}
    style = str(random.choice(list(STYLES), p=list(STYLES.values())))
    person = SimulatedPerson(name, known, held, {}, style)
    if min(len(person.wanted), len(person.liked)) < FEWEST_WANTED:
        return None
    return SimulatedPerson(name, known, held, inverse_popularity(person.wanted, popularity), style)


def inverse_popularity(wanted: frozenset[str], popularity: Mapping[str, int]) -> dict[str, float]:
    """Credit of each wanted item: one over its popularity, 1.0 on average over the wanted.

    Inverse propensity scoring (Schnabel et al. 2016, "Recommendations as treatments",
    arXiv:1602.05352): items are rated in proportion to how well they are known, so without it a
    fixed list of the best known would look good.
    """
    inverse = {item: 1.0 / max(popularity.get(item, 0), 1) for item in wanted}
    mean = sum(inverse.values()) / len(inverse) if inverse else 1.0
    return {item: value / mean for item, value in inverse.items()}
