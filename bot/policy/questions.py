"""Questions that narrow the choice, and what each answer would tell.

A question is a set of answers and, for every item, the chance of each answer from a person who
will choose that item. From it and the ranking's distribution follows how many nats the question
is expected to remove: the mutual information of item and answer. Words are left to `bot.replies`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import prompts
from bot.core.protocols import Catalogue
from bot.core.values import OPEN, about_attribute
from bot.ranking.items.attribute_vectors import YEAR_SCALE, AttributeVectors, popularity_prior
from bot.ranking.items.best_rows import best_rows

Belief = NDArray[np.float64]  # P(item), shape (items,)
Chances = NDArray[np.floating[Any]]
"""Of answers; in single precision where there are many, as its logarithms are much quicker."""

DECADE, PICK = "decade", "pick"
MOST_ANSWERS = 6  # as many as a person reads at a glance
PICKED_AMONG = 4
# How far an answer about taste tells of the one item that will be chosen. Of the simulated people
# with odd ids, who say what the items they know speak for, 13% choose by their answer and the
# others as if they had been asked nothing; what they love is likelier to be like what they choose
# by these factors, for each unit of likeness and of closeness in time. See docs/evaluation.md.
_HOLDS = 0.13
_ALIKE, _SAME_TIME = 1.5, 1.5
# One to three are named when somebody is asked openly, and seldom the best known, so that an answer
# tells more than one of `_NAMED` would: on simulated people with odd ids what they will like became
# likelier by 0.91 nats over three such questions, where 0.12 were thought.
_NAMES_TELL = 7.7
_LOVED = 0.35  # share of people who have loved the best-known item; others by how well known
_SUREST = np.float32(0.95)  # nobody is surer to have loved an item
_CANDIDATES = 40  # well-known items among which a pick is put together
# Chance that the answer tells nothing ("no idea", "doesn't matter"), where the catalogue's
# lexicon (prompts/replies/askable.json) does not say: people more often have no name in mind
# than no kind.
_SHRUG = {DECADE: 0.3, PICK: 0.1, OPEN: 0.35}
_SHRUG_FEW_VALUES = 0.15
_SHRUG_MANY_VALUES = 0.5
_MANY_VALUES = 200
_LIKELY_VALUES = 2000  # of the values, how many of the likeliest are looked at
_NAMED = 200  # well-known items that an open question is thought to be answered with


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its `key` (a column, ``decade``, ``pick``, ``open``), `kind` and answers.

    `answers` are ``column:value``, decades as ``decade:1990``, item ids, or none where the person
    finds their own words; `gain` is the expected fall of the entropy in nats.
    """

    key: str
    kind: str
    answers: tuple[str, ...]
    gain: float


def information(belief: Belief, answer_given_item: Chances) -> float:
    """Mutual information of item and answer in nats; `answer_given_item` is (items, answers)."""
    within = belief.astype(answer_given_item.dtype) @ _entropy(answer_given_item)
    return float(_entropy(belief @ answer_given_item) - within)


def _entropy(shares: Chances) -> Chances:
    """Entropy in nats over the last axis."""
    return np.asarray(-_x_log_x(shares).sum(axis=-1))


def _x_log_x(shares: Chances) -> Chances:
    # NumPy's, as SciPy's special functions take 0.3 s to import at every start.
    found: Chances = shares * np.log(np.maximum(shares, np.finfo(shares.dtype).tiny))
    return found


def attribute_questions(
    index: AttributeVectors, belief: Belief, without: Collection[str] = ()
) -> list[Question]:
    """One question for each attribute column but `without`: which of its likeliest values?"""
    catalogue = index.catalogue
    held = np.flatnonzero(belief)
    likeliest: dict[str, list[str]] = {}
    mass = index.mass(belief)
    for number in best_rows(mass, _LIKELY_VALUES):
        about = index.names[number]
        column = about.partition(":")[0]
        best = likeliest.setdefault(column, [])
        if len(best) < MOST_ANSWERS and mass[number] > 0:
            best.append(about)
    questions = []
    for name, abouts in likeliest.items():
        if len(abouts) < 2 or name in without:
            continue
        values = catalogue.values(name)
        chances = _table(
            held,
            len(catalogue.items),
            [values[about.partition(":")[2]] for about in abouts],
            _shrug(name, catalogue.columns[name].values),
        )
        gain = information(belief[held], _loosely(belief[held], chances))
        questions.append(Question(key=name, kind="attribute", answers=tuple(abouts), gain=gain))
    return questions


def decade_question(catalogue: Catalogue, belief: Belief) -> Question | None:
    """Which decade? None when the catalogue knows fewer than two."""
    years = catalogue.numbers("year")
    decades = np.where(np.isnan(years), -1, np.floor(years / 10) * 10).astype(int)
    dated = decades >= 0
    known = np.flatnonzero(np.bincount(decades[dated]))
    if len(known) < 2:
        return None
    mass = np.bincount(decades[dated], belief[dated])[known]
    likeliest = known[np.argsort(-mass, kind="stable")[:MOST_ANSWERS]]
    best = sorted(likeliest.tolist(), reverse=True)
    rows = [np.flatnonzero(decades == decade).astype(np.int32) for decade in best]
    held = np.flatnonzero(belief)
    chances = _table(held, len(years), rows, _SHRUG[DECADE])
    return Question(
        key=DECADE,
        kind="decade",
        answers=tuple(about_attribute(DECADE, str(decade)) for decade in best),
        gain=information(belief[held], _loosely(belief[held], chances)),
    )


