"""The terms without a language model, put together on one catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.protocols import Catalogue
from bot.ranking.items.prior import Prior, Roles
from bot.ranking.terms.co_mentions import CoMentionTerm, MentionLog, Mentions, PopularityTerm
from bot.ranking.terms.collaborative import CollaborativeTerm
from bot.ranking.terms.likeness import LikenessIndex, LikenessTerm, TimeTerm
from bot.ranking.terms.term import Term
from bot.ranking.terms.text_match import WordsTerm
from bot.ranking.terms.wishes import WishesTerm


@dataclass(frozen=True)
class PlainTerms:
    """The terms without a language model on one catalogue, made from parts that are learned."""

    catalogue: Catalogue
    roles: Roles
    fixed: tuple[Term, ...]
    index: LikenessIndex

    @classmethod
    def on(
        cls,
        catalogue: Catalogue,
        roles: Roles,
        collaborative: CollaborativeTerm | None = None,
    ) -> PlainTerms:
        """Index the catalogue once; what is learned is added by `with_mentions`."""
        index = LikenessIndex(catalogue, roles)
        fixed: tuple[Term, ...] = (
            LikenessTerm(index),
            TimeTerm(index),
            WishesTerm(catalogue, roles),
            WordsTerm(catalogue, roles),
        )
        more = () if collaborative is None else (collaborative,)
        return cls(catalogue, roles, (*fixed, *more), index)

    def with_mentions(self, log: MentionLog, prior: Prior) -> tuple[Term, ...]:
        """All plain terms, the mention terms over `log`."""
        mentions = Mentions(
            log.on(self.catalogue),
            prior.on(self.catalogue, self.roles),
            log.new_in(self.catalogue),
        )
        return (PopularityTerm(mentions), CoMentionTerm(mentions), *self.fixed)
