"""A Tastebot over the small catalogue, without a model, and how a test talks to it."""

from __future__ import annotations

from bot.conversation.api import TurnDone
from bot.conversation.chatbot import Tastebot
from bot.core.protocols import LanguageModel, PersonStore
from bot.core.results import TurnResult
from bot.ranking.affinity_ranker import AffinityRanker
from bot.ranking.items.attribute_vectors import AttributeIndex
from bot.replies.grounding import vocabulary_of
from bot.replies.writer import ReplyWriter
from bot.understanding import build_understander
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
INDEX = AttributeIndex.of(CATALOGUE)
UNDERSTANDER = build_understander(CATALOGUE)


def talking_bot(people: PersonStore, model: LanguageModel | None = None) -> Tastebot:
    """A bot that remembers in `people`; `model`, if any, only writes its replies."""
    return Tastebot(
        people=people,
        catalogue=CATALOGUE,
        understander=UNDERSTANDER,
        ranker=AffinityRanker(CATALOGUE, INDEX),
        writer=ReplyWriter(model, None, vocabulary_of(CATALOGUE)),
        index=INDEX,
    )


def say(bot: Tastebot, text: str, conversation: str | None = None, user: str = "ana") -> TurnResult:
    *_, last = bot.respond(user, text, conversation)
    assert isinstance(last, TurnDone)
    return last.result


def ids(result: TurnResult) -> list[str]:
    return [suggestion.item.item_id for suggestion in result.suggestions]
