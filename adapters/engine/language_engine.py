"""The language engine: text in; hidden states, likelihoods, replies and titles out.

Satisfies `bot.core.protocols.LanguageModel` over a `Decoder` and a tokeniser. Owns tokenisation,
sampling, stop rules and who may run when; leaves the forward pass to the decoder, what is cached
to `kv_cache`, and finding and loading models to `base_model` and `loading`.

Where a prefix meets a continuation, each is tokenised on its own: a continuation that starts a
word begins with its space, and a prefix does not end in one. So log P of a continuation is the
same whatever precedes it, and prefixes are shared token by token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from adapters.engine.guards import NameGuard, VocabularyClasses
from adapters.engine.kv_cache import Context, ContextStore
from adapters.engine.phrase_guard import PhraseGuard
from adapters.engine.scoring import beam_search, score_sequences
from adapters.engine.text_stream import TextStream
from adapters.engine.title_tree import LabelTree, build_label_tree
from adapters.machine.fair_lock import FairLock
from adapters.runtime.decoder import Decoder, States
from bot.core.errors import BusyError
from bot.core.protocols import TitleTree, TokenGuard

AT_ONCE = 2
"""Calls that compute side by side; more would only share two cores."""
CACHE_BYTES = 144 * 2**20
"""Default memory for conversations' keys and values: some 6,000 tokens of the default base."""
WAITS_AT_MOST = 60.0
"""Seconds that a call waits for others' to end."""
WRITES_AT_MOST = 60.0
"""Seconds after which a text ends, wherever it is; one of the longest takes a few."""
BATCH = 512
"""Most continuations to a forward pass."""
FEW_ROWS = 4096
"""Up to this many allowed tokens, gathering their output rows costs less than all logits."""


class Threads(Protocol):
    """Says how many threads a decoder's products may use."""

    def apply(self, *, alone: bool) -> None:
        """Set it for the calling thread; `alone` when nobody else computes."""
        ...


