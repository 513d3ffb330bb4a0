"""What use of the server amounts to: by day, over all, and ranker against ranker.

Pure numbers from what `storage.sql.usage` read; knows no names and no words. Drawing them is the
owner's page's business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import combinations

import numpy as np

from bot.core.protocols import Catalogue
from bot.core.values import EventKind
from bot.evaluation.metrics import popularity_percentiles
from storage.sql.usage import Reaction, Shown, TurnUse, Use

LIKED_FROM = 3.5
"""A rating from here on is a like, as everywhere (`bot.core.values.Profile.liked`)."""
FEWEST_PEOPLE = 5
"""With fewer on a side no interval is worth showing."""
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Period:
    """What happened in a day or a longer time.

    Times are milliseconds, the others shares from 0 to 1; None where there was nothing to count.
    `accepted` of `shown` suggestions were liked, saved or rated well by who saw them, whenever;
    one shown again to the same person counts once, where it was shown first. `coverage` is the
    share of the catalogue shown up to then, from the first day on; `popularity` the mean
    popularity percentile of what was shown, 0.5 being the mean item.
    """

    people: int
    conversations: int
    turns: int
    ranked_p50: float | None
    ranked_p95: float | None
    total_p50: float | None
    total_p95: float | None
    shown: int
    accepted: int
    coverage: float
    popularity: float | None

    @property
    def acceptance(self) -> float | None:
        """The share of suggestions taken up."""
        return self.accepted / self.shown if self.shown else None


@dataclass(frozen=True, slots=True)
class RankerUse:
    """How one ranker fares: `acceptance` is the mean over people of each one's own share."""

    ranker: str
    people: int
    shown: int
    accepted: int
    acceptance: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """One ranker's acceptance minus another's, between people: Welch's t-test (Welch 1947).

    `low` and `high` bound the difference with 95% confidence; all three are None with fewer than
    five people on a side, or when nobody differs from anybody.
    """

    ranker: str
    against: str
    difference: float
    low: float | None = None
    high: float | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One item shown to one person for the first time, and whether it was taken up."""

    shown: Shown
    accepted: bool


def overall(use: Use, catalogue: Catalogue) -> Period:
    """The whole time as one."""
    ranks = _percentiles(catalogue)
    offers = offered(use)
    return _period(use.turns, offers, use.shown, ranks, {s.item for s in use.shown})


def by_day(use: Use, catalogue: Catalogue, zone: tzinfo | None = None) -> dict[date, Period]:
    """Every day from the first that something happened on, in the zone's time; quiet ones too."""

    def day(happened: TurnUse | Shown) -> date:
        return happened.at.astimezone(zone).date()

    turns: dict[date, list[TurnUse]] = defaultdict(list)
    shown: dict[date, list[Shown]] = defaultdict(list)
    offers: dict[date, list[Offer]] = defaultdict(list)
    for turn in use.turns:
        turns[day(turn)].append(turn)
    for each in use.shown:
        shown[day(each)].append(each)
    for offer in offered(use):
        offers[day(offer.shown)].append(offer)
    days = sorted({*turns, *shown})
    if not days:
        return {}
    ranks = _percentiles(catalogue)
    so_far: set[str] = set()
    periods = {}
    for number in range((days[-1] - days[0]).days + 1):
        at = days[0] + timedelta(days=number)
        so_far |= {each.item for each in shown[at]}
        periods[at] = _period(turns[at], offers[at], shown[at], ranks, so_far)
    return periods


def offered(use: Use) -> list[Offer]:
    """Each item shown to each person once, the first time, and whether they took it up after."""
    taken: dict[tuple[int, str], datetime] = {}
    for reaction in use.reactions:
        if _is_good(reaction):
            taken[reaction.person, reaction.item] = reaction.at
    first: dict[tuple[int, str], Shown] = {}
    for shown in use.shown:
        first.setdefault((shown.person, shown.item), shown)
    return [Offer(shown, key in taken and taken[key] >= shown.at) for key, shown in first.items()]


