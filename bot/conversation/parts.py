"""What a conversation over one catalogue is made with, put together once.

Holds no person's data, and does nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.protocols import Catalogue, Ranker, Understander
from bot.policy.onboarding import OnboardingPolicy, QuestionPolicy
from bot.profile.dials import DIALS, VARIETY
from bot.ranking.items.attribute_vectors import AttributeVectors
from bot.replies.explanations import Explainer
from bot.replies.wording import Wording
from bot.replies.writer import ReplyWriter


@dataclass(frozen=True)
class Options:
    """What the owner may set about a conversation."""

    diversity: float = DIALS[VARIETY].usual  # of the last step, 0 to 1, where none is set
    write_replies: bool = True  # False ranks without the model's words (simulations)
    give_reasons: bool = True  # False leaves them out (simulations that do not read them)


@dataclass(frozen=True)
class DialogueParts:
    """The parts: what is talked about, who understands, ranks, asks, explains and writes."""

    catalogue: Catalogue
    index: AttributeVectors
    understander: Understander
    ranker: Ranker
    policy: QuestionPolicy
    explainer: Explainer
    words: Wording
    writer: ReplyWriter
    options: Options

    @classmethod
    def of(
        cls,
        *,
        catalogue: Catalogue,
        understander: Understander,
        ranker: Ranker,
        writer: ReplyWriter,
        index: AttributeVectors,
        options: Options | None = None,
        policy: QuestionPolicy | None = None,
    ) -> DialogueParts:
        """The given parts and those made from them; the usual questions where `policy` is None."""
        return cls(
            catalogue=catalogue,
            index=index,
            understander=understander,
            ranker=ranker,
            policy=policy or OnboardingPolicy(index),
            explainer=Explainer(catalogue, index, ranker),
            words=Wording(catalogue),
            writer=writer,
            options=options or Options(),
        )
