"""The chatbot, and the fake that stands for it before the edges, keep one contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.conversation.api import ChatService
from storage.person.people import People
from storage.sql.database import open_database
from tests.conversation.contracts import ChatServiceContract
from tests.fakes import FakeService
from tests.memory_people import MemoryPeople
from tests.talking import talking_bot


class TestTastebot(ChatServiceContract):
    @pytest.fixture
    def service(self) -> ChatService:
        return talking_bot(MemoryPeople())


class TestTastebotOverADatabase(ChatServiceContract):
    @pytest.fixture
    def service(self, tmp_path: Path) -> Iterator[ChatService]:
        database = open_database(None, tmp_path)
        yield talking_bot(People(database))
        database.close()


class TestFakeService(ChatServiceContract):
    @pytest.fixture
    def service(self) -> ChatService:
        return FakeService()
