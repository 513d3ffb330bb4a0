"""Bringing files and a catalogue together."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import DataFileError
from bot.core.values import Item, Message
from bot.data.dialogue_files import read_dialogues
from bot.data.dialogues import Dialogue
from bot.data.interactions import Interaction
from bot.data.linking import (
    TitleYear,
    fold_title,
    link_dialogues,
    link_interactions,
    link_queries,
)
from bot.data.queries import Query
from tests.data.files import dialogue, redial, write_jsonl
from tests.memory_catalogue import MemoryCatalogue

TRAIN = Item("t1", "Night Train", 1999, same_as="tt1")
HARBOUR = Item("t2", "The Harbour", 1980, same_as="tt2")
SEA = Item("t3", "La mer calme", 2001, same_as="tt3")
OURS = MemoryCatalogue([TRAIN, HARBOUR, SEA], "ours")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Harbour", "harbour"),
        ("Harbour, The", "The Harbour"),
        ("Amélie", "AMELIE"),
        ("Spider-Man & Co.", "spider man and co"),
        ("Schindler's List", "Schindlers List"),
    ],
)
def test_titles_compare_without_case_accents_articles_and_signs(one: str, other: str) -> None:
    assert fold_title(one) == fold_title(other)


def test_a_label_splits_into_title_and_year() -> None:
    assert TitleYear.of("Heat (1995)") == TitleYear("heat", 1995)
    assert TitleYear.of("The (Other) Heat") == TitleYear("other heat", None)


def test_redial_links_by_title_and_year_and_leaves_the_rest_as_words(tmp_path: Path) -> None:
    read = read_dialogues(write_jsonl(tmp_path / "d.jsonl", redial()))
    (linked,) = link_dialogues(read, OURS)
    assert [turn.items for turn in linked.turns] == [(), ("t1", "t2"), ()]
    assert linked.feedback == {"t1": "liked", "t2": "seen"}
    assert linked.turns[2].text == "Then try Quiet Sea (2001)"


def test_a_year_may_be_off_by_one_but_not_by_two(tmp_path: Path) -> None:
    for year, found in ((1998, ("t1",)), (1997, ())):
        row = redial(
            movieMentions={"10": f"Night Train ({year})"},
            messages=[{"senderWorkerId": 2, "text": "@10"}],
            initiatorQuestions=[],
        )
        (linked,) = link_dialogues(read_dialogues(write_jsonl(tmp_path / "d.jsonl", row)), OURS)
        assert linked.turns[0].items == found


def test_numbers_that_two_catalogues_use_for_different_items_are_not_confused(
    tmp_path: Path,
) -> None:
    clashing = MemoryCatalogue([Item("10", "Something else", 1950), *OURS.items])
    read = read_dialogues(write_jsonl(tmp_path / "d.jsonl", redial()))
    (linked,) = link_dialogues(read, clashing)
    assert linked.turns[1].items == ("t1", "t2")


def test_ids_that_are_the_catalogues_own_stay(tmp_path: Path) -> None:
    own = MemoryCatalogue(
        [Item("10", "Night Train", 1999), Item("11", "Harbour Lights"), Item("12", "Quiet Sea")]
    )
    (linked,) = link_dialogues(read_dialogues(write_jsonl(tmp_path / "d.jsonl", redial())), own)
    assert [turn.items for turn in linked.turns] == [(), ("10", "11"), ("12",)]


def test_an_unknown_item_is_an_error_with_line_id_and_remedy(tmp_path: Path) -> None:
    rows = [dialogue("a", ("user", "x", ["t1"])), dialogue("b", ("user", "x", ["t99"]))]
    read = read_dialogues(write_jsonl(tmp_path / "d.jsonl", *rows))
    with pytest.raises(DataFileError) as error:
        link_dialogues(read, OURS)
    message = str(error.value)
    assert "d.jsonl, line 2: " in message
    assert "t99" in message
    assert "--catalogue" in message


def test_a_redial_number_that_nothing_names_is_an_error(tmp_path: Path) -> None:
    row = redial(messages=[{"senderWorkerId": 2, "text": "@77"}])
    with pytest.raises(DataFileError, match=r"line 1: .*unknown id 77"):
        link_dialogues(read_dialogues(write_jsonl(tmp_path / "d.jsonl", row)), OURS)


def test_own_ids_may_be_given_by_same_as() -> None:
    (linked,) = link_dialogues([Dialogue("a", (Message("user", "x", ("tt2",)),))], OURS)
    assert linked.turns[0].items == ("t2",)


def test_a_query_needs_its_targets_but_not_every_mention() -> None:
    turns = (Message("user", "x", ("t1", "gone")),)
    (linked,), unknown = link_queries([Query("q-1", turns, ("t2",))], OURS)
    assert linked.turns[0].items == ("t1",)
    assert unknown == 1
    with pytest.raises(DataFileError, match="unknown id gone"):
        link_queries([Query("q-1", (), ("gone",))], OURS)


def test_interactions_keep_what_the_catalogue_has() -> None:
    given = [Interaction("ana", "tt1", 4.0), Interaction("ana", "tt9"), Interaction("bo", "t3")]
    assert link_interactions(given, OURS) == [
        Interaction("ana", "t1", 4.0),
        Interaction("bo", "t3"),
    ]
    with pytest.raises(DataFileError, match="no item of catalogue ours"):
        link_interactions([Interaction("ana", "tt9")], OURS)
