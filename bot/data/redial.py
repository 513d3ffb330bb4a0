"""Reads one dialogue in ReDial's own layout (Li et al. 2018, arXiv:1812.07617).

The initiator, who seeks a recommendation, is the user; the respondent is the assistant. In the
texts ``@123`` stands for an item, whose name ``movieMentions`` gives. The answers to the
initiator's questions become feedback; the respondent's guesses of them are not read.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.core import patterns
from bot.core.values import Message
from bot.data.dialogues import Dialogue, Reaction, merge_speakers, squeeze
from bot.data.lines import Place, Record, required_text, shown

MENTION = patterns.compile(r"@(\d+)")
NO, YES = 0, 1  # the questions' third answer, 2, is "did not say"


def is_redial(record: Record) -> bool:
    """Whether a line is in ReDial's layout."""
    return "messages" in record and "turns" not in record


def parse_redial(record: Record) -> Dialogue:
    """The dialogue of a line, consecutive messages of one speaker merged into one.

    A mention that ``movieMentions`` does not name keeps its ``@123`` in the text; its id stands
    among the message's items all the same.
    """
    place = record.place
    titles = {
        item: squeeze(title)
        for item, title in record.mapping("movieMentions").items()
        if isinstance(title, str) and title.strip()
    }
    initiator = record.text("initiatorWorkerId")
    messages = (
        _message(value, number, initiator, titles, place)
        for number, value in enumerate(record.sequence("messages"), start=1)
    )
    return Dialogue(
        id=record.text("conversationId"),
        turns=merge_speakers(messages),
        feedback=_feedback(record.mapping("initiatorQuestions"), place),
        titles=titles,
        place=place,
    )


def _message(
    value: object, number: int, initiator: str, titles: Mapping[str, str], place: Place
) -> Message:
    if not isinstance(value, dict):
        place.fail(f"message {number} to be an object", found=shown(value))
    text = value.get("text")
    if not isinstance(text, str):
        place.fail(f"message {number}'s `text` to be a text", found=shown(text))
    sender = required_text(
        value.get("senderWorkerId"), f"message {number}'s `senderWorkerId`", place
    )
    words = MENTION.sub(lambda mention: titles.get(mention[1], mention[0]), text)
    return Message(
        speaker="user" if sender == initiator else "assistant",
        text=squeeze(words),
        items=tuple(dict.fromkeys(MENTION.findall(text))),
    )


def _feedback(questions: Mapping[str, object], place: Place) -> dict[str, Reaction]:
    feedback: dict[str, Reaction] = {}
    for item, answers in questions.items():
        if not isinstance(answers, dict):
            place.fail(f"the answers on {shown(item)} to be an object", found=shown(answers))
        if answers.get("liked") == YES:
            feedback[item] = "liked"
        elif answers.get("liked") == NO:
            feedback[item] = "disliked"
        elif answers.get("seen") == YES:
            feedback[item] = "seen"
    return feedback
