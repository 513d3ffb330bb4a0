"""Measuring on what was trained on is refused."""

from __future__ import annotations

import pytest

from bot.core.errors import DataFileError
from bot.core.values import Message
from bot.data.dialogues import Dialogue
from bot.data.leakage import dialogue_hashes, leaked_dialogues, refuse_leaks
from bot.data.queries import Query

LONG = "I want a slow western with a lonely sheriff in it tonight"
OTHER = "My sister would rather see something about deep sea divers"
TRAINED = Dialogue("t", (Message("user", LONG), Message("assistant", "ok"), Message("user", OTHER)))


def test_a_query_cut_from_a_training_dialogue_is_found() -> None:
    query = Query("x_9-1", (Message("user", LONG.upper() + "!"),), ("1",))
    assert leaked_dialogues([query], dialogue_hashes([TRAINED])) == ["x_9"]


def test_a_shared_greeting_or_one_shared_line_among_many_is_no_leak() -> None:
    hashes = dialogue_hashes([Dialogue("t", (Message("user", "hello there, how are you today?"),))])
    greeting = Dialogue("a", (Message("user", "Hello there, how are you today?"),))
    assert leaked_dialogues([greeting], hashes) == []
    mostly_new = Dialogue(
        "b",
        (
            Message("user", LONG),
            Message("assistant", "what about a musical set in Paris before the first war then"),
            Message("user", "rather a comedy about bakers who enter a contest in Wales"),
        ),
    )
    assert leaked_dialogues([mostly_new], dialogue_hashes([TRAINED])) == []


def test_hashes_are_short_sorted_distinct_and_of_long_messages_only() -> None:
    hashes = dialogue_hashes([TRAINED, TRAINED])
    assert hashes == sorted(set(hashes))
    assert len(hashes) == 2
    assert {len(each) for each in hashes} == {12}


def test_the_refusal_counts_and_names_the_dialogues() -> None:
    queries = [Query("x_9-1", TRAINED.turns[:1], ("1",)), Query("x_9-3", TRAINED.turns, ("2",))]
    with pytest.raises(DataFileError, match=r"found 1 that it was \(x_9\)"):
        refuse_leaks(queries, dialogue_hashes([TRAINED]), "the adapter")
    refuse_leaks(queries, dialogue_hashes([]), "the adapter")
