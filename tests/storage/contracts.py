"""One contract for the person store and one for the catalogue: fake and real thing pass both.

A subclass gives the thing under test by a fixture or a method.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from bot.core.errors import UnknownPersonError, UsageError
from bot.core.protocols import Catalogue, PersonStore, TurnRecord
from bot.core.results import Suggestion, Timings, TurnResult
from bot.core.values import Event, EventKind, Intent, Item, Message, Understanding

LONG_AGO = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
KETTLE = Item(
    item_id="kettle",
    title="Kettle",
    year=1995,
    attributes={"kinds": ("Steel", "Whistling"), "makers": ("Ana Ö'Neil",)},
    numbers={"litres": 1.7},
    popularity=3.5,
    same_as="k-1",
)


def turn_result(conversation: str, reply: str = "Try the kettle.") -> TurnResult:
    return TurnResult(
        conversation=conversation,
        act="recommend",
        reply=reply,
        suggestions=(
            Suggestion(KETTLE, 0.125, ("You like steel.",), {"attributes": 0.5, "popularity": 1.0}),
        ),
        understood=Understanding(
            intents=frozenset({Intent.REQUEST, Intent.PREFERENCE}),
            likes=("kinds:Steel",),
            constraints={"year_min": 1990, "litres_max": 2.5},
            lasting=frozenset({"kinds:Steel"}),
            count=3,
        ),
        timings=Timings(ranked_ms=12.5, total_ms=100.0),
        chips=("older",),
        notices=("Few are left.",),
    )


def said(about: str, kind: EventKind = EventKind.LIKES, **more: Any) -> Event:
    return Event(kind=kind, about=about, source=f"I said {about}", at=LONG_AGO, **more)


class PersonStoreContract:
    """Give a fixture `people` with an empty store."""

    def test_nobody_is_known_at_first(self, people: PersonStore) -> None:
        assert people.people() == []
        assert not people.has_person("ana")
        assert people.events("ana") == []
        assert people.conversations("ana") == []
        assert people.conversation("nowhere") is None

    def test_a_person_is_made_once(self, people: PersonStore) -> None:
        assert people.since("ana") is None
        since = people.ensure_person("ana")
        assert people.ensure_person("ana") == people.since("ana") == since
        assert people.has_person("ana")
        [(name, since, events)] = people.people()
        assert (name, events) == ("ana", 0)
        assert abs(datetime.now(UTC) - since) < timedelta(minutes=1)

    def test_a_name_is_the_same_however_its_accents_are_encoded(self, people: PersonStore) -> None:
        people.ensure_person("Zoe\u0308 ")
        assert people.has_person("Zo\u00eb")
        assert [name for name, _, _ in people.people()] == ["Zo\u00eb"]

    @pytest.mark.parametrize(
        "name", ["", "  ", "a" * 101, "a\nb", "a\x00b", "\ud800", "ab\u202egnp"]
    )
    def test_a_name_that_cannot_be_shown_is_refused(self, people: PersonStore, name: str) -> None:
        with pytest.raises(UsageError):
            people.ensure_person(name)

    @pytest.mark.parametrize("name", ["a" * 100, "<b>O'Neil</b>", "'; drop table people;--", "李"])
    def test_any_other_text_is_a_name(self, people: PersonStore, name: str) -> None:
        people.append(name, [said("kettle")])
        assert [event.about for event in people.events(name)] == ["kettle"]

    def test_events_come_back_as_appended_in_order_with_ids(self, people: PersonStore) -> None:
        conversation = people.start_conversation("ana", "things")
        events = [
            said("kettle", conversation=conversation, catalogue="things"),
            said("kettle", EventKind.RATING, value=4.5),
            said("year_min", EventKind.CONSTRAINT, value="1990", lasting=False),
        ]
        ids = people.append("ana", events)
        stored = people.events("ana")
        assert [event.event_id for event in stored] == ids
        assert len(set(ids)) == 3
        assert [_without_id(event) for event in stored] == events

    def test_events_are_appended_after_what_was_there(self, people: PersonStore) -> None:
        people.append("ana", [said("a")])
        people.append("ana", [said("b"), said("c")])
        assert [event.about for event in people.events("ana")] == ["a", "b", "c"]
        assert people.people()[0][2] == 3

    def test_events_of_a_catalogue_come_with_those_of_none(self, people: PersonStore) -> None:
        people.append("ana", [said("a", catalogue="x"), said("b", catalogue="y"), said("c")])
        assert [event.about for event in people.events("ana", catalogue="x")] == ["a", "c"]

    def test_undone_events_are_kept(self, people: PersonStore) -> None:
        [liked] = people.append("ana", [said("a")])
        people.append("ana", [said(liked, EventKind.UNDONE)])
        assert [event.kind for event in people.events("ana")] == [
            EventKind.LIKES,
            EventKind.UNDONE,
        ]

    def test_a_turn_comes_back_whole(self, people: PersonStore) -> None:
        conversation = people.start_conversation("ana", "things")
        result = turn_result(conversation)
        messages = [Message("user", "steel please"), Message("assistant", "Try.", ("kettle",))]
        number = people.commit_turn(
            "ana", TurnRecord("steel please", result, messages, [said("kinds:Steel")])
        )
        [turn] = people.turns(conversation)
        assert (number, turn.number) == (1, 1)
        assert turn.user_text == "steel please"
        assert turn.result == result
        assert [event.about for event in people.events("ana")] == ["kinds:Steel"]

    def test_a_turn_starts_its_conversation_and_person(self, people: PersonStore) -> None:
        shown = said("kettle", EventKind.SHOWN, conversation="new", catalogue="things")
        people.commit_turn("ana", TurnRecord("hello   there", turn_result("new"), events=[shown]))
        info = people.conversation("new")
        assert info is not None
        assert (info.user, info.catalogue, info.title, info.turns) == (
            "ana",
            "things",
            "hello there",
            1,
        )

    def test_a_turn_says_which_catalogue_it_is_over(self, people: PersonStore) -> None:
        people.commit_turn("ana", TurnRecord("hello", turn_result("new"), catalogue="things"))
        info = people.conversation("new")
        assert info is not None
        assert info.catalogue == "things"

    def test_turns_are_numbered_and_the_first_words_stay_the_title(
        self, people: PersonStore
    ) -> None:
        for text in ("first words", "second"):
            number = people.commit_turn("ana", TurnRecord(text, turn_result("c")))
        assert number == 2
        assert [turn.user_text for turn in people.turns("c")] == ["first words", "second"]
        assert people.conversations("ana")[0].title == "first words"

    def test_the_conversation_used_last_is_listed_first(self, people: PersonStore) -> None:
        for conversation in ("a", "b", "a"):
            people.commit_turn("ana", TurnRecord("hi", turn_result(conversation)))
        assert [info.conversation for info in people.conversations("ana")] == ["a", "b"]

    def test_a_turn_can_take_the_place_of_the_last_with_what_was_read_into_it(
        self, people: PersonStore
    ) -> None:
        people.commit_turn("ana", TurnRecord("steel", turn_result("c"), events=[said("a")]))
        people.commit_turn(
            "ana", TurnRecord("no steal", turn_result("c"), events=[said("b"), said("d")])
        )
        wrong = [event.event_id or "" for event in people.events("ana") if event.about == "b"]
        number = people.commit_turn(
            "ana", TurnRecord("no steel", turn_result("c"), events=[said("e")], replacing=wrong)
        )
        assert number == 2
        assert [turn.user_text for turn in people.turns("c")] == ["steel", "no steel"]
        assert [event.about for event in people.events("ana")] == ["a", "d", "e"]

    def test_a_corrected_first_message_gives_the_title(self, people: PersonStore) -> None:
        people.commit_turn("ana", TurnRecord("stele", turn_result("c")))
        people.commit_turn("ana", TurnRecord("steel", turn_result("c"), replacing=[]))
        assert [info.title for info in people.conversations("ana")] == ["steel"]

    def test_nobody_writes_into_the_conversation_of_another(self, people: PersonStore) -> None:
        conversation = people.start_conversation("ana", "things")
        with pytest.raises(UsageError):
            people.commit_turn("bo", TurnRecord("hi", turn_result(conversation)))
        with pytest.raises(UsageError):
            people.append("bo", [said("a", conversation=conversation)])
        assert people.turns(conversation) == []
        assert people.events("bo") == []

    def test_a_turn_begins_with_all_that_is_known(self, people: PersonStore) -> None:
        opening = people.open_turn("ana", "c")
        assert opening.since == people.since("ana")
        assert (opening.conversation, opening.events, opening.turns) == (None, [], [])
        turn = turn_result("c")
        assert (
            people.commit_turn("ana", TurnRecord("hi", turn, events=[said("a")]), opening=opening)
            == 1
        )
        again = people.open_turn("ana", "c")
        assert again.since == opening.since
        assert again.conversation == people.conversation("c")
        assert again.events == people.events("ana") != []
        assert again.turns == people.turns("c") != []
        assert people.commit_turn("ana", TurnRecord("hi", turn), opening=again) == 2
        assert people.open_turn("bo", "c").conversation == people.conversation("c")

    @pytest.mark.parametrize("anew", [False, True])
    def test_who_was_deleted_meanwhile_gets_no_turn(self, people: PersonStore, anew: bool) -> None:
        opening = people.open_turn("ana", "c")
        people.delete_person("ana")
        if anew:
            people.ensure_person("ana")
        turn = turn_result("c")
        assert (
            people.commit_turn("ana", TurnRecord("hi", turn, events=[said("a")]), opening=opening)
            is None
        )
        assert people.has_person("ana") is anew
        assert people.events("ana") == []
        assert people.conversation("c") is None

    def test_a_conversation_deleted_meanwhile_gets_no_turn(self, people: PersonStore) -> None:
        people.commit_turn("ana", TurnRecord("hi", turn_result("c")))
        opening = people.open_turn("ana", "c")
        people.delete_conversation("c")
        turn = turn_result("c")
        assert (
            people.commit_turn("ana", TurnRecord("hi", turn, events=[said("a")]), opening=opening)
            is None
        )
        assert people.conversation("c") is None
        assert people.events("ana") == []

    def test_an_event_of_a_conversation_that_does_not_exist_is_refused(
        self, people: PersonStore
    ) -> None:
        with pytest.raises(UsageError):
            people.append("ana", [said("a"), said("b", conversation="nowhere")])
        assert people.events("ana") == []

    def test_a_conversation_is_renamed(self, people: PersonStore) -> None:
        conversation = people.start_conversation("ana", "things")
        people.rename_conversation(conversation, "  Of\nkettles ")
        assert [info.title for info in people.conversations("ana")] == ["Of kettles"]
        with pytest.raises(UsageError):
            people.rename_conversation("nowhere", "x")

    def test_deleting_a_conversation_keeps_lasting_taste_alone(self, people: PersonStore) -> None:
        events = [
            said("a", conversation="c"),
            said("b", EventKind.WANTS, conversation="c", lasting=False),
            said("d", EventKind.SHOWN, conversation="c"),
            said("e"),
        ]
        people.commit_turn("ana", TurnRecord("hi", turn_result("c"), events=events))
        people.delete_conversation("c")
        assert people.conversation("c") is None
        assert people.turns("c") == []
        assert [(event.about, event.conversation) for event in people.events("ana")] == [
            ("a", None),
            ("e", None),
        ]

    def test_an_export_holds_everything_as_json(self, people: PersonStore) -> None:
        people.commit_turn(
            "ana", TurnRecord("steel please", turn_result("c"), events=[said("kinds:Steel")])
        )
        text = json.dumps(people.export_person("ana"))
        for word in ("ana", "steel please", "kinds:Steel", "I said kinds:Steel"):
            assert word in text
        with pytest.raises(UnknownPersonError):
            people.export_person("bo")

    def test_deleting_a_person_leaves_the_others(self, people: PersonStore) -> None:
        for name in ("ana", "bo"):
            people.commit_turn(name, TurnRecord("hi", turn_result(name + "1"), events=[said("a")]))
        assert people.delete_person("ana")
        assert not people.has_person("ana")
        assert people.conversation("ana1") is None
        assert people.turns("ana1") == []
        assert people.events("ana") == []
        assert [event.about for event in people.events("bo")] == ["a"]
        with pytest.raises(UnknownPersonError):
            people.delete_person("ana")

    def test_threads_at_once_lose_nothing(self, people: PersonStore) -> None:
        failed: list[Exception] = []

        def talk(name: str) -> None:
            try:
                for turn in range(5):
                    people.commit_turn(
                        name, TurnRecord(f"{turn}", turn_result(name), events=[said("a")])
                    )
            except Exception as error:
                failed.append(error)

        threads = [threading.Thread(target=talk, args=(f"p{number}",)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert [count for _, _, count in people.people()] == [5] * 6


def _without_id(event: Event) -> Event:
    return Event(
        kind=event.kind,
        about=event.about,
        source=event.source,
        at=event.at,
        value=event.value,
        lasting=event.lasting,
        conversation=event.conversation,
        catalogue=event.catalogue,
    )


THINGS = (
    KETTLE,
    Item("pan", "The Pan", 2001, {"kinds": ("Steel",)}, {"litres": 3.0}, popularity=9.0),
    Item("cup", "Cup", None, {"kinds": ("Clay",)}, {}, "For tea.", None, same_as="k-3"),
)


class CatalogueContract:
    """Give a method `make` that puts items into a catalogue."""

    def make(self, items: Iterable[Item]) -> Catalogue:
        raise NotImplementedError

    def test_satisfies_the_protocol(self) -> None:
        catalogue = self.make(THINGS)
        assert isinstance(catalogue, Catalogue)
        assert catalogue.name

    def test_items_are_rows_in_order(self) -> None:
        catalogue = self.make(THINGS)
        assert tuple(catalogue.items) == THINGS
        assert [catalogue.row(item.item_id) for item in THINGS] == [0, 1, 2]

    def test_items_are_found_by_their_ids(self) -> None:
        catalogue = self.make(THINGS)
        assert catalogue.get("pan") == THINGS[1]
        assert catalogue.get("lid") is None
        assert catalogue.by_same_as("k-3") == THINGS[2]
        assert catalogue.by_same_as("k-9") is None
        with pytest.raises(KeyError):
            catalogue.row("lid")

    def test_columns_are_words_or_numbers(self) -> None:
        columns = self.make(THINGS).columns
        assert {name: column.numeric for name, column in columns.items()} == {
            "kinds": False,
            "makers": False,
            "litres": True,
        }
        assert columns["kinds"].values == 3

    def test_values_lead_to_rows(self) -> None:
        values = self.make(THINGS).values("kinds")
        assert {value: rows.tolist() for value, rows in values.items()} == {
            "Steel": [0, 1],
            "Whistling": [0],
            "Clay": [2],
        }
        assert all(rows.dtype == np.int32 for rows in values.values())

    def test_numbers_are_nan_where_unknown(self) -> None:
        catalogue = self.make(THINGS)
        np.testing.assert_allclose(catalogue.numbers("litres"), [1.7, 3.0, np.nan], rtol=1e-6)
        np.testing.assert_allclose(catalogue.numbers("year"), [1995, 2001, np.nan])
        np.testing.assert_allclose(catalogue.numbers("popularity"), [3.5, 9.0, np.nan])

    def test_a_column_that_no_item_has_holds_nothing(self) -> None:
        catalogue = self.make(THINGS)
        assert catalogue.values("smell") == {}
        assert np.isnan(catalogue.numbers("smell")).all()

    def test_the_fingerprint_changes_with_the_content(self) -> None:
        assert self.make(THINGS).fingerprint == self.make(THINGS).fingerprint
        assert self.make(THINGS).fingerprint != self.make(THINGS[:2]).fingerprint
        other = Item("pan", "The Pan", 2002, {"kinds": ("Steel",)}, {"litres": 3.0}, popularity=9.0)
        changed = self.make((THINGS[0], other, THINGS[2]))
        assert self.make(THINGS).fingerprint != changed.fingerprint

    def test_a_title_is_found_in_any_case(self) -> None:
        catalogue = self.make(THINGS)
        assert catalogue.search("kettle") == [THINGS[0]]
        assert catalogue.search("KETTLE", 1) == [THINGS[0]]
        assert catalogue.search("nothing of the kind") == []

    def test_a_title_is_found_without_its_article_and_accents(self) -> None:
        catalogue = self.make((*THINGS, Item("jug", "Caf\u00e9 Jug")))
        assert catalogue.search("pan") == [THINGS[1]]
        assert [item.item_id for item in catalogue.search("cafe jug")] == ["jug"]

    def test_no_more_are_found_than_asked_for(self) -> None:
        catalogue = self.make([Item(name, "Pan") for name in "abc"])
        assert len(catalogue.search("pan", 2)) == 2
        assert len(catalogue.search("pan")) == 3
