"""Comparing rankers on living people: each person always gets the same one.

Owns who gets which; which ranker showed what is recorded with what was shown, and how they fare
is `bot.evaluation.usage`'s. Satisfies `bot.core.protocols.Ranker`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from bot.core.errors import UsageError
from bot.core.protocols import Ranker
from bot.core.results import RankingQuery, Scored

COMPARABLE = ("tuned", "fusion-without-lm", "affinity")
"""Rankers that can serve beside each other, since they need no other model than the one loaded."""
TERM = "term:"


def compared_names(setting: str | None) -> tuple[str, ...]:
    """The rankers that the setting `AB` names; none when it is not set.

    Raises UsageError for fewer than two, one twice, and one that there is none of.
    """
    if setting is None:
        return ()
    names = tuple(name.strip() for name in setting.split(","))
    known = [name in COMPARABLE or name.startswith(TERM) for name in names]
    if len(names) < 2 or len(set(names)) < len(names) or not all(known):
        raise UsageError(
            "TASTEBOT_AB was expected to name two or more different rankers, joined by commas",
            found=repr(setting),
            remedy=f"Take them from {', '.join(COMPARABLE)} and {TERM}NAME, such as "
            "tuned,fusion-without-lm",
        )
    return names


@runtime_checkable
class _Blaming(Protocol):
    """A ranker that can say what is behind a term."""

    def blame(self, query: RankingQuery, item_id: str) -> Mapping[str, Mapping[str, float]]: ...


class RankerByPerson:
    """Sends each person to one of several rankers, evenly and always to the same."""

    def __init__(self, rankers: Sequence[Ranker]) -> None:
        self._rankers = {ranker.name: ranker for ranker in rankers}

    @property
    def name(self) -> str:
        """The names of all, joined by commas."""
        return ",".join(self._rankers)

    def of(self, person: str) -> Ranker:
        """The ranker a person gets: by a hash of their name and of what is compared.

        Another comparison deals the people anew, so that it inherits nothing from the last one.
        """
        seed = hashlib.sha256(f"{self.name}\0{person}".encode()).digest()
        return list(self._rankers.values())[int.from_bytes(seed[:8]) % len(self._rankers)]

    def rank(self, query: RankingQuery, k: int) -> list[Scored]:
        """As the person's ranker does."""
        return self.of(query.profile.user).rank(query, k)

    def blame(self, query: RankingQuery, item_id: str) -> Mapping[str, Mapping[str, float]]:
        """What is behind each term, where the person's ranker can say."""
        ranker = self.of(query.profile.user)
        return ranker.blame(query, item_id) if isinstance(ranker, _Blaming) else {}


def ranker_name(ranker: Ranker, person: str) -> str:
    """The name of the ranker that a person's suggestions come from."""
    return ranker.of(person).name if isinstance(ranker, RankerByPerson) else ranker.name
