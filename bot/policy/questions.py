"""Questions that narrow the choice, and what each answer would tell.

A question is a set of answers and, for every item, the chance of each answer from a person who
will choose that item. From it and the ranking's distribution follows how many nats the question
is expected to remove: the mutual information of item and answer. Words are left to `bot.replies`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import prompts
from bot.domain import about_attribute
from bot.protocols import Catalogue
from bot.ranking.attributes import AttributeIndex, popularity_prior

Belief = NDArray[np.float64]  # P(item), shape (items,)

MOST_ANSWERS = 6  # as many as a person reads at a glance
PICKED_AMONG = 4
_SHARPNESS = 6.0  # how surely the likest of the shown items is picked
_NONE_OF_THEM = 1.0  # exp(0): weight of "none of these" beside exp(sharpness * similarity)
_CANDIDATES = 40  # well-known items among which a pick is put together
# Chance that the answer tells nothing ("no idea", "doesn't matter"), where the catalogue's
# lexicon (prompts/replies/askable.json) does not say: people more often have no name in mind
# than no kind.
_SHRUG = {"decade": 0.3, "pick": 0.1}
_SHRUG_FEW_VALUES = 0.15
_SHRUG_MANY_VALUES = 0.5
_MANY_VALUES = 200
_LIKELY_VALUES = 2000  # of the values, how many of the likeliest are looked at


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its `key` (a column, ``decade`` or ``pick``), `kind` and possible answers.

    `answers` are ``column:value``, decades as ``decade:1990``, or item ids; `gain` is the
    expected fall of the entropy in nats.
    """

    key: str
    kind: str
    answers: tuple[str, ...]
    gain: float


def information(belief: Belief, answer_given_item: NDArray[np.float64]) -> float:
    """Mutual information of item and answer in nats; `answer_given_item` is (items, answers)."""
    held = np.flatnonzero(belief)  # the belief rests on few items, the table covers all
    marginal = belief[held] @ answer_given_item[held]
    return _entropy(marginal) - float(belief[held] @ _entropies(answer_given_item[held]))


def attribute_questions(index: AttributeIndex, belief: Belief) -> list[Question]:
    """One question for each attribute column: which of its likeliest values?"""
    catalogue = index.catalogue
    likeliest: dict[str, list[str]] = {}
    mass = index.mass(belief)
    for number in np.argsort(-mass, kind="stable")[:_LIKELY_VALUES]:
        about = index.names[number]
        column = about.partition(":")[0]
        best = likeliest.setdefault(column, [])
        if len(best) < MOST_ANSWERS and mass[number] > 0:
            best.append(about)
    questions = []
    for name, abouts in likeliest.items():
        if len(abouts) < 2:
            continue
        values = catalogue.values(name)
        chances = _table(
            len(catalogue.items),
            [values[about.partition(":")[2]] for about in abouts],
            _shrug(name, catalogue.columns[name].values),
        )
        gain = information(belief, chances)
        questions.append(Question(key=name, kind="attribute", answers=tuple(abouts), gain=gain))
    return questions


def decade_question(catalogue: Catalogue, belief: Belief) -> Question | None:
    """Which decade? None when the catalogue knows fewer than two."""
    years = catalogue.numbers("year")
    decades = np.where(np.isnan(years), -1, np.floor(years / 10) * 10).astype(int)
    known = [int(decade) for decade in np.unique(decades) if decade >= 0]
    if len(known) < 2:
        return None
    mass = {decade: float(belief[decades == decade].sum()) for decade in known}
    best = sorted(sorted(known, key=lambda decade: -mass[decade])[:MOST_ANSWERS], reverse=True)
    rows = [np.flatnonzero(decades == decade).astype(np.int32) for decade in best]
    chances = _table(len(years), rows, _SHRUG["decade"])
    return Question(
        key="decade",
        kind="decade",
        answers=tuple(about_attribute("decade", str(decade)) for decade in best),
        gain=information(belief, chances),
    )


def pick_question(
    index: AttributeIndex, belief: Belief, without: Sequence[str] = ()
) -> Question | None:
    """Which of four well-known, far-apart items? None when there are too few items."""
    catalogue = index.catalogue
    prior = popularity_prior(catalogue).astype(np.float64)
    weight = np.where(belief > 0, prior + 1e-6, 0)
    for item_id in without:
        weight[catalogue.row(item_id)] = 0
    known = np.argsort(-weight, kind="stable")[:_CANDIDATES]
    known = known[weight[known] > 0]
    if len(known) < PICKED_AMONG:
        return None
    alike = np.asarray(index.matrix[known].dot(index.matrix[known].T).todense())
    chosen = [0]
    while len(chosen) < PICKED_AMONG:
        apart = weight[known] / weight[known].max() - alike[:, chosen].max(axis=1)
        apart[chosen] = -np.inf
        chosen.append(int(np.argmax(apart)))
    rows = known[chosen]
    likeness = np.asarray(index.matrix.dot(index.matrix[rows].T).todense(), dtype=np.float64)
    pull = np.exp(_SHARPNESS * likeness)
    pull = np.column_stack([pull, np.full(len(pull), _NONE_OF_THEM)])
    chances = (1 - _SHRUG["pick"]) * pull / pull.sum(axis=1, keepdims=True)
    chances[:, -1] += _SHRUG["pick"]
    return Question(
        key="pick",
        kind="pick",
        answers=tuple(catalogue.items[row].item_id for row in rows),
        gain=information(belief, chances),
    )


def _table(count: int, holders: Sequence[NDArray[np.int32]], shrug: float) -> NDArray[np.float64]:
    """P(answer | item): one of the item's own values at random, else "something else"."""
    table = np.zeros((count, len(holders) + 2))
    for number, rows in enumerate(holders):
        table[rows, number] = 1
    mine = table.sum(axis=1)
    table[mine == 0, len(holders)] = 1  # something else
    table /= table.sum(axis=1, keepdims=True)
    table *= 1 - shrug
    table[:, -1] = shrug
    return table


def _shrug(column: str, values: int) -> float:
    """The chance that somebody asked about a column has nothing to say."""
    known: dict[str, float] = prompts.data("replies/askable.json")
    usual = _SHRUG_MANY_VALUES if values > _MANY_VALUES else _SHRUG_FEW_VALUES
    return known.get(column, usual)


def _entropy(chances: NDArray[np.float64]) -> float:
    positive = chances[chances > 0]
    return float(-(positive * np.log(positive)).sum())


def _entropies(table: NDArray[np.float64]) -> NDArray[np.float64]:
    logs = np.log(table, where=table > 0, out=np.zeros_like(table))
    entropies: NDArray[np.float64] = -(table * logs).sum(axis=1)
    return entropies
