"""What is compared: a ranker and a question policy, put together as the product puts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.conversation.chatbot import Tastebot
from bot.conversation.parts import DialogueParts, Options
from bot.core.protocols import Catalogue, PersonStore, Ranker, Understander
from bot.core.results import RankingQuery, Scored
from bot.evaluation.simulation.policies import (
    AlwaysColumn,
    NoQuestions,
    PopularToRate,
    RandomQuestions,
)
from bot.evaluation.simulation.sessions import COLD, FAVOURITES
from bot.policy.onboarding import OnboardingPolicy, QuestionPolicy
from bot.ranking.filters import allowed_mask
from bot.ranking.items.attribute_vectors import AttributeVectors, popularity_prior
from bot.replies.writer import ReplyWriter

ONBOARDING = "onboarding"
POLICIES: Mapping[str, Callable[[AttributeVectors, int], QuestionPolicy]] = {
    ONBOARDING: lambda index, seed: OnboardingPolicy(index),
    "no-questions": lambda index, seed: NoQuestions(),
    "random-questions": RandomQuestions,
    "always-one-column": lambda index, seed: AlwaysColumn(index),
    "popular-to-rate": lambda index, seed: PopularToRate(index),
}
UPDATE, FILTER_ONLY, POPULAR = "update", "filter-only", "popularity-list"


@dataclass(frozen=True, slots=True)
class Arm:
    """One line of a comparison: how it is called, who ranks, who asks, how people begin."""

    name: str
    policy: str
    ranker: str
    opening: str


def policy_arms(ranker: str) -> list[Arm]:
    """The onboarding against other ways to begin with somebody unknown: all greet, no more.

    Suggestions come in every turn of every arm; what differs is what is asked beside them.
    """
    return [Arm(policy, policy, ranker, COLD) for policy in POLICIES]


def update_arms(ranker: str) -> list[Arm]:
    """The update by reactions against merely filtering and against a fixed list.

    People name favourites and a limit first; nobody is asked anything, so that reactions alone
    tell the arms apart.
    """
    return [
        Arm(UPDATE, "no-questions", ranker, FAVOURITES),
        Arm(FILTER_ONLY, "no-questions", f"{FILTER_ONLY}:{ranker}", FAVOURITES),
        Arm(POPULAR, "no-questions", POPULAR, FAVOURITES),
    ]


class FilterOnly:
    """A ranker that lets a person's first query stand: what follows only filters."""

    def __init__(self, ranker: Ranker) -> None:
        self._ranker = ranker
        self._first: dict[str, RankingQuery] = {}
        self.name = f"{FILTER_ONLY}:{ranker.name}"

    def rank(self, query: RankingQuery, k: int) -> list[Scored]:
        """As the ranker within, for the first query under the present exclusions and limits."""
        first = self._first.setdefault(query.profile.user, query)
        return self._ranker.rank(
            replace(first, exclude=query.exclude, constraints=query.constraints), k
        )


class PopularityList:
    """The best known items of the catalogue, whoever asks."""

    name = POPULAR

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._prior = popularity_prior(catalogue).astype(float)
        self._order = (-self._prior).argsort(kind="stable")

    def rank(self, query: RankingQuery, k: int) -> list[Scored]:
        """The first `k` allowed."""
        allowed = allowed_mask(self._catalogue, query)
        rows = [row for row in self._order if allowed[row]][:k]
        total = float(self._prior[allowed].sum()) or 1.0
        return [
            Scored(
                self._catalogue.items[row].item_id,
                float(self._prior[row] / total),
                {"popularity": float(self._prior[row])},
            )
            for row in rows
        ]


def build_service(
    arm: Arm,
    *,
    people: PersonStore,
    catalogue: Catalogue,
    understander: Understander,
    ranker: Ranker,
    index: AttributeVectors,
    explanations: bool = True,
    seed: int = 0,
) -> Tastebot:
    """The service of an arm: it ranks and asks, but writes no replies.

    Without `explanations` it gives no reasons either, which nothing else depends on.
    """
    parts = DialogueParts.of(
        catalogue=catalogue,
        understander=understander,
        ranker=ranker,
        writer=ReplyWriter(None),
        index=index,
        options=Options(write_replies=False, give_reasons=explanations),
        policy=POLICIES[arm.policy](index, seed),
    )
    return Tastebot(people, parts)
