from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.replies.writer import CACHE, ReplyRequest, ReplyWriter, split_sentences
from tests.small_films import FILMS

HEAT, RONIN = FILMS[0], FILMS[1]
REQUEST = ReplyRequest(text="crime please", items=[RONIN, HEAT], wants=["crime"])


class Scripted:
    """A model that says what it was given, one text a call, a few letters at a time."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.prompts: list[str] = []
        self.caches: list[str | None] = []

    def generate(self, prompt: str, *, cache: str | None = None, **_: Any) -> Iterator[str]:
        self.prompts.append(prompt)
        self.caches.append(cache)
        text = self.texts.pop(0)
        yield from (text[start : start + 3] for start in range(0, len(text), 3))


def write(model: Any, request: ReplyRequest = REQUEST) -> tuple[list[str], ReplyWriter]:
    writer = ReplyWriter(model)
    return list(writer.write(request)), writer


def test_good_sentences_are_released_as_written() -> None:
    said, writer = write(Scripted(" Try Ronin (1998). There is also Heat (1995)."))
    assert said == ["Try Ronin (1998).", "There is also Heat (1995)."]
    assert (writer.statistics.released, writer.statistics.replaced) == (2, 0)


def test_a_bad_sentence_is_written_again() -> None:
    model = Scripted(" Try Casino (1995) now.", " Try Ronin (1998) now.")
    said, writer = write(model)
    assert said == ["Try Ronin (1998) now."]
    assert (writer.statistics.rewritten, writer.statistics.replaced) == (1, 0)


def test_a_sentence_that_stays_bad_is_replaced_by_a_plain_one() -> None:
    said, writer = write(Scripted(" Try Casino (1995) now.", " Casino is (1995) good."))
    assert len(said) == 1
    assert "Ronin (1998)" in said[0]
    assert (writer.statistics.released, writer.statistics.replaced) == (1, 1)
    assert writer.statistics.problems


def test_the_log_tells_which_check_a_replaced_sentence_failed_and_not_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "bot")
    write(Scripted(" Try Casino (1995) now.", " Casino is (1995) good."))
    [told] = (record.msg for record in caplog.records)
    assert told == {"event": "sentence_replaced", "check": "aimless"}


def test_a_first_sentence_without_a_suggestion_is_not_released() -> None:
    said, _ = write(Scripted(" That is a good question.", " Take Ronin (1998) then."))
    assert said == ["Take Ronin (1998) then."]


def test_without_a_model_the_reply_is_plain() -> None:
    said, _ = write(None)
    assert said == ["I would start with Ronin (1998)."]


def test_the_prompt_holds_the_facts_and_what_was_said() -> None:
    model = Scripted(" Try Ronin (1998).")
    write(model)
    assert "Ronin (1998): Action, Crime; by John Frankenheimer" in model.prompts[0]
    assert model.prompts[0].endswith("User: crime please\nBot:")


class Anything:
    """A guard that lets through whatever the script says."""

    def allowed(self, generated: Sequence[int]) -> None:
        return None


def test_a_reply_goes_on_from_the_dialogue_and_a_rewritten_one_from_the_facts() -> None:
    dialogue = "User: crime please\nBot:"
    model = Scripted(" Try Casino (1995) now.", " Try Ronin (1998) now.")
    writer = ReplyWriter(model, phrases_for=lambda texts: Anything())  # type: ignore[arg-type]  # only what is asked of it
    said = list(writer.write(replace(REQUEST, dialogue=dialogue, cache="evening")))
    assert said == ["Try Ronin (1998) now."]
    assert model.prompts[0] == dialogue
    assert "by John Frankenheimer" in model.prompts[1]
    # What is read of a reply is kept with the dialogue that it continues.
    assert model.caches == ["evening", CACHE]


def test_stops_in_titles_and_abbreviations_do_not_end_a_sentence() -> None:
    def pieces(text: str) -> Iterator[str]:
        yield from text

    def split(text: str, titles: Sequence[str] = ()) -> list[str]:
        return list(split_sentences(pieces(text), titles))

    assert split("See E.T. tonight. Then sleep. ", ["E.T."]) == ["See E.T. tonight.", "Then sleep."]
    squad = "Police Squad!"
    assert split(f"See {squad} (1988) tonight. {squad} is fun. Or {squad} Yes. ", [squad]) == [
        "See Police Squad! (1988) tonight.",
        "Police Squad! is fun.",
        "Or Police Squad!",
        "Yes.",
    ]
    assert split("Dr. No is good. Yes. ") == ["Dr. No is good.", "Yes."]
    assert split("Unfinished but kept") == ["Unfinished but kept"]


def test_a_known_opening_is_released_before_the_next_word_is_chosen() -> None:
    asked = []

    def pieces() -> Iterator[str]:
        yield from (" Try", " Ronin", ".")
        asked.append("more")
        yield from (" It", " is", " good", ".")

    sentences = split_sentences(pieces(), (), frozenset(["Try Ronin."]))
    assert next(sentences) == "Try Ronin."
    assert not asked
    assert list(sentences) == ["It is good."]
