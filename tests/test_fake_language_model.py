"""The fake language model keeps the same contract as the real one."""

import pytest

from tests.contracts import PROMPT, LanguageModelContract
from tests.fake_language_model import FakeLanguageModel


class TestFakeLanguageModel(LanguageModelContract):
    @pytest.fixture
    def model(self) -> FakeLanguageModel:
        return FakeLanguageModel()


def test_scripted_replies_come_in_turn_and_the_last_again() -> None:
    model = FakeLanguageModel(["One two.", "Three\nfour"])
    assert list(model.generate(PROMPT, max_tokens=9)) == ["One", " two."]
    assert "".join(model.generate(PROMPT, max_tokens=9, stop=["\n"])) == "Three"
    assert "".join(model.generate(PROMPT, max_tokens=9)) == "Three\nfour"
    assert model.calls == {"generate": 3}