def pick_question(
    index: AttributeVectors, belief: Belief, without: Collection[str] = ()
) -> Question | None:
    """Which of four well-known, far-apart items? None when there are too few items.

    Put together one by one, each time with the item that makes the answer tell most: what many
    know and what is unlike those chosen already. `without` are not to be offered.
    """
    catalogue = index.catalogue
    prior = popularity_prior(catalogue)
    weight = prior.astype(np.float64) + 1e-6
    weight[[catalogue.row(each) for each in without if catalogue.get(each) is not None]] = 0
    known = best_rows(weight, _CANDIDATES)
    known = known[weight[known] > 0]
    held = np.flatnonzero(belief)
    if len(known) < PICKED_AMONG or not len(held):
        return None
    top = prior[known].max()
    loved = _LOVED * (prior[known] / top) ** 2 if top > 0 else np.full(len(known), _LOVED)
    pull = _pull(index, held, known)
    mass = belief[held].astype(np.float32)
    pull *= loved / (mass @ pull)  # on average as many as love it
    loving = np.minimum(pull, _SUREST)
    chosen: list[int] = []
    gain = 0.0
    while len(chosen) < PICKED_AMONG:
        gains = _pick_gains(mass, loving, chosen)
        gains[chosen] = -np.inf
        gain = float(gains.max())
        chosen.append(int(np.argmax(gains)))
    return Question(
        key=PICK,
        kind="pick",
        answers=tuple(catalogue.items[row].item_id for row in known[chosen]),
        gain=gain,
    )


def open_question(
    index: AttributeVectors, belief: Belief, *, again: bool = False
) -> Question | None:
    """Which item have you loved, or (`again`) which others? None with too few items to name.

    The answer is thought to be one of the best-known items: in proportion to how well known it is,
    and more often one that is like what the person will choose.
    """
    catalogue = index.catalogue
    prior = popularity_prior(catalogue)
    named = best_rows(prior.astype(np.float64), _NAMED)
    held = np.flatnonzero(belief)
    if len(named) < PICKED_AMONG or not len(held):
        return None
    pull = _pull(index, held, named)
    pull *= prior[named] + np.float32(1e-6)
    chances = np.full((len(held), len(named) + 1), _SHRUG[OPEN], np.float32)
    chances[:, :-1] = pull * ((1 - _SHRUG[OPEN]) / pull.sum(axis=1, keepdims=True))
    gain = _NAMES_TELL * information(belief[held], chances)
    return Question(OPEN, "open_again" if again else "open", answers=(), gain=gain)


def _pull(
    index: AttributeVectors, held: NDArray[np.int64], named: NDArray[np.int64]
) -> NDArray[np.float32]:
    """How much likelier who will choose an item is to have loved another, (held, named)."""
    likeness = index.matrix[held].dot(index.matrix[named].T).toarray()
    years = index.catalogue.numbers("year").astype(np.float32)
    apart = np.abs(years[held][:, None] - years[named][None, :])
    closeness = np.nan_to_num(np.exp(apart / np.float32(-YEAR_SCALE)))
    return np.asarray(np.exp(_ALIKE * likeness + _SAME_TIME * closeness), dtype=np.float32)


def _pick_gains(
    mass: NDArray[np.float32], loving: NDArray[np.float32], chosen: Sequence[int]
) -> NDArray[np.float32]:
    """What a pick among `chosen` and one more would tell in nats, for every one it could be.

    An answer is one of those loved, at random, or none. `mass` (items,) is the belief, `loving`
    (items, named) are the chances of loving each; the result has shape (named,). All answers of a
    pick share one factor, so that their entropy needs its logarithm alone and not theirs.
    """
    open_to = np.float32(1 - _SHRUG[PICK])
    before = loving[:, list(chosen)]
    total = loving + before.sum(axis=1, keepdims=True)
    none = (1 - loving) * np.prod(1 - before, axis=1, keepdims=True)
    one = open_to * (1 - none)
    share = one / total
    rest = open_to * none + np.float32(_SHRUG[PICK])
    logs = _x_log_x(loving) + _x_log_x(before).sum(axis=1, keepdims=True)
    within = mass @ -(share * logs + one * np.log(share) + _x_log_x(rest))
    answers = np.stack([mass @ (loving * share), mass @ rest, *((before.T * mass) @ share)], axis=1)
    return np.asarray(_entropy(answers) - within)


def _loosely(belief: Belief, chances: Chances) -> Chances:
    """`chances` (items, answers) for people of whom only a share choose by what they answer."""
    found: Chances = _HOLDS * chances + (1 - _HOLDS) * (belief @ chances)[None, :]
    return found


def _table(
    held: NDArray[np.int64], count: int, holders: Sequence[NDArray[np.int32]], shrug: float
) -> NDArray[np.float64]:
    """P(answer | item) of the items in `held`: one of the item's own values at random, else
    "something else"; shape (held, answers + 2). `count` is how many items there are."""
    table = np.zeros((len(held), len(holders) + 2))
    for number, rows in enumerate(holders):
        has = np.zeros(count, dtype=bool)
        has[rows] = True
        table[:, number] = has[held]
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
