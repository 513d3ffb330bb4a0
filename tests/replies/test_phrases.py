from __future__ import annotations

import random
from typing import Any

from bot.core.values import Item
from bot.replies.grounding import Grounds, problem, vocabulary_of
from bot.replies.phrases import MOST, joined, true_sentences
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

HEAT, RONIN = FILMS[0], FILMS[1]


def replies(*items: Item, **said: Any) -> list[str]:
    grounds = Grounds(
        items=items,
        mentioned=[value for values in said.values() for value in values],
        vocabulary=vocabulary_of(MemoryCatalogue(FILMS)),
    )
    found = joined(*true_sentences(items, grounds, **said))
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


def sentences(**more: Any) -> tuple[list[str], list[str]]:
    grounds = Grounds(items=[RONIN, HEAT], vocabulary=vocabulary_of(MemoryCatalogue(FILMS)))
    return true_sentences([RONIN, HEAT], grounds, **more)


def test_phrases_of_the_last_replies_are_not_used_again() -> None:
    told = ["How about Casino (1995)? It stars Joe Pesci.", "You might enjoy Fargo (1996)."]
    openings, followed = sentences(told=told)
    assert "I would try Ronin (1998) tonight." in openings
    assert not any(one.startswith(("How about", "You might enjoy")) for one in openings)
    assert followed
    assert not any(one.startswith("It stars") for one in followed)


def test_when_every_phrase_was_used_any_may_come_again() -> None:
    openings, followed = sentences()
    assert sentences(told=[" ".join([*openings, *followed])]) == (openings, followed)


def test_of_what_may_follow_there_is_some_and_another_time_other() -> None:
    _, whole = sentences()
    first, second = (set(sentences(chance=random.Random(seed))[1]) for seed in (1, 2))
    assert len(first) < len(whole) / 2
    assert first != second
    assert first | second <= set(whole)


def test_the_model_chooses_once_for_each_sentence() -> None:
    whole = sentences()
    some = [sentences(chance=random.Random(seed)) for seed in range(12)]
    for begin, follow in some:
        for found in (begin, follow):
            assert len(found) > 1
            assert len({one.split()[0] for one in found}) == len(found)
    for place in (0, 1):
        firsts = {one.split()[0] for one in whole[place]}
        assert firsts == {one.split()[0] for each in some for one in each[place]}
    assert len({tuple(follow) for _, follow in some}) > 1
