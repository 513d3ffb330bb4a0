"""The understander of a catalogue, bare and remembering, keeps the contract."""

from __future__ import annotations

import pytest

from bot.core.protocols import Catalogue, Understander
from bot.understanding.remembering import RememberingUnderstander
from tests.talking import CATALOGUE, UNDERSTANDER
from tests.understanding.contracts import UnderstanderContract


class TestUnderstanders(UnderstanderContract):
    @pytest.fixture(scope="class")
    def catalogue(self) -> Catalogue:
        return CATALOGUE

    @pytest.fixture(scope="class", params=["bare", "remembering"])
    def understander(self, request: pytest.FixtureRequest) -> Understander:
        return UNDERSTANDER if request.param == "bare" else RememberingUnderstander(UNDERSTANDER)
