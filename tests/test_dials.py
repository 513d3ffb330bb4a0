"""A person's dials, and what else bears on which suggestions are alike."""

from __future__ import annotations

import pytest

from bot.conversation.chatbot import Tastebot
from bot.core.errors import UsageError
from bot.core.results import TurnResult
from tests.talking import CATALOGUE, INDEX, ids, say


def test_a_dial_changes_the_next_ranking_and_is_kept_for_the_person(bot: Tastebot) -> None:
    usual = ids(bot.recommend("ana", "a drama"))
    bot.set_preference("ana", "fame", 0)
    assert ids(bot.recommend("ana", "a drama")) != usual
    assert ids(bot.recommend("bo", "a drama")) == usual
    assert bot.profile("ana").settings == {"fame": 0.0}
    bot.set_preference("ana", "fame", 1)
    assert ids(bot.recommend("ana", "a drama")) == usual


def test_more_variety_shows_suggestions_less_alike(bot: Tastebot) -> None:
    def likeness(result: TurnResult) -> float:
        alike = INDEX.similarity(ids(result))[[CATALOGUE.row(item) for item in ids(result)]]
        return float(alike.sum())

    bot.set_preference("ana", "variety", 0)
    bot.set_preference("bo", "variety", 1)
    same = say(bot, "I loved Heat, a crime film please")
    varied = say(bot, "I loved Heat, a crime film please", user="bo")
    assert likeness(varied) < likeness(same)


@pytest.mark.parametrize(("name", "value"), [("variety", 1.5), ("fame", -1.0), ("volume", 0.5)])
def test_a_dial_that_there_is_none_of_is_refused(bot: Tastebot, name: str, value: float) -> None:
    with pytest.raises(UsageError):
        bot.set_preference("ana", name, value)
    assert bot.people() == []


def test_similar_items_share_attributes_and_leave_the_item_out(bot: Tastebot) -> None:
    similar = [item.item_id for item in bot.similar("heat", 3)]
    assert "heat" not in similar
    assert {"insider", "ronin", "collateral"} & set(similar)
    assert bot.similar("no such film", 3) == []
