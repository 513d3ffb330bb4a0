from __future__ import annotations

import pytest

from bot.core.values import Item
from bot.replies.grounding import Grounds, problem, vocabulary_of
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
HEAT, RONIN = FILMS[0], FILMS[1]
GROUNDS = Grounds(
    items=[RONIN, HEAT], mentioned=["Fargo", "crime"], vocabulary=vocabulary_of(CATALOGUE)
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Since you like Fargo, try Ronin (1998).",
        "It is a mix of action and crime, directed by John Frankenheimer.",
        "Ronin is action with Robert De Niro and Jean Reno.",
        "Heat (1995), directed by Michael Mann, is close behind.",
        "I would go for Ronin tonight!",
        "With Al Pacino there is also Heat (1995).",
    ],
)
def test_what_the_catalogue_bears_out_passes(sentence: str) -> None:
    assert problem(sentence, GROUNDS) is None


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("", "broken"),
        ("Ronin is", "broken"),
        ("Ronin is a good choice and", "broken"),
        ("Try Casino with Joe Pesci tonight.", "name"),
        ("Ronin (1997) is a good choice.", "number"),
        ("Ronin is a horror film.", "value"),
        ("Ronin was directed by Robert De Niro.", "role"),
        ("Ronin was directed by Michael Mann.", "name"),
        ("Ronin won an award for it.", "unbacked"),
        ("Ronin is about a man and his dog.", "unbacked"),
        ("A good good choice is Ronin.", "repetition"),
        ("Try it and try it and try it and then Ronin.", "repetition"),
        ("Try <b>Ronin</b> (1998) tonight.", "markup"),
    ],
)
def test_what_nothing_bears_out_is_caught(sentence: str, reason: str) -> None:
    found = problem(sentence, GROUNDS)
    assert found is not None
    assert found.split()[0] == reason


def test_two_parts_of_a_series_in_one_sentence_are_no_repetition() -> None:
    one = Item("one", "The Long Road: First Part", 2001)
    grounds = Grounds(items=[one], mentioned=["The Long Road: Second Part"], vocabulary={})
    said = "Since you like The Long Road: Second Part, try The Long Road: First Part (2001)."
    assert problem(said, grounds) is None
    again = "Try The Long Road: First Part and try The Long Road: First Part and try it."
    assert problem(again, grounds) == "repetition"
