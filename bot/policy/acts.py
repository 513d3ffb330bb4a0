"""Which act answers a message: suggestions, a question, an explanation, an answer, a word.

Owns this one decision; leaves how each is done to `bot.conversation.turn` and what it says to
`bot.replies.planner`.
"""

from __future__ import annotations

from bot.core.results import Act
from bot.core.values import Intent
from bot.policy.onboarding import MOST_IN_A_ROW
from bot.policy.turn_state import Turn

_QUIET = frozenset({Intent.THANK, Intent.STOP})


def act_of(turn: Turn, something_shown: bool, asked: int) -> Act:
    """The act that answers a turn whose message was heard.

    `something_shown` is whether this conversation had suggestions, `asked` how many questions in a
    row it has had.
    """
    intents = turn.said.intents
    if Intent.WHY in intents and something_shown:
        return "explain"
    if Intent.DELETE in intents:
        return "confirm"
    if Intent.ASK_SELF in intents:
        return "answer"
    wishes = Intent.REQUEST in intents
    if (
        Intent.ASK_ITEM in intents
        and turn.asked_of
        and not (wishes and (turn.said.likes or turn.said.constraints))
    ):
        return "answer"
    if intents and intents <= _QUIET and not turn.said.informative:
        return "confirm"
    taking_back = bool(intents & {Intent.UNDO, Intent.FORGET})
    if turn.at_a_guess and not taking_back and asked < MOST_IN_A_ROW:
        return "ask"
    return "recommend"