class TransformersEngine:
    """A causal language model with its tokeniser, made thread-safe: few calls run at a time.

    A generation holds the engine for one token at a time, so that others run in between; closing
    its iterator ends it. Text longer than the model's window loses its beginning.
    """

    def __init__(
        self,
        decoder: Decoder,
        tokenizer: Any,
        *,
        name: str,
        window: int,
        end_tokens: frozenset[int],
        cache_bytes: int = CACHE_BYTES,
        threads: Threads | None = None,
    ):
        self.name = name
        self.tokenizer = tokenizer
        self.window = window
        self.end_tokens = end_tokens
        self._decoder = decoder
        self._places = places = FairLock(AT_ONCE)
        self._store = ContextStore(
            decoder, cache_bytes, self._let_others_compute, lambda: places.waiting
        )
        self._threads = threads
        self._classes: VocabularyClasses | None = None

    @property
    def hidden_size(self) -> int:
        """Width of the hidden states."""
        return self._decoder.hidden_size

    @property
    def computed_tokens(self) -> int:
        """Tokens that went through the model so far, trees not counted; for measuring."""
        return self._store.computed

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` has as a prompt."""
        return len(self._prompt(text))

    def encode(self, text: str, *, cache: str | None = None) -> NDArray[np.float32]:
        """Last hidden state (after the final norm) of the last token of `text`, shape (hidden,).

        Raises ValueError for text without tokens.
        """
        tokens = self._fit(self._prompt(text))
        with self._computing(), self._store.using(cache, tokens) as context:
            return self._hidden(context).copy()

    def log_likelihoods(
        self, prefix: str, continuations: Sequence[str], *, cache: str | None = None
    ) -> NDArray[np.float64]:
        """Sum of log P(token) in nats of each continuation after `prefix`, shape (n,).

        Shared first tokens are computed once; the cached prefix stays as it was. An empty
        continuation has log-likelihood 0. Others get their turn between batches.
        """
        sequences = [self.split(text) for text in continuations]
        tokens = self._fit(self._prompt(prefix), reserve=max(map(len, sequences), default=0))
        totals = np.zeros(len(sequences), dtype=np.float64)
        order = sorted(range(len(sequences)), key=lambda index: sequences[index])
        done = 0
        own: Context | None = None
        while done < len(order):
            with ExitStack() as stack:
                stack.enter_context(self._computing())
                if cache is None:
                    context = own = own or self._store.own(None, tokens)
                else:
                    context = stack.enter_context(self._store.using(cache, tokens))
                batch = [sequences[index] for index in order[done : done + BATCH]]
                taken, scores = score_sequences(self._decoder, context, batch)
            totals[order[done : done + taken]] = scores
            done += taken
        return totals

    def generate(
        self,
        prompt: str,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        guard: TokenGuard | None = None,
        temperature: float = 0.0,
        seed: int | None = None,
        cache: str | None = None,
    ) -> Iterator[str]:
        """Stream text pieces; ends at end-of-text, at a stop string (not included) or the limit.

        The limit is `max_tokens`, and a minute of time.

        Temperature 0 takes the likeliest token; otherwise tokens are drawn, repeatably with a
        `seed`. Without any token that `guard` allows the text ends.
        """
        tokens = self._fit(self._prompt(prompt), reserve=max_tokens)
        stream = TextStream(self.decode, stop)
        chance = np.random.default_rng(seed)
        generated: list[int] = []
        ends = monotonic() + WRITES_AT_MOST
        # A context of its own: others that write from the same beginning do not undo its work.
        context: Context | None = None
        try:
            while len(generated) < max_tokens and not stream.stopped and monotonic() < ends:
                allowed = None if guard is None else guard.allowed(generated)
                if allowed is not None and len(allowed) == 0:
                    break
                if allowed is not None and len(allowed) == 1:
                    # Nothing to choose: what is forced goes through the model with what follows.
                    token = int(allowed[0])
                else:
                    with self._computing():
                        if context is None:
                            context = self._store.own(cache, tokens)
                        if generated:
                            # Phrases are read in pieces, as any text; the next prompt that has
                            # them goes on from here. Others are written token by token.
                            alike = isinstance(guard, PhraseGuard)
                            self._store.write(context, tokens + generated, alike)
                        token = self._choose(self._hidden(context), allowed, temperature, chance)
                if token in self.end_tokens:
                    break
                generated.append(token)
                if piece := stream.push(token):
                    yield piece
            if rest := stream.finish():
                yield rest
        finally:
            if cache is not None and context is not None:
                self._store.cache_later(cache, context)

    def build_title_tree(self, labels: Mapping[str, str]) -> LabelTree:
        """A tree over `labels` (item id → label), each as it follows a prompt: after a space."""
        return build_label_tree(
            {item_id: self.split(" " + label) for item_id, label in labels.items()}
        )

    def generate_titles(
        self,
        prompt: str,
        tree: TitleTree,
        *,
        beams: int,
        exclude: frozenset[str] = frozenset(),
        cache: str | None = None,
    ) -> list[tuple[str, float]]:
        """Beam search over the tree: (item id, log-likelihood in nats), best first.

        Only labels of the tree come out; items that share a label come with the same score. The
        score equals `log_likelihoods` of the label after a space. The cached prompt stays.
        """
        if not isinstance(tree, LabelTree):
            raise TypeError(f"expected a tree from build_title_tree, found {type(tree).__name__}")
        tokens = self._fit(self._prompt(prompt), reserve=64)
        with self._computing(), self._store.using(cache, tokens) as context:
            return beam_search(self._decoder, context, tree, beams=beams, exclude=exclude)

    def name_guard(
        self, names: Sequence[str], *, at_start: bool = True, no_repeat: int = 0
    ) -> NameGuard:
        """A guard for `generate` that lets text name none but `names`; see `NameGuard`."""
        if self._classes is None:
            self._classes = VocabularyClasses(self.tokenizer, self.end_tokens)
        return NameGuard(self._classes, self.split, names, at_start=at_start, no_repeat=no_repeat)

    def embeddings(self, rows: NDArray[np.int64] | None = None) -> States:
        """What each token is turned into, (vocabulary, hidden), or only the given ones."""
        return self._decoder.embeddings(rows)

    @property
    def vocabulary_size(self) -> int:
        """How many tokens there are."""
        return self._decoder.vocabulary_size

    def forget(self, cache: str) -> None:
        """Drop what is cached for a conversation."""
        self._store.forget(cache)

    def split(self, text: str) -> list[int]:
        """Token ids of a continuation: nothing is put before it."""
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def decode(self, tokens: Sequence[int]) -> str:
        """Text of token ids, special ones left out."""
        text: str = self.tokenizer.decode(
            list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    @contextmanager
    def _computing(self) -> Iterator[None]:
        if not self._places.acquire(WAITS_AT_MOST):
            raise BusyError(
                "Expected the language model to be free within a minute",
                found="it still busy for others",
                remedy="Try again in a moment",
            )
        try:
            self._use_threads()
            yield
        finally:
            self._places.release()

    def _let_others_compute(self) -> None:
        """Hand one's place to whoever waits, and wait for the next; within `_computing`."""
        if self._places.waiting:
            self._places.release()
            self._places.acquire()
            self._use_threads()

    def _use_threads(self) -> None:
        if self._threads is not None:
            self._threads.apply(alone=self._places.held == 1)

    def _prompt(self, text: str) -> list[int]:
        opening = self.tokenizer.bos_token
        opened = bool(opening) and text.startswith(opening)
        return list(self.tokenizer.encode(text, add_special_tokens=not opened))

    def _fit(self, tokens: list[int], reserve: int = 0) -> list[int]:
        """The last tokens that leave room for `reserve` more in the window."""
        if not tokens:
            raise ValueError("expected text with at least one token")
        return tokens[-max(self.window - reserve, 1) :]

    @staticmethod
    def _hidden(context: Context) -> States:
        assert context.hidden is not None  # `advance` leaves it set
        return context.hidden

    def _choose(
        self,
        hidden: States,
        allowed: NDArray[np.int64] | None,
        temperature: float,
        chance: np.random.Generator,
    ) -> int:
        if allowed is not None and len(allowed) <= FEW_ROWS:
            scores = self._decoder.logits(hidden[None], allowed)[0]
        else:
            scores = self._decoder.logits(hidden[None])[0]
            scores = scores if allowed is None else scores[allowed]
        if temperature > 0:
            odds = np.exp((scores - scores.max()).astype(np.float64) / temperature)
            best = int(chance.choice(len(odds), p=odds / odds.sum()))
        else:
            best = int(scores.argmax())
        return best if allowed is None else int(allowed[best])
