"""A Tastebot over the small catalogue, without a model, and how a test talks to it."""

from __future__ import annotations

from bot.conversation.api import TurnDone
from bot.conversation.chatbot import Tastebot
from bot.conversation.parts import DialogueParts
from bot.core.protocols import LanguageModel, PersonStore, Ranker
from bot.core.results import TurnResult
from bot.policy.onboarding import QuestionPolicy
from bot.ranking.affinity_ranker import AffinityRanker
from bot.ranking.items.attribute_vectors import AttributeVectors
from bot.replies.grounding import vocabulary_of
from bot.replies.writer import ReplyWriter
from bot.understanding import build_understander
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
INDEX = AttributeVectors.of(CATALOGUE)
UNDERSTANDER = build_understander(CATALOGUE)


def dialogue_parts(
    *,
    model: LanguageModel | None = None,
    writer: ReplyWriter | None = None,
    ranker: Ranker | None = None,
    policy: QuestionPolicy | None = None,
) -> DialogueParts:
    """The parts over the small catalogue; `model`, if any, only writes the replies."""
    return DialogueParts.of(
        catalogue=CATALOGUE,
        understander=UNDERSTANDER,
        ranker=ranker or AffinityRanker(CATALOGUE, INDEX),
        writer=writer or ReplyWriter(model, None, vocabulary_of(CATALOGUE)),
        index=INDEX,
        policy=policy,
    )


def talking_bot(people: PersonStore, model: LanguageModel | None = None) -> Tastebot:
    """A bot that remembers in `people`; `model`, if any, only writes its replies."""
    return Tastebot(people, dialogue_parts(model=model))


def say(bot: Tastebot, text: str, conversation: str | None = None, user: str = "ana") -> TurnResult:
    *_, last = bot.respond(user, text, conversation)
    assert isinstance(last, TurnDone)
    return last.result


def ids(result: TurnResult) -> list[str]:
    return [suggestion.item.item_id for suggestion in result.suggestions]
