"""Every text of the product has an example here, and reads as it should when rendered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jinja2
import pytest

import prompts

Example = tuple[Mapping[str, Any], str]
TITLES = ["Heat (1995)", "Alien (1979)"]
JOINED = "Heat (1995) and Alien (1979)"

# File → macro → what fills it, and what it then says.
MACROS: dict[str, dict[str, Example]] = {
    "ranking/prompt.jinja": {
        "opening": ({}, "The following is a chat in which Bot recommends movies."),
        "line": ({"speaker": "assistant", "text": "Hello"}, "Bot: Hello"),
        "history": ({"titles": TITLES}, f"User: I also liked {JOINED}."),
        "request": ({}, "Bot: You should watch"),
        "answer": ({}, "Bot:"),
    },
    "replies/reasons.jinja": {
        "wanted": ({"values": ["Crime", "Drama"]}, "You asked for Crime and Drama."),
        "liked_value": ({"values": ["Crime"]}, "You like Crime."),
        "alike": ({"title": TITLES[0], "shared": ["Crime"]}, "Like Heat (1995): Crime."),
        "resembles": ({"title": TITLES[0]}, "has words in common with Heat (1995)."),
        "together": ({"title": TITLES[0]}, "People who talk about Heat (1995) talk about this"),
        "popularity": ({}, "One of the better known titles here."),
        "language_model": ({}, "The language model finds that it fits what you said."),
        "titles": ({}, "Its title is one the language model would answer you with."),
        "words": ({}, "shares words with what you said."),
        "time": ({"title": TITLES[1]}, "From about the same time as Alien (1979)."),
        "without": (
            {"title": TITLES[0], "place": 12},
            "Without what you said about Heat (1995) it would be in place 12.",
        ),
        "better_known": ({}, "better known than most of the others."),
        "brought_up": ({}, "together with what you named more than most others do."),
        "as_worded": ({}, "more of what you asked for than most others."),
        "in_time": ({}, "Its year is closer to what you named"),
        "close_to_named": ({}, "closer than most others to what you named."),
        "unlike": ({"title": TITLES[1]}, "less like Alien (1979), which you did not like"),
        "reacted": ({}, "Your reactions so far speak for it"),
        "unknown": ({}, "so there is no score to explain."),
    },
    "replies/wording.jinja": {
        "first_question": (
            {"asked": 0, "greeted": True},
            "Hello! Tell me what you feel like, or let me ask.",
        ),
        "themes_not_known": (
            {"themes": ["ghosts"]},
            "so for ghosts I can only go by titles and names.",
        ),
        "shades_not_known": ({"shades": ["gory"]}, 'This catalogue says nothing about "gory"'),
        "one_fact": (
            {"title": TITLES[0], "column": "directors", "values": ["Michael Mann"]},
            "Heat (1995) was directed by Michael Mann.",
        ),
        "plot_not_known": ({"title": TITLES[0]}, "I do not know what happens in Heat (1995)"),
        "opinion_not_held": (
            {"title": TITLES[0], "score": "76"},
            "The critics gave Heat (1995) 76 of 100.",
        ),
        "at_a_guess": ({}, "I know nothing of your taste yet"),
        "hello": ({}, "Hello! Good to meet you."),
        "hello_again": ({}, "Good to see you again."),
        "you_are_welcome": ({}, "You are welcome."),
        "goodbye": ({}, "See you next time."),
        "empty_message": ({}, "I could not find any words in that."),
        "who_i_am": ({}, "I am Tastebot, a program"),
        "foreign": ({}, "I only understand English so far"),
        "too_long": ({"most": "4,000"}, "I read and kept only its first 4,000 characters."),
        "unknown_title": ({"titles": ["Heta"]}, "I do not have Heta in this catalogue."),
        "neighbours": ({"titles": TITLES}, f"The closest I have: {JOINED}."),
        "nothing_left": ({"relax": "the limit"}, "If you give up the limit, there is more."),
        "nothing_at_all": ({}, "There is nothing left to suggest"),
        "not_among": (
            {"values": ["Brad Pitt"]},
            "None of my best suggestions now has Brad Pitt.",
        ),
        "few_left": ({"count": 1, "relax": "the limit"}, "Only 1 fits all of that."),
        "unknown_values": ({"column": "runtime"}, "I left out titles whose runtime is not known."),
        "forgotten": ({"what": ["Crime"]}, "Forgotten: Crime."),
        "forgotten_all": ({"count": 3}, "Forgotten: all 3 things that I knew."),
        "known": (
            {"kind": "likes", "what": ["Crime"], "more": 2},
            "You like: Crime, and 2 more.",
        ),
        "known_limit": ({"limit": "the limit of 120 minutes"}, "In force: the limit of 120"),
        "where_it_is_kept": ({"user": "ana"}, "tastebot profile ana."),
        "nothing_known_of_you": ({"user": "ana"}, "I know nothing of your taste yet."),
        "how_to_delete": ({"user": "ana"}, "tastebot user delete ana."),
        "not_known_here": ({"column": "runtime"}, "I cannot keep to a limit on runtime here"),
        "undone": ({"what": "you like Heat"}, "Taken back: you like Heat."),
        "nothing_to_undo": ({}, "There is nothing to take back."),
        "nothing_to_explain": ({}, "I have not suggested anything yet in this conversation."),
        "fallback_first": ({"title": "Heat"}, "I would start with Heat."),
        "fallback_more": ({"title": "Alien"}, "Alien is another good one."),
        "ask_attribute": (
            {"column": "genres", "answers": ["Crime", "Drama"]},
            "What kind should it be: Crime or Drama?",
        ),
        "ask_decade": ({"answers": ["the 1990s", "the 1980s"]}, "From which time: the 1990s or"),
        "ask_pick": ({"answers": TITLES}, "Which of these have you loved: Heat (1995) or Alien"),
        "ask_open": ({"answers": []}, "Is there one that you have loved?"),
        "ask_open_again": ({"answers": []}, "Which others have you loved?"),
        "decade": ({"decade": 1990}, "the 1990s"),
        "skip_chip": ({}, "Surprise me"),
        "none_chip": ({}, "None of these"),
        "facts_answer": ({"title": "Heat", "facts": ["Crime"]}, "Heat: Crime."),
        "fact": ({"column": "cast", "values": ["Al Pacino"]}, "with Al Pacino"),
        "number_fact": ({"column": "runtime", "value": 170}, "170 minutes"),
        "nothing_known": ({"title": "Heat"}, "I know nothing more of Heat than its title."),
        "constraint_name": ({"name": "runtime_max", "value": 120}, "the limit of 120 minutes"),
        "refusal_name": ({"value": "Horror"}, "the refusal of Horror"),
        "stance": ({"kind": "avoids", "what": "Horror"}, "you avoid Horror"),
        "chip_why": ({}, "Why the first one?"),
        "chip_more_like": ({"title": "Heat"}, "More like Heat"),
        "chip_any_year": ({}, "Any year is fine"),
        "chip_any_length": ({}, "Any length is fine"),
    },
    "simulation/person.jinja": {
        "hello": ({"variant": 0}, "Hi"),
        "more": ({"variant": 0}, "Something else please"),
        "anything": ({"variant": 0}, "Surprise me"),
        "pick": ({"titles": TITLES, "variant": 0}, JOINED),
        "pick_indirectly": ({"titles": TITLES, "variant": 0}, f"I did enjoy {JOINED}"),
        "value": ({"value": "Crime", "variant": 1}, "Crime please"),
        "value_indirectly": ({"value": "Crime", "variant": 1}, "maybe some Crime"),
        "none_of_these": ({"variant": 0}, "None of these"),
        "liked": ({"titles": TITLES, "variant": 0}, f"I loved {JOINED}."),
        "from_year": ({"year": 1990, "variant": 0}, "Nothing before 1990 please."),
        "named": ({"titles": TITLES, "variant": 0}, JOINED),
        "named_indirectly": ({"titles": TITLES, "variant": 1}, f"I would say {JOINED}"),
    },
}
CARD = {
    "name": "mine",
    "base_name": "tiny",
    "base_sha256": "abc",
    "command": "tastebot train",
    "dialogues": 2,
    "examples": 3,
    "data": {"talk.jsonl": "def"},
    "options": {"seed": 0},
    "figures": {"held_loss": 6.5},
}
WHOLE: dict[str, Example] = {
    "ranking/card.jinja": ({"card": CARD}, "| held_loss | 6.5000 |"),
    "replies/facts.jinja": (
        {"title": "Heat", "year": 1995, "attributes": {"cast": ["Al Pacino"]}, "length": None},
        "Heat (1995): with Al Pacino;",
    ),
    "replies/prompt.jinja": (
        {"likes": ["Heat"], "wants": [], "avoids": ["Horror"], "facts": ["A"], "request": "Hi"},
        "They like: Heat\nNot: Horror\n1. A\nUser: Hi\nBot:",
    ),
}
CASES = [(file, macro) for file, macros in MACROS.items() for macro in macros]


def macros_of(file: str) -> set[str]:
    module = prompts.macro_module(file)
    return {name for name in dir(module) if hasattr(getattr(module, name), "arguments")}


def test_every_template_has_an_example() -> None:
    files = {
        path.relative_to(prompts.FOLDER).as_posix() for path in prompts.FOLDER.rglob("*.jinja")
    }
    assert files == MACROS.keys() | WHOLE.keys()


@pytest.mark.parametrize("file", MACROS)
def test_every_text_of_a_file_has_an_example(file: str) -> None:
    assert macros_of(file) == MACROS[file].keys()


@pytest.mark.parametrize(("file", "macro"), CASES)
def test_a_text_reads_as_it_should(file: str, macro: str) -> None:
    variables, expected = MACROS[file][macro]
    assert expected in prompts.phrase(file, macro, **variables)


@pytest.mark.parametrize(("file", "macro"), CASES)
def test_a_text_without_what_fills_it_is_an_error(file: str, macro: str) -> None:
    variables, _ = MACROS[file][macro]
    for name in variables:
        rest = {other: value for other, value in variables.items() if other != name}
        if macro in ("ask_open", "ask_open_again", "nothing_known_of_you"):
            continue  # called as others are, with what it does not say
        if file == "simulation/person.jinja" and name == "variant" and macro in ("pick", "named"):
            continue  # said in one way only
        with pytest.raises(jinja2.UndefinedError):
            prompts.phrase(file, macro, **rest)


@pytest.mark.parametrize("file", WHOLE)
def test_a_whole_template_reads_as_it_should(file: str) -> None:
    variables, expected = WHOLE[file]
    assert expected in prompts.render(file, **variables)


@pytest.mark.parametrize("path", sorted(prompts.FOLDER.rglob("*.json")), ids=lambda path: path.stem)
def test_texts_in_json_are_read_and_not_empty(path: Any) -> None:
    assert prompts.data(path.relative_to(prompts.FOLDER).as_posix())
