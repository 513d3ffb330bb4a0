from __future__ import annotations

from bot.domain import Item
from bot.replies.grounding import Grounds, problem, vocabulary_of
from bot.replies.phrases import MOST, possible_replies
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

HEAT, RONIN = FILMS[0], FILMS[1]


def replies(*items: Item, **said: list[str]) -> list[str]:
    grounds = Grounds(
        items=items,
        mentioned=[value for values in said.values() for value in values],
        vocabulary=vocabulary_of(MemoryCatalogue(FILMS)),
    )
    found = possible_replies(items, grounds, **said)
    for reply in found:
        assert reply.startswith(" ")
        assert problem(reply.strip().split(". ")[0].rstrip(".") + ".", grounds) is None
    return found


def test_what_was_liked_is_taken_up() -> None:
    found = replies(RONIN, HEAT, likes=["Fargo"])
    assert found
    assert all("Fargo" in reply and "Ronin (1998)" in reply for reply in found)


def test_a_wish_is_taken_up_only_where_it_is_met() -> None:
    assert all("action" in reply for reply in replies(RONIN, HEAT, wants=["action"]))
    assert not any("asked for" in reply for reply in replies(RONIN, HEAT, wants=["comedy"]))


def test_the_second_suggestion_is_spoken_of_in_some() -> None:
    assert any("Heat (1995)" in reply for reply in replies(RONIN, HEAT))


def test_an_item_with_nothing_but_a_title_gets_a_reply() -> None:
    found = replies(Item("a", "The Left Hand of Darkness"))
    assert found
    assert not any("(None)" in reply or "  " in reply for reply in found)


def test_there_are_never_too_many() -> None:
    assert len(replies(RONIN, HEAT, likes=["Fargo"], wants=["action", "crime"])) <= MOST
