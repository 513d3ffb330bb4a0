"""The reply's sentences: written by the model, checked, written again or replaced.

The model goes on from the dialogue, as it has read it for ranking, and chooses its way, word by
word, through the true replies of `phrases`; without those it gets the facts of the suggestions and
writes freely, held to the names it was given. Each sentence is released when it has passed the
check of `grounding`.
One that fails is written once more with some chance in it, and then replaced by a plain sentence.
`WriterStatistics` counts how often.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock

import prompts
from adapters.training.reply_examples import reply_prompt
from bot.core import patterns
from bot.core.logs import event_logger
from bot.core.protocols import LanguageModel, TokenGuard
from bot.core.values import Item
from bot.replies.grounding import Grounds, problem
from bot.replies.phrases import joined, true_sentences

MOST_SENTENCES = 2
MOST_TOKENS = 96
LIVELINESS = 1.0  # temperature at the forks between true replies, so that not all sound alike
STOPS = ("\n", "User:", "Bot:")
CACHE = "\x00replies"  # the name under which the prompt's fixed beginning stays computed
_SENTENCE_END = patterns.compile(r"[.!?…][\"'”)]*(?=\s|$)")
_ABBREVIATION = patterns.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|vs|No|Vol|[A-Z])\.$")

logger = event_logger(__name__)


def kind_of(problem: str) -> str:
    """The check that failed, without the word that failed it."""
    return problem.split()[0]


@dataclass
class WriterStatistics:
    """How many sentences were released, written again, and replaced since the start, and why.

    `problems` counts what was found wrong with them, by its kind; the owner's page shows all of it.
    """

    released: int = 0
    rewritten: int = 0
    replaced: int = 0
    problems: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def count(self, *, replaced: bool, rewritten: bool, reason: str | None) -> None:
        """Add one released sentence."""
        with self._lock:
            self.released += 1
            self.replaced += replaced
            self.rewritten += rewritten
            if reason:
                kind = kind_of(reason)
                self.problems[kind] = self.problems.get(kind, 0) + 1


@dataclass(frozen=True)
class ReplyRequest:
    """What to reply to: the message, the suggestions, and what is known to matter.

    `dialogue` is the text that the reply continues, kept under `cache` with what is read of the
    reply; `told` are the replies before it, whose phrases are left out where there are others.
    """

    text: str
    items: Sequence[Item]
    dialogue: str = ""
    cache: str | None = None
    told: Sequence[str] = ()
    likes: Sequence[str] = ()
    wants: Sequence[str] = ()
    avoids: Sequence[str] = ()
    seed: int = 0


class ReplyWriter:
    """Writes replies about suggestions with a language model."""

    def __init__(
        self,
        model: LanguageModel | None,
        guard_for: Callable[[Sequence[str]], TokenGuard | None] | None = None,
        vocabulary: dict[str, tuple[str, str]] | None = None,
        *,
        phrases_for: Callable[[Sequence[str]], TokenGuard] | None = None,
    ) -> None:
        """`guard_for` makes a guard from names, `phrases_for` one from whole replies.

        With the latter the model chooses among true replies; without, it writes freely.
        """
        self.model = model
        self.guard_for = guard_for
        self.phrases_for = phrases_for
        self.vocabulary = vocabulary or {}
        self.statistics = WriterStatistics()

    def write(self, request: ReplyRequest) -> Iterator[str]:
        """Yield one or two checked sentences, each as soon as it is complete."""
        grounds = Grounds(
            items=request.items[:3],
            mentioned=[*request.likes, *request.wants, *request.avoids],
            vocabulary=self.vocabulary,
        )
        prompt = reply_prompt(
            request.text,
            request.items,
            likes=request.likes,
            wants=request.wants,
            avoids=request.avoids,
        )
        done: list[str] = []
        sentences = self._first_draft(prompt, grounds, request)
        reason: str | None = None
        for number in range(MOST_SENTENCES):
            sentence = next(sentences, None)
            if sentence is None:
                if done:
                    return
                reason = "empty"
            else:
                reason = self._problem(sentence, grounds, done)
            rewritten = replaced = False
            if reason is not None:
                sentences.close()
                rewritten = True
                sentences = self._sentences(
                    " ".join([prompt, *done]), grounds, temperature=0.7, seed=request.seed + 1
                )
                sentence = next(sentences, None)
                if sentence is None or self._problem(sentence, grounds, done) is not None:
                    sentence, replaced = _plain(request.items, number), True
                    logger.info("sentence_replaced", check=kind_of(reason))
                    sentences.close()
            if sentence is None:
                return
            self.statistics.count(replaced=replaced, rewritten=rewritten, reason=reason)
            done.append(sentence)
            yield sentence

    def forget(self, cache: str) -> None:
        """Drop what the model has kept under that name, and whatever short prompt it read last."""
        if self.model is not None:
            self.model.forget(cache)
            self.model.forget(CACHE)

    def _first_draft(
        self, prompt: str, grounds: Grounds, request: ReplyRequest
    ) -> Generator[str, None, None]:
        if self.phrases_for is not None and self.model is not None:
            openings, followed = true_sentences(
                request.items,
                grounds,
                likes=request.likes,
                wants=request.wants,
                avoids=request.avoids,
                told=request.told,
                chance=random.Random(request.seed),
            )
            if replies := joined(openings, followed):
                pieces = self.model.generate(
                    request.dialogue or prompt,
                    max_tokens=MOST_TOKENS,
                    guard=self.phrases_for(replies),
                    temperature=LIVELINESS,
                    seed=request.seed,
                    cache=request.cache if request.dialogue else CACHE,
                )
                titles = [item.title for item in grounds.items]
                return split_sentences(pieces, titles, frozenset(openings))
        return self._sentences(prompt, grounds, temperature=0.0, seed=request.seed)

    def _problem(self, sentence: str, grounds: Grounds, done: Sequence[str]) -> str | None:
        if sentence in done:
            return "repetition"
        if not done and not any(item.title in sentence for item in grounds.items):
            return "aimless"
        return problem(sentence, grounds)

    def _sentences(
        self, prompt: str, grounds: Grounds, *, temperature: float, seed: int
    ) -> Generator[str, None, None]:
        if self.model is None:
            return
        guard = self.guard_for(grounds.names()) if self.guard_for else None
        pieces = self.model.generate(
            prompt,
            max_tokens=MOST_TOKENS,
            stop=STOPS,
            guard=guard,
            temperature=temperature,
            seed=seed,
            cache=CACHE,
        )
        yield from split_sentences(pieces, [item.title for item in grounds.items])


def split_sentences(
    pieces: Iterator[str],
    titles: Sequence[str] = (),
    openings: frozenset[str] = frozenset(),
) -> Generator[str, None, None]:
    """Cut a stream of text into sentences; an unfinished rest comes last as it is.

    A stop inside one of `titles` or after an abbreviation does not end a sentence. A first
    sentence that is one of `openings` comes at once; others when more text shows that they ended.
    """
    text = ""
    first = True
    for piece in pieces:
        text += piece
        if first and text.strip() in openings:
            yield text.strip()
            text, first = "", False
        while True:
            end = _first_end(text, titles)
            if end is None:
                break
            first = False
            yield " ".join(text[:end].split())
            text = text[end:]
    if text.strip():
        yield " ".join(text.split())


def _first_end(text: str, titles: Sequence[str]) -> int | None:
    for match in _SENTENCE_END.finditer(text):
        if match.end() == len(text):
            # More may follow: a title's rest, or a space that shows the sentence has ended.
            return None
        before = text[: match.start() + 1]
        if _ABBREVIATION.search(before):
            continue
        if any(_inside(text, match.start(), title) for title in titles):
            continue
        if before.endswith(tuple(titles)):
            # "Airplane! (1980) is …" and "Airplane! is …" go on; what follows tells.
            following = text[match.end() :].lstrip()
            if not following:
                return None
            if following[0] == "(" or following[0].islower():
                continue
        return match.end()
    return None


def _inside(text: str, place: int, title: str) -> bool:
    start = text.find(title)
    while start != -1:
        if start <= place < start + len(title) and place != start + len(title) - 1:
            return True
        start = text.find(title, start + 1)
    return False


def _plain(items: Sequence[Item], number: int) -> str:
    """A sentence that is true by construction."""
    if number == 0 or len(items) < 2:
        return prompts.phrase("replies/wording.jinja", "fallback_first", title=items[0].label)
    return prompts.phrase("replies/wording.jinja", "fallback_more", title=items[1].label)
