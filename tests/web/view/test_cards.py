"""What a card shows, as plain values, and that its markup is safe."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.results import Suggestion
from bot.core.values import EventKind, Fact, Item, Profile
from bot.web.view.cards import Known, item_card, suggestion_cards
from bot.web.view.markup import markup, plain, unplain
from tests.small_films import FILMS

HEAT = FILMS[0]
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def known(kind: EventKind, item: str) -> Known:
    return Known.of(Profile("ana", (Fact(kind, item, "clicked", NOW, event_id="e7"),)))


def test_a_card_shows_length_genres_and_people() -> None:
    card = item_card(HEAT, Known())

    assert (card.title, card.year) == ("Heat", 1995)
    assert card.facts == ("170 min", "Crime, Drama")
    assert card.people == "by Michael Mann with Al Pacino, Robert De Niro"


def test_a_catalogue_of_other_things_shows_its_first_attributes() -> None:
    book = Item("b1", "Dune", 1965, attributes={"authors": ("Frank Herbert",), "shelf": ("SF",)})

    assert item_card(book, Known()).facts == ("Frank Herbert", "SF")


def test_a_known_fact_is_pressed_and_can_be_undone() -> None:
    card = item_card(HEAT, known(EventKind.LIKES, "heat"))

    pressed = {toggle.act: toggle.event for toggle in card.toggles if toggle.pressed}
    assert pressed == {"like": "e7"}
    assert [done.event for done in card.done] == ["e7"]


def test_the_ring_is_full_for_the_best_and_says_the_probability() -> None:
    cards = suggestion_cards(
        [Suggestion(HEAT, 0.123), Suggestion(FILMS[1], 0.03), Suggestion(FILMS[2], 0.00001)],
        Known(),
        turn=1,
    )

    scores = [card.score for card in cards if card.score is not None]
    assert [score.percent for score in scores] == ["12%", "3.0%", "<0.1%"]
    assert [score.fill for score in scores] == [100, 24, 4]


def test_an_opened_explanation_stands_on_its_card_only() -> None:
    cards = suggestion_cards(
        [Suggestion(HEAT, 0.5), Suggestion(FILMS[1], 0.5)], Known(), 1, {"heat": ("Because.",)}
    )

    assert [card.why for card in cards] == [("Because.",), ()]


def test_whatever_the_catalogue_says_is_escaped() -> None:
    hostile = next(item for item in FILMS if item.item_id == "markup")
    cards = [item_card(hostile, Known(), details=True)]

    html = markup("cards", cards=cards, label="x", empty="", heading="<i>")

    assert "<img" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert "<script" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_words_for_the_chat_widget_come_back_as_they_were_said() -> None:
    for words in ("Fast & Furious", "a < b > c", "&lt;b&gt; &amp; &#60;", "\"quoted\" 'words'"):
        assert "<" not in plain(words)
        assert unplain(plain(words)) == words


def test_ordinary_sentences_are_not_changed_for_the_chat_widget() -> None:
    assert plain('Fast & Furious, it\'s "great"') == 'Fast & Furious, it\'s "great"'
