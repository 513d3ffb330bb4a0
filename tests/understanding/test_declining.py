"""Taking none of what a question offers says nothing about what was suggested beside it."""

from __future__ import annotations

import pytest

from bot.core.values import Intent, Message
from bot.understanding import build_understander
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

ASKED = (
    Message("user", "Hi"),
    Message("assistant", "Which of these do you like best: Zodiac (2007) or Fargo (1996)?"),
)


@pytest.mark.parametrize("text", ["None of these", "None of them", "none of those."])
def test_none_of_the_offered_is_no_word_on_what_was_shown(text: str) -> None:
    understander = build_understander(MemoryCatalogue(FILMS, "films"))
    said = understander.understand(text, turns=ASKED, shown=("heat", "alien"), question="pick")
    assert said.intents == {Intent.REJECT}
    assert said.likes == said.dislikes == said.references == ()
