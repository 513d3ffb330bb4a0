"""The cue that governs what is named next, as a sentence is read from left to right.

Owns how one cue takes over from another: "not" before "like", "something" after a refusal, "but
not". Which stance what is named then gets is left to `stance` and `value_stance`.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core import patterns
from bot.understanding.linking.mentions import Stance
from bot.understanding.stances.framing import ASIDE, MAYBE

_REACH = 12  # characters from a question's cue to the words that fill it out
_FILLING = frozenset(
    {
        "any", "some", "more", "something", "anything", "another", "just", "only", "similar",
        "especially", "particularly", "specifically", "suggestions", "recommendations", "thinking",
        "such as", "as in",
    }
)  # fmt: skip


_DETERMINER = patterns.compile(
    r"(?:no|not|nothing|without|non|less|minus|nor|and not|please not)\b"
)
_OF_WISHING = patterns.compile(r"\b(?:mood|want|look|interested|feel|show|recommend|suggest)")


@dataclass(frozen=True, slots=True)
class GoverningCue:
    """The stance that holds here, where its cue ended, and how far it goes.

    `previous` is the stance that held before it. A `determiner` ("no …") does not reach over a
    comma. An `aside` ("besides …") refuses values and merely mentions items, a `maybe` ("what
    about …") wishes for values and merely mentions items.
    """

    stance: Stance | None = None
    end: int = 0
    previous: Stance | None = None
    determiner: bool = False
    aside: bool = False
    maybe: bool = False

    @property
    def refuses(self) -> bool:
        """Whether what follows is unwanted."""
        return self.stance in (Stance.AVOID, Stance.DISLIKE)

    def afresh(self, end: int) -> GoverningCue:
        """No cue, from `end` on: after a contrast, or a comma that a determiner stops at."""
        return GoverningCue(end=end, previous=self.stance)

    def then(self, stance: Stance | None, text: str, start: int, end: int) -> GoverningCue:
        """What governs after the cue at ``text[start:end]``, of `stance` (None for "… like")."""
        words = text[start:end].strip()
        if stance is None:
            refuses = self.refuses or self.stance is Stance.FORGET or "nothing" in words
            return GoverningCue(Stance.AVOID if refuses else Stance.WANT, end, self.stance)
        if stance is Stance.WANT:
            wished = self._then_wished(text, start, end)
            if wished is not None:
                return wished
        if words == "about" and self.stance in (Stance.WANT, Stance.LIKE, Stance.AVOID):
            return self
        if stance is Stance.LIKE and self.refuses and start - self.end <= 1 and words == "like":
            return self._until(end)
        if stance is Stance.AVOID and words.endswith(("not", "non")) and "but" in words:
            was = self.previous or self.stance
            if was is Stance.SEEN:
                return GoverningCue(Stance.UNSEEN, end, was)
            refusal = Stance.DISLIKE if was is Stance.LIKE else Stance.AVOID
            return GoverningCue(refusal, end, was, determiner=True)
        seen = Stance.SEEN in (self.stance, self.previous)
        return GoverningCue(
            stance,
            end,
            self.stance,
            determiner=stance is Stance.AVOID and _is_determiner(words),
            aside=ASIDE.match(words) is not None and (seen or not words.startswith("except")),
            maybe=MAYBE.match(words) is not None,
        )

    def _then_wished(self, text: str, start: int, end: int) -> GoverningCue | None:
        """What governs after a word of wishing that fills out an earlier cue; None after others."""
        words = text[start:end].strip()
        near = (
            self.refuses
            and not self.aside
            and (start - self.end <= 2 or words in ("any", "anything", "more", "something", "some"))
        )
        if near and not words.startswith(("just", "only", "maybe", "but", "rather")):
            return self._until(end)
        told = (Stance.LIKE, Stance.NEUTRAL, Stance.SEEN, Stance.FORGET)
        # "loved Heat, another like it" asks anew; "like any comedy" does not.
        anew = words in ("another", "something", "anything") and "," in text[self.end : start]
        if self.stance not in told or words not in _FILLING or anew:
            return None
        asked = self.stance in (Stance.NEUTRAL, Stance.FORGET)
        if not asked or start - self.end <= _REACH:
            return self._until(end)
        return GoverningCue(Stance.WANT, end, self.previous)

    def _until(self, end: int) -> GoverningCue:
        """The same stance, its cue reaching up to `end`."""
        return GoverningCue(self.stance, end, self.previous)


def _is_determiner(words: str) -> bool:
    return bool(_DETERMINER.match(words)) and not _OF_WISHING.search(words)
