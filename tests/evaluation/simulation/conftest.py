from __future__ import annotations

import pytest

from bot.data.interactions import Interaction
from bot.evaluation.simulation.people import SimulatedPerson
from tests.fakes import FakeService
from tests.small_films import FILMS


@pytest.fixture
def ana() -> SimulatedPerson:
    """Likes crime; has yet to find Zodiac (little known) and Se7en (well known)."""
    return SimulatedPerson(
        name="ana",
        known={"heat": 5.0, "ronin": 4.5, "fargo": 4.0, "groundhog": 1.0},
        held={"zodiac": 5.0, "seven": 4.0, "alien": 1.0},
        credits={"zodiac": 1.6, "seven": 0.4},
    )


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def ratings() -> list[Interaction]:
    """Forty people who rate all films; odd ones like what even ones do not."""
    return [
        Interaction(f"p{person}", film.item_id, 5.0 if (person + place) % 2 else 1.0, place)
        for person in range(40)
        for place, film in enumerate(FILMS)
    ] + [Interaction("shy", "heat", 5.0, 1)]
