"""What people say in passing, wrongly or in a roundabout way, and what must not be made of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.core.values import Intent, Item, Understanding
from bot.understanding import build_understander
from tests.memory_catalogue import MemoryCatalogue
from tests.understanding.corpus import films, ids_by_label, understander

SHOWN = ("Heat (1995)", "Alien (1979)", "Jaws (1975)", "Up (2009)", "Big (1988)")


def ids(*labels: str) -> tuple[str, ...]:
    return tuple(ids_by_label()[label] for label in labels)


def said(text: str, shown: Sequence[str] = (), question: str | None = None) -> Understanding:
    return understander().understand(text, shown=ids(*shown), question=question)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("I loved Blade Runner 2049", "Blade Runner 2049"),
        ("i loved toy story 9", "toy story 9"),
        ("Something like Interstellar 5: The Return", "Interstellar 5: The Return"),
        ("Something like The Room Of Zzyzx Quux", "The Room Of Zzyzx Quux"),
        ("I loved Rocky XII", "Rocky XII"),
        ("1917 was great", "1917"),
    ],
)
def test_a_title_the_catalogue_lacks_is_not_taken_for_the_one_it_begins_with(
    text: str, title: str
) -> None:
    understood = said(text)
    assert understood.unknown_titles == (title,)
    assert not understood.mentions
    assert not understood.constraints


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("kill bill vol. 2", ["Kill Bill: Volume 2 (2004)"]),
        (
            "Lord Of The Rings Return Of The King",
            ["The Lord of the Rings: The Return of the King (2003)"],
        ),
        ("loved Iron Man 2 and 3", ["Iron Man 2 (2010)", "Iron Man 3 (2013)"]),
        ("I liked Heat 3 times", ["Heat (1995)"]),
        ("I rate Titanic 10/10", ["Titanic (1997)"]),
        ("titanic 1998", ["Titanic (1997)"]),
        ("the dark night was awesome", ["The Dark Knight (2008)"]),
        ("pulp ficton was awesome", ["Pulp Fiction (1994)"]),
        ("I love When Harry Met Sally... (1989)", ["When Harry Met Sally (1989)"]),
        ("who directed Vertigo?", ["Vertigo (1958)"]),
        ("who directed vertigo", ["Vertigo (1958)"]),
        ("who plays the joker in the dark knight", ["The Dark Knight (2008)"]),
    ],
)
def test_a_title_is_linked_however_it_is_written(text: str, labels: list[str]) -> None:
    assert said(text).mentions == ids(*labels)


@pytest.mark.parametrize("text", ["Friday night", "something for halloween", "dirty comedies"])
def test_a_word_of_the_calendar_or_an_adjective_is_no_title(text: str) -> None:
    assert not said(text).mentions


@pytest.mark.parametrize(
    "text",
    ["I wasn't disappointed by Inception", "Inception never disappoints", "didn't hate Inception"],
)
def test_what_was_not_bad_is_liked(text: str) -> None:
    assert said(text).likes == ids("Inception (2010)")
    assert not said(text).dislikes


@pytest.mark.parametrize(
    "text",
    [
        "Airplane! (1980) is one of my favorites",
        "I like films like Moulin Rouge! (2001)",
        "yes they were, a little older but still good",
        "for older kids",
        "I love older movies",
        "his older movies were very funny",
        "it's a 2018 movie, I think",
        "came out in 2016 or 2017, cool",
        "happy 2018!!!!",
        "I'm up for anything old or new",
        "some new movies to watch",
        "I saw it in the theater",
        "the 1982 remake",
        "my kids are a little older now",
        "I'm a 90's baby",
    ],
)
def test_years_and_ages_said_in_passing_limit_nothing(text: str) -> None:
    assert not said(text).constraints


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("a horror film from 1890", {"year_min": 1890, "year_max": 1890}),
        ("something older than me, I was born in 1985", {"year_max": 1984}),
        ("older than me, born 1985", {"year_max": 1984}),
        ("90s comedies, or maybe the 80s", {"year_min": 1980, "year_max": 1999}),
        ("not older than 10 years", {"year_min": 2004}),
        ("a comedy from after 2050", {"year_min": 2051}),
    ],
)
def test_years_asked_for_are_limits(text: str, limits: dict[str, float]) -> None:
    assert said(text).constraints == limits


def test_older_is_taken_against_the_middle_of_what_was_shown() -> None:
    assert said("older", SHOWN).constraints == {"year_max": 1987}
    assert said("newer", SHOWN).constraints == {"year_min": 1989}


def test_less_mainstream_is_less_known_than_anything_shown() -> None:
    understood = said("less mainstream", SHOWN)
    assert Intent.CRITIQUE in understood.intents
    shown = [item.popularity or 0 for item in map(films().get, ids(*SHOWN)) if item]
    assert float(understood.constraints["popularity_max"]) < min(shown)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("drop the length limit", {"runtime_min", "runtime_max"}),
        ("no year limit", {"year_min", "year_max"}),
        ("any year is fine", {"year_min", "year_max"}),
    ],
)
def test_limits_are_lifted_in_words(text: str, names: set[str]) -> None:
    assert set(said(text).relaxed) == names


def test_all_limits_are_lifted_at_once() -> None:
    assert {"year_min", "runtime_max", "metacritic_min"} <= set(said("remove all filters").relaxed)


@pytest.mark.parametrize(
    ("text", "count"), [("10 more", 10), ("give me ten", 10), ("five more please", 5)]
)
def test_how_many_more_is_read(text: str, count: int) -> None:
    assert said(text, SHOWN).count == count


def test_a_tone_is_a_critique() -> None:
    assert Intent.CRITIQUE in said("darker", SHOWN).intents


def test_what_it_should_be_about_counts_although_no_column_holds_it() -> None:
    understood = said("superhero movies please")
    assert understood.themes == ("superhero",)
    assert not understood.likes
    assert understood.informative
    assert said("something about dinosaurs").themes == ("dinosaurs",)


@pytest.mark.parametrize("question", ["genres", "pick", "decade"])
def test_not_knowing_the_answer_says_nothing_of_what_was_shown(question: str) -> None:
    understood = said("I don't know", SHOWN, question)
    assert Intent.SKIP in understood.intents
    assert not understood.references
    assert not understood.likes


def test_a_question_about_a_title_is_no_answer_to_ours() -> None:
    assert not said("who directed Vertigo?", SHOWN, "pick").likes
    assert said("Vertigo", SHOWN, "pick").likes == ids("Vertigo (1958)")


def test_never_is_for_good() -> None:
    assert said("no horror ever", SHOWN, "genres").lasting == {"genres:Horror"}
    assert not said("the best horror movie ever").lasting


@pytest.mark.parametrize(
    "text",
    ["forget everything", "forget everything I said", "start over", "please forget my tastes"],
)
def test_everything_can_be_forgotten_in_words(text: str) -> None:
    understood = said(text)
    assert understood.forget_all
    assert Intent.FORGET in understood.intents


def test_forgetting_one_thing_forgets_no_other() -> None:
    understood = said("forget that I said I like horror")
    assert understood.forget == ("genres:Horror",)
    assert not understood.forget_all


@pytest.mark.parametrize(
    "text", ["delete my data", "please delete my account", "erase all my data"]
)
def test_deletion_is_told_apart_from_forgetting(text: str) -> None:
    assert said(text).intents == {Intent.DELETE}
    assert not said(text).forget_all


@pytest.mark.parametrize("text", ["I love long movies about war and love", "a film about love"])
def test_a_film_about_love_is_no_word_on_the_last_one_shown(text: str) -> None:
    assert ids("Heat (1995)")[0] not in said(text, SHOWN).likes


def test_what_a_film_loved_is_about_is_a_preference() -> None:
    understood = said("I love long movies about war and love", SHOWN)
    assert understood.intents == {Intent.PREFERENCE}
    assert "war" in understood.themes


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("something by Cristopher Nolan", "directors:Christopher Nolan"),
        ("somthing by chirstopher nolan", "directors:Christopher Nolan"),
    ],
)
def test_a_slip_in_the_second_letter_of_a_name_is_forgiven(text: str, name: str) -> None:
    assert said(text).likes == (name,)


@pytest.mark.parametrize("text", ["what do you know about me", "what do you remember about me?"])
def test_asking_what_is_known_is_an_intent(text: str) -> None:
    assert Intent.ASK_SELF in said(text).intents


@pytest.mark.parametrize(
    ("text", "name", "labels"),
    [
        ("put the second on my watchlist", "saved", ["Alien (1979)"]),
        ("save the first one for later", "saved", ["Heat (1995)"]),
        ("not tonight", "not_now", SHOWN),
        ("maybe heat another time", "not_now", ["Heat (1995)"]),
        ("seen the first two", "seen", ["Heat (1995)", "Alien (1979)"]),
    ],
)
def test_seen_saved_and_put_off_are_states_of_their_own(
    text: str, name: str, labels: Sequence[str]
) -> None:
    understood = said(text, SHOWN)
    assert getattr(understood, name) == ids(*labels)
    assert not understood.dislikes


def test_like_the_second_but_funnier_is_a_critique() -> None:
    understood = said("more like the second, but funnier", SHOWN)
    assert Intent.CRITIQUE in understood.intents
    assert understood.likes == (*ids("Alien (1979)"), "genres:Comedy")
    assert understood.wants == ("genres:Comedy",)


@pytest.mark.parametrize(
    ("text", "likes", "dislikes"),
    [
        ("no slapstick please, but a comedy", {"genres:Comedy"}, set()),
        ("I don't like dirty comedies", set(), set()),
        ("not a huge fan of sports dramas", set(), {"genres:Sport"}),
        ("horror as well", {"genres:Horror"}, set()),
        ("Forget about horror movies.", set(), {"genres:Horror"}),
        ("it doesn't have to be animated", set(), set()),
        ("those two movies aren't really thrillers", set(), set()),
        ("he wants live action", set(), set()),
        ('I want to avoid anything "kiddie"', set(), {"genres:Family"}),
        ("war movies? i can't stand them", set(), {"genres:War"}),
    ],
)
def test_kinds_are_wanted_and_refused_as_said(
    text: str, likes: set[str], dislikes: set[str]
) -> None:
    understood = said(text)
    assert set(understood.likes) == likes
    assert set(understood.dislikes) == dislikes


def test_a_demonstrative_before_a_noun_points_at_nothing_shown() -> None:
    assert not said("I love those twists at the end", SHOWN).likes
    assert said("I loved that", SHOWN).likes == ids("Heat (1995)")


def test_a_limit_is_heard_although_the_catalogue_lacks_the_column() -> None:
    items = [Item(str(n), f"Film {n}", 1990 + n, {"genres": ("drama",)}) for n in range(30)]
    understood = build_understander(MemoryCatalogue(items)).understand(
        "nothing before 1990, under two hours"
    )
    assert understood.constraints == {"year_min": 1990, "runtime_max": 120}


def test_a_column_of_another_name_for_the_length_is_found() -> None:
    items = [
        Item(str(n), f"Film {n}", 1990 + n, {"genres": ("drama",)}, {"duration": 80.0 + n})
        for n in range(30)
    ]
    understood = build_understander(MemoryCatalogue(items)).understand("under two hours")
    assert understood.constraints == {"duration_max": 120}
