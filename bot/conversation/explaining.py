"""Why something was suggested in an earlier turn: its reasons, and what counted most for it.

Owns what was known when the suggestion was made; leaves the reasons of a score to
`bot.replies.explanations`. All it reads is handed in: the turns and the events are those of the
store, or of the turn under way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.conversation.dialogue import messages_of, readings_of
from bot.core.protocols import StoredTurn
from bot.core.results import RankingQuery
from bot.core.values import Event, EventKind
from bot.policy.heard import Heard
from bot.profile.fold import fold_profile
from bot.ranking.query import query_of
from bot.replies.explanations import Explainer
from bot.replies.wording import Wording

MOST_EXPLAINED = 3  # suggestions in one reply


class Explaining:
    """Explains the suggestions of earlier turns; holds no person's data."""

    def __init__(self, explainer: Explainer, words: Wording) -> None:
        self._explainer = explainer
        self._words = words

    def asked_for(self, heard: Heard) -> Iterator[str]:
        """The answer to a message that asks why: a sentence for each suggestion it is about."""
        wanted = heard.said.references or heard.said.mentions
        suggested = [s for stored in heard.past for s in stored.result.suggestions]
        chosen = [s for s in suggested if s.item.item_id in wanted] or [*heard.shown_last[:1]]
        if not chosen:
            yield self._words.say("nothing_to_explain")
        for suggestion in chosen[-MOST_EXPLAINED:]:
            item = suggestion.item
            why = self.why(heard.user, item.item_id, events=heard.earlier, turns=heard.past)
            yield " ".join([f"{item.label}:", *why])

    def why(
        self, user: str, item_id: str, *, events: Sequence[Event], turns: Sequence[StoredTurn]
    ) -> tuple[str, ...]:
        """Why an item was suggested in the last of `turns` that did, in sentences.

        `turns` are those of one conversation; `events` are the person's, as they count here.
        """
        stored = next(
            (
                (number, suggestion)
                for number, turn in reversed(list(enumerate(turns)))
                for suggestion in turn.result.suggestions
                if suggestion.item.item_id == item_id
            ),
            None,
        )
        if stored is None:
            return (self._words.reason("unknown"),)
        number, suggestion = stored
        query = query_at(user, item_id, events=events, turns=turns[: number + 1])
        counterfactual = self._explainer.counterfactual(query, item_id)
        reasons = [*suggestion.reasons, *([counterfactual] if counterfactual else [])]
        return tuple(reasons) or (self._words.reason("language_model"),)


def query_at(
    user: str, item_id: str, *, events: Sequence[Event], turns: Sequence[StoredTurn]
) -> RankingQuery:
    """The query that the last of `turns` answered, as far as the log tells, item let in.

    The profile is that of the moment: what was said since then did not count for the suggestion.
    """
    conversation, at = turns[-1].result.conversation, turns[-1].at
    told = [
        event
        for event in events
        if event.at <= at
        and not (event.kind in (EventKind.SHOWN, EventKind.ASKED) and event.at == at)
        and not (event.about == item_id and event.kind is not EventKind.WANTS)
    ]
    profile = fold_profile(user, told, conversation=conversation, now=at)
    messages = messages_of(turns)[:-1]
    query = query_of(messages, profile, readings=readings_of(turns)[:-1])
    return replace(query, exclude=query.exclude - {item_id})
