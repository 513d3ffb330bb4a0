"""Understanding of single messages, about the default films and about something else entirely."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from bot.core.protocols import Understander
from bot.core.values import Intent, Item, Message, Understanding
from bot.understanding import build_understander
from tests.memory_catalogue import MemoryCatalogue
from tests.understanding.corpus import ids_by_label, understander


def said(text: str, **about: Any) -> Understanding:
    return understander().understand(text, **about)


def ids(*labels: str) -> tuple[str, ...]:
    return tuple(ids_by_label()[label] for label in labels)


def test_the_example_of_hate_love_years_and_length_is_understood_exactly() -> None:
    understood = said("I hated Titanic but loved Heat, nothing before 1990, under two hours")
    assert understood.dislikes == ids("Titanic (1997)")
    assert understood.likes == ids("Heat (1995)")
    assert understood.constraints == {"year_min": 1990, "runtime_max": 120}
    assert set(understood.mentions) == {*understood.likes, *understood.dislikes}
    assert not understood.seen


def test_a_wish_is_tonights_and_a_taste_is_not() -> None:
    wish = said("looking for a comedy")
    assert wish.likes == wish.wants == ("genres:Comedy",)
    taste = said("I love comedies")
    assert taste.likes == ("genres:Comedy",)
    assert not taste.wants
    refusal = said("no horror tonight")
    assert refusal.dislikes == refusal.avoids == ("genres:Horror",)
    assert not refusal.lasting


def test_what_is_said_to_last_lasts() -> None:
    assert said("never show me horror").lasting == {"genres:Horror"}
    assert not said("no horror").lasting


@pytest.mark.parametrize("text", ["", "   ", "😀🎬", "?!…"])
def test_nothing_said_is_empty(text: str) -> None:
    assert said(text).empty


@pytest.mark.parametrize(
    "text",
    ["我想看一部喜剧片", "Quiero ver una película de miedo con mi hermana", "これは何ですか"],
)
def test_another_language_is_told_and_not_guessed_at(text: str) -> None:
    understood = said(text)
    assert understood.foreign_language
    assert not understood.likes


def test_english_with_a_foreign_title_is_english() -> None:
    assert not said("I loved La Dolce Vita and Y tu mamá también").foreign_language


def test_a_title_of_common_words_needs_its_context() -> None:
    assert said("I loved Big").mentions == ids("Big (1988)")
    assert not said("a big surprise").mentions
    assert not said("I told her once").mentions


def test_that_one_is_the_first_shown_until_a_title_is_named() -> None:
    shown = ids("Fargo (1996)", "Ronin (1998)")
    turns = (Message("assistant", "", shown),)
    assert said("I have seen that one", turns=turns, shown=shown).seen == shown[:1]
    named = said("What about Drive? I have seen that one", turns=turns, shown=shown)
    assert named.seen == ids("Drive (2011)")


def test_items_of_the_last_message_are_meant_when_nothing_was_shown() -> None:
    turns = (Message("assistant", "Have you seen Fargo?", ids("Fargo (1996)")),)
    assert said("loved it", turns=turns).likes == ids("Fargo (1996)")


def test_older_is_older_than_the_middle_of_what_was_shown() -> None:
    shown = ids("Fargo (1996)", "Ronin (1998)")
    understood = said("something older", shown=shown)
    assert understood.constraints == {"year_max": 1996}
    assert Intent.CRITIQUE in understood.intents


def test_lifting_a_limit_names_it() -> None:
    assert "year_min" in said("any year is fine").relaxed


def test_html_and_sql_are_only_words() -> None:
    understood = said("<script>alert('x')</script> I loved Heat'; DROP TABLE items; --")
    assert understood.mentions == ids("Heat (1995)")


def test_a_very_long_message_is_read_in_time() -> None:
    started = time.process_time()
    said("I loved Heat and something else again. " * 520)
    assert time.process_time() - started < 5


@pytest.fixture(scope="module")
def wines() -> Understander:
    def wine(
        item_id: str,
        title: str,
        grapes: tuple[str, ...],
        colour: tuple[str, ...],
        price: float,
        year: int,
    ) -> Item:
        return Item(item_id, title, year, {"grape": grapes, "colour": colour}, {"price": price})

    return build_understander(
        MemoryCatalogue(
            [
                wine("1", "Château Brumeux", ("Merlot", "Cabernet Franc"), ("red",), 24.0, 2015),
                wine("2", "Weingut Steinhang", ("Riesling",), ("white",), 12.0, 2019),
                wine("3", "Cantina del Faro", ("Nebbiolo",), ("red",), 40.0, 2012),
            ]
        )
    )


def test_a_catalogue_without_a_lexicon_is_understood_by_its_own_values(wines: Understander) -> None:
    understood = wines.understand("I loved chateau brumeux, no riesling, price under 30")
    assert understood.likes == ("1",)
    assert understood.dislikes == ("grape:Riesling",)
    assert understood.constraints == {"price_max": 30}


def test_a_misspelt_title_and_a_plain_value_are_found_in_any_catalogue(wines: Understander) -> None:
    understood = wines.understand("something red like Cantina del Farro")
    assert set(understood.likes) == {"colour:red", "3"}


def test_understanding_needs_no_model_database_or_page() -> None:
    code = (
        "import sys, bot.understanding; "
        "sys.exit(any(m in sys.modules for m in ('torch', 'sqlalchemy', 'gradio')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("text", ["hello", "Hello!", "thanks", "hi there"])
def test_a_greeting_is_no_misspelt_title(text: str) -> None:
    understood = said(text)
    assert not understood.mentions
    assert understood.intents <= {Intent.GREET, Intent.THANK}
    assert understood.intents
