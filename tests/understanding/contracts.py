"""What every understander keeps: the product's own, and what stands before it."""

from __future__ import annotations

import pytest

from bot.core.protocols import Catalogue, Understander
from bot.core.values import Intent, Message, Understanding, about_attribute, split_about

MESSAGES = (
    "I loved Heat (1995) and hated Alien, another crime film please",
    "something like Ronin but funnier, nothing before 1996, under two hours",
    "the second one, please",
    "no, I have seen the first, and I want neither horror nor Tom Cruise",
    "why did you suggest that?",
    "who directed Heat?",
    "I liked a film called The Glass Harbour of Nineveh",
    "a drama with Bill Murray from the nineties",
    "forget that I like crime",
    "give me two comedies",
    "'; DROP TABLE items; -- <b>Heat</b> {{ 7 * 7 }}",
    "给我推荐一部电影",
)
SHOWN = ("zodiac", "fargo", "lost")


class UnderstanderContract:
    """Give fixtures `understander` and `catalogue`, over `tests.small_films`."""

    @pytest.mark.parametrize("text", ["", "   ", "\n\t", "?!…", "\U0001f600\U0001f600"])
    def test_what_holds_no_word_says_nothing(self, understander: Understander, text: str) -> None:
        assert understander.understand(text) == Understanding(empty=True)
        assert understander.understand(text, shown=SHOWN, question="genres").empty

    def test_words_are_not_empty(self, understander: Understander) -> None:
        assert not understander.understand("hello").empty

    @pytest.mark.parametrize("text", MESSAGES)
    def test_nothing_is_invented(
        self, understander: Understander, catalogue: Catalogue, text: str
    ) -> None:
        said = understander.understand(text, shown=SHOWN)
        for about in (
            *(*said.likes, *said.dislikes, *said.wants, *said.avoids),
            *(*said.seen, *said.saved, *said.not_now, *said.mentions, *said.references),
        ):
            assert exists(about, catalogue), about
        for name in (*said.constraints, *said.relaxed):
            column = name.removesuffix("_min").removesuffix("_max")
            assert column in ("year", *catalogue.columns)

    @pytest.mark.parametrize("text", MESSAGES)
    def test_wishes_are_likes_and_refusals_dislikes(
        self, understander: Understander, text: str
    ) -> None:
        said = understander.understand(text, shown=SHOWN)
        assert set(said.wants) <= set(said.likes)
        assert set(said.avoids) <= set(said.dislikes)

    @pytest.mark.parametrize("text", MESSAGES)
    def test_pointing_reaches_what_was_shown_and_no_further(
        self, understander: Understander, text: str
    ) -> None:
        assert set(understander.understand(text, shown=SHOWN).references) <= set(SHOWN)
        assert understander.understand(text).references == ()

    def test_the_second_one_is_the_second_shown(self, understander: Understander) -> None:
        assert understander.understand("I like the second one", shown=SHOWN).references == (
            SHOWN[1],
        )

    def test_titles_are_linked_and_told_apart_by_what_is_said_of_them(
        self, understander: Understander
    ) -> None:
        said = understander.understand("I loved Heat but hated Alien")
        assert said.likes == ("heat",)
        assert said.dislikes == ("alien",)
        assert set(said.mentions) == {"heat", "alien"}
        assert Intent.PREFERENCE in said.intents

    def test_the_same_message_is_understood_the_same(self, understander: Understander) -> None:
        turns = [Message("user", "I loved Heat", ("heat",)), Message("assistant", "Try Ronin.")]
        for text in MESSAGES:
            first = understander.understand(text, turns=turns, shown=SHOWN, question="genres")
            assert first == understander.understand(
                text, turns=tuple(turns), shown=list(SHOWN), question="genres"
            )


def exists(about: str, catalogue: Catalogue) -> bool:
    """Whether an item id or a ``column:value`` is the catalogue's own."""
    parts = split_about(about)
    if parts is None:
        return catalogue.get(about) is not None
    column, value = parts
    assert about == about_attribute(column, value)
    return column == "decade" or value in catalogue.values(column)
