"""Fixtures that many tests share: a small bot, and the real base model, fetched once and kept."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from adapters.models.base_model import BaseModel, find_base_model
from bot.conversation.chatbot import Tastebot
from tests.memory_people import MemoryPeople


@pytest.fixture(scope="session")
def model_home() -> Path:
    """A data folder that survives between test runs, so that the model is fetched once."""
    given = os.environ.get("TASTEBOT_TEST_HOME")
    return Path(given or platformdirs.user_cache_dir("tastebot-tests", appauthor=False))


@pytest.fixture(scope="session")
def real_base_model(model_home: Path) -> BaseModel:
    """The default base model, got the way the product gets it. Mark such tests `real`."""
    return find_base_model(home=model_home)


@pytest.fixture
def people() -> MemoryPeople:
    """An empty store of people in memory."""
    return MemoryPeople()


@pytest.fixture
def bot(people: MemoryPeople) -> Tastebot:
    """A bot over the small catalogue that remembers in `people`."""
    from tests.talking import talking_bot  # makes its indexes when it is first imported

    return talking_bot(people)