def arms(offers: Iterable[Offer]) -> list[RankerUse]:
    """How each ranker fares that was recorded, the most shown first."""
    found = []
    for ranker, people in _shares(offers).items():
        counts = list(people.values())
        found.append(
            RankerUse(
                ranker=ranker,
                people=len(counts),
                shown=sum(shown for _, shown in counts),
                accepted=sum(accepted for accepted, _ in counts),
                acceptance=float(np.mean([accepted / shown for accepted, shown in counts])),
            )
        )
    return sorted(found, key=lambda arm: (-arm.shown, arm.ranker))


def contrasts(offers: Sequence[Offer]) -> list[Contrast]:
    """Every two rankers against each other, the one that fares better first.

    The people are compared, not the suggestions: what one person is shown goes together, and
    counting each suggestion for itself would find differences that are not there.
    """
    shares = _shares(offers)
    order = [arm.ranker for arm in sorted(arms(offers), key=lambda arm: -arm.acceptance)]
    found = []
    for first, second in combinations(order, 2):
        one, other = (
            np.array([accepted / shown for accepted, shown in shares[ranker].values()])
            for ranker in (first, second)
        )
        difference = float(one.mean() - other.mean())
        enough = min(len(one), len(other)) >= FEWEST_PEOPLE and (one.std() or other.std())
        if not enough:
            found.append(Contrast(first, second, difference))
            continue
        from scipy import stats  # seconds to import, and most servers compare nothing

        test = stats.ttest_ind(one, other, equal_var=False)
        bounds = test.confidence_interval(LEVEL)
        found.append(
            Contrast(
                first,
                second,
                difference,
                float(bounds.low),
                float(bounds.high),
                float(test.pvalue),
            )
        )
    return found


def _shares(offers: Iterable[Offer]) -> Mapping[str, Mapping[int, tuple[int, int]]]:
    """Ranker → person → (accepted, shown)."""
    shares: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for offer in offers:
        if offer.shown.ranker is None:
            continue
        people = shares[offer.shown.ranker]
        accepted, shown = people.get(offer.shown.person, (0, 0))
        people[offer.shown.person] = (accepted + offer.accepted, shown + 1)
    return shares


def _period(
    turns: Sequence[TurnUse],
    offers: Sequence[Offer],
    shown: Sequence[Shown],
    ranks: Mapping[str, float],
    so_far: set[str],
) -> Period:
    ranked = [turn.ranked_ms for turn in turns if turn.ranked_ms is not None]
    total = [turn.total_ms for turn in turns if turn.total_ms is not None]
    known = [ranks[each.item] for each in shown if each.item in ranks]
    return Period(
        people=len({turn.person for turn in turns}),
        conversations=len({turn.conversation for turn in turns}),
        turns=len(turns),
        ranked_p50=_quantile(ranked, 0.5),
        ranked_p95=_quantile(ranked, 0.95),
        total_p50=_quantile(total, 0.5),
        total_p95=_quantile(total, 0.95),
        shown=len(offers),
        accepted=sum(offer.accepted for offer in offers),
        coverage=sum(item in ranks for item in so_far) / len(ranks) if ranks else 0.0,
        popularity=float(np.mean(known)) if known else None,
    )


def _percentiles(catalogue: Catalogue) -> dict[str, float]:
    """Item id → popularity percentile; unknown popularity counts as none."""
    counts = np.nan_to_num(catalogue.numbers("popularity"), nan=-np.inf).astype(np.float64)
    ranks = popularity_percentiles(counts)
    return {item.item_id: float(rank) for item, rank in zip(catalogue.items, ranks, strict=True)}


def _quantile(values: Sequence[float], share: float) -> float | None:
    return float(np.quantile(values, share)) if values else None


def _is_good(reaction: Reaction) -> bool:
    return reaction.kind is not EventKind.RATING or (reaction.value or 0) >= LIKED_FROM
