"""Which act answers a message: suggestions, a question, an explanation, an answer, a word.

Owns this one decision; leaves how each is done to `bot.conversation.turn` and what it says to
`bot.replies.planner`.
"""

from __future__ import annotations

from bot.core.results import Act
from bot.core.values import Intent
from bot.policy.heard import Heard
from bot.policy.onboarding import MOST_IN_A_ROW

_QUIET = frozenset({Intent.THANK, Intent.STOP})


def act_of(heard: Heard) -> Act:
    """The act that answers a message."""
    said = heard.said
    intents = said.intents
    if Intent.WHY in intents and heard.shown_last:
        return "explain"
    if Intent.DELETE in intents:
        return "confirm"
    if Intent.ASK_SELF in intents:
        return "answer"
    wishes = Intent.REQUEST in intents
    if (
        Intent.ASK_ITEM in intents
        and heard.asked_of
        and not (wishes and (said.likes or said.constraints))
    ):
        return "answer"
    if intents and intents <= _QUIET and not said.informative:
        return "confirm"
    taking_back = bool(intents & {Intent.UNDO, Intent.FORGET})
    if heard.at_a_guess and not taking_back and len(heard.asked) < MOST_IN_A_ROW:
        return "ask"
    return "recommend"


def may_ask(heard: Heard) -> bool:
    """Whether a question may go with the suggestions."""
    return Intent.SKIP not in heard.said.intents and len(heard.asked) < MOST_IN_A_ROW
