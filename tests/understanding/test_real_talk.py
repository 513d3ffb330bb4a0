"""What people were seen to say in a chat, and what was once made of it by mistake."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.core.values import Intent, Understanding
from tests.understanding.corpus import ids_by_label, understander

SHOWN = ("Heat (1995)", "Alien (1979)", "Jaws (1975)")


def ids(*labels: str) -> tuple[str, ...]:
    return tuple(ids_by_label()[label] for label in labels)


def said(text: str, shown: Sequence[str] = (), question: str | None = None) -> Understanding:
    return understander().understand(text, shown=ids(*shown), question=question)


@pytest.mark.parametrize(
    "text",
    ["no talking animals pls lol", "more space stuff but no aliens", "ok, show me something"],
)
def test_somebody_asked_for_titles_may_speak_of_something_else(text: str) -> None:
    assert not said(text, SHOWN, question="pick").mentions


def test_a_title_that_stands_as_an_answer_does_is_one() -> None:
    assert said("heat and aliens", question="pick").likes == ids("Heat (1995)", "Aliens (1986)")


def test_a_studio_is_known_by_its_short_name_and_is_no_actress() -> None:
    assert "cast:Elizabeth Marvel" not in said("a marvel movie").wants
    assert "studios:Marvel Studios" in said("a marvel movie").wants
    assert said("no pixar please").avoids == ("studios:Pixar",)


def test_everyday_words_make_no_name() -> None:
    assert not said("doing good man").likes


def test_what_neither_has_seen_is_not_seen() -> None:
    understood = said("Neither of us has seen Mr and Mrs Smith")
    assert understood.mentions
    assert not understood.seen


def test_seen_and_liked_in_one_breath_is_both() -> None:
    understood = said("the second one i've already seen, it was great", SHOWN)
    assert understood.seen == understood.likes == ids("Alien (1979)")


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("already saw the dark knight trilogy", ("The Dark Knight Rises (2012)",)),
        ("I've seen all the Toy Story movies", ("Toy Story 2 (1999)", "Toy Story 3 (2010)")),
    ],
)
def test_all_parts_of_a_series_are_seen_where_all_are_meant(
    text: str, labels: tuple[str, ...]
) -> None:
    assert set(ids(*labels)) < set(said(text).seen)


def test_one_part_is_seen_where_one_is_meant() -> None:
    assert said("I saw Toy Story").seen == ids("Toy Story (1995)")


def test_less_of_a_shade_closes_no_kind() -> None:
    understood = said("something less gory", SHOWN)
    assert not understood.dislikes
    assert Intent.CRITIQUE in understood.intents


@pytest.mark.parametrize(
    ("text", "shades"),
    [
        ("nothing too heavy", ("heavy",)),
        ("something with a woman in the lead", ("woman in the lead",)),
        ("something less gory", ("gory",)),
        ("it was really sad", ()),
    ],
)
def test_how_it_should_feel_is_kept_in_words(text: str, shades: tuple[str, ...]) -> None:
    assert said(text).shades == shades


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("who directed the second one?", ("directors",)),
        ("how long is it", ("runtime",)),
        ("is it any good?", ("opinion",)),
    ],
)
def test_a_question_says_what_it_is_after(text: str, columns: tuple[str, ...]) -> None:
    understood = said(text, SHOWN)
    assert Intent.ASK_ITEM in understood.intents
    assert understood.asked_about == columns
