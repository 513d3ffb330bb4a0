"""A conversation as the chat widget takes it: messages, with each answer as one piece of markup.

Turns come in as stored or as they stream; what is pressed on a card comes from the profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from typing import Any

import gradio as gr
from gradio.components.chatbot import Message, TextMessage

from bot.core.protocols import StoredTurn
from bot.core.results import Suggestion
from bot.core.values import Profile
from bot.web.view.cards import Card, Known, suggestion_cards
from bot.web.view.markup import markup, plain
from bot.web.view.texts import text

Why = Mapping[tuple[int, str], tuple[str, ...]]
"""What was opened: explanations by turn number and item id, whole turns by `UNFOLDED` for it."""

UNFOLDED = ""
WHOLE_TURNS = 3
"""Turns before these give their suggestions' titles until their cards are asked for."""

SHOWN_TURNS = 8
"""Older turns stay stored; every card in the page makes the next answer appear later."""

KEPT_ANSWERS = 256
"""Answers kept as the widget takes them, some 20 kB each: a turn changes only the last few."""


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A turn that is still being answered: `ranked` once its suggestions are known."""

    user_text: str
    number: int
    words: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    ranked: bool = False

    def with_cards(self, suggestions: tuple[Suggestion, ...]) -> OpenTurn:
        """The turn once its suggestions are ranked."""
        return replace(self, suggestions=suggestions, ranked=True)

    def with_sentence(self, sentence: str) -> OpenTurn:
        """The turn with one more sentence of its reply."""
        return replace(self, words=f"{self.words} {sentence}".strip())


@dataclass(frozen=True)
class Thread:
    """The stored turns of a conversation, and what their cards show as pressed and opened."""

    turns: tuple[StoredTurn, ...] = ()
    profile: Profile | None = None
    why: Why = field(default_factory=dict)

    def with_profile(self, profile: Profile | None) -> Thread:
        """The same turns over what is known now; this very thread when nothing changed."""
        return self if profile == self.profile else replace(self, profile=profile)

    def with_opened(self, opened: Why | None) -> Thread:
        """The same turns with this opened; this very thread for None or nothing new."""
        return self if opened in (None, self.why) else replace(self, why=opened or {})

    def messages(
        self, open_turn: OpenTurn | None = None, notice: tuple[str, str] | None = None
    ) -> list[Message]:
        """The widget's value, oldest first, ending with a turn under way or a notice.

        `notice` is a kind (``notice`` or ``error``) and a sentence. A person's words are escaped
        for the widget; quick replies stand under the last answer only.
        """
        messages = list(self._past)
        known = Known.of(self.profile)
        if open_turn is not None:
            messages += [_said(open_turn.user_text), _opened(open_turn, known)]
        elif notice is not None:
            messages.append(_notice(*notice))
        elif self.turns and (chips := self.turns[-1].result.chips):
            options = [{"value": chip, "label": chip} for chip in chips]
            messages[-1] = messages[-1].model_copy(update={"options": options})
        return messages

    @cached_property
    def _past(self) -> list[Message]:
        """The stored turns as messages: made once, however many steps the open turn takes."""
        known = Known.of(self.profile)
        hidden = max(0, len(self.turns) - SHOWN_TURNS)
        messages: list[Message] = []
        if hidden:
            messages.append(_notice("notice", text("earlier_turns", count=hidden)))
        folded = max(0, len(self.turns) - WHOLE_TURNS)
        for place, turn in enumerate(self.turns[hidden:], hidden):
            messages += [_said(turn.user_text), self._stored(turn, known, place < folded)]
        return messages

    def _stored(self, turn: StoredTurn, known: Known, old: bool) -> Message:
        if old and turn.result.suggestions and (turn.number, UNFOLDED) not in self.why:
            labels = tuple(suggestion.item.label for suggestion in turn.result.suggestions)
            notices = tuple(turn.result.notices)
            return _folded(turn.result.reply, turn.number, labels, notices)
        why = {item: lines for (number, item), lines in self.why.items() if number == turn.number}
        cards = suggestion_cards(turn.result.suggestions, known, turn.number, why)
        return _answer(turn.result.reply, "done", tuple(cards), tuple(turn.result.notices))

    def without_last(self) -> Thread:
        """The same without its last turn."""
        return replace(self, turns=self.turns[:-1])

    def is_last(self, index: int) -> bool:
        """Whether the message at `index` of the widget belongs to the last turn."""
        return bool(self.turns) and self._place(index) == len(self.turns) - 1

    def text_at(self, index: int) -> str | None:
        """What a person said in the message at `index` of the widget; None when not stored."""
        place = self._place(index)
        return self.turns[place].user_text if 0 <= place < len(self.turns) else None

    def _place(self, index: int) -> int:
        hidden = max(0, len(self.turns) - SHOWN_TURNS)
        return (index - bool(hidden)) // 2 + hidden


def _said(words: str) -> Message:
    return Message(role="user", content=[TextMessage(text=plain(words))])


def _opened(turn: OpenTurn, known: Known) -> Message:
    cards = suggestion_cards(turn.suggestions, known, turn.number)
    return _answer(turn.words, "writing" if turn.ranked else "thinking", tuple(cards), ())


@lru_cache(KEPT_ANSWERS)
def _answer(words: str, state: str, cards: tuple[Card, ...], notices: tuple[str, ...]) -> Message:
    return _marked(markup("turn", words=words, state=state, cards=cards, notices=notices))


@lru_cache(KEPT_ANSWERS)
def _folded(words: str, turn: int, labels: tuple[str, ...], notices: tuple[str, ...]) -> Message:
    return _marked(markup("folded", words=words, turn=turn, labels=labels, notices=notices))


def _notice(kind: str, words: str) -> Message:
    return _marked(markup("notice", kind=kind, words=words))


def _marked(html: str) -> Message:
    """Markup as a message. Built by hand, as the widget would build a component anew each time."""
    empty = answer_frame()
    part = empty.content[0].model_copy(update={"value": html})
    return empty.model_copy(update={"content": [part]})


@cache
def answer_frame() -> Message:
    """What the widget makes of a piece of markup, but for the markup itself.

    To be called first while a page is built: inside an event, widgets are not made whole.
    """
    empty: Any = {
        "role": "assistant",
        "content": gr.HTML("", apply_default_css=False, render=False),
    }
    answer: Message = gr.Chatbot(render=False).postprocess([empty]).root[0]
    return answer
