"""The key-value caches of live conversations: what is cached, reused and dropped.

Owns which tokens are cached under which name and the memory they may take; leaves computing to a
`Decoder`. The least recently used conversation goes first when the limit is passed.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from adapters.runtime.decoder import Decoder, KeyValues, States

PREFILL_CHUNK = 256
"""Tokens to a forward pass of a prefill; bounds the memory of attention scores."""
SMALL_CHUNK = 64
"""As many while others wait."""
TOGETHER = 2
"""At least so many tokens are read at once. One alone goes through other kernels, which round
differently; with it the last one before is read again, so that cached or not a text gets the same
numbers."""
BLOCK = 128
"""Rows that the runtime works on at once: of one more, the last would be alone."""
SHARED_PREFIX_MIN = 8
"""Fewer common tokens than this are computed again sooner than copied."""
LAST_STATES = 16
"""As many last tokens keep their hidden states: what asks for a title comes after the dialogue, and
a reply begins before it."""


def piece_end(start: int, length: int, together: int = TOGETHER, most: int = PREFILL_CHUNK) -> int:
    """Where the piece ends that is read next of a text of `length` tokens, from `start` on."""
    end = min(start + most, length)
    while 0 < length - end < together or _leaves_one_row(end - start):
        end -= 1
    return end


def _leaves_one_row(tokens: int) -> bool:
    return tokens > BLOCK and tokens % BLOCK == 1


def common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    """How many first tokens two sequences share."""
    n = min(len(left), len(right))
    if left[:n] == right[:n]:
        return n
    return next(i for i in range(n) if left[i] != right[i])


def _parts_late(cached: Sequence[int], tokens: Sequence[int]) -> bool:
    """Whether what is cached ends otherwise than `tokens`, and loses only its last few by them."""
    shared = common_prefix(cached, tokens)
    return shared == len(tokens) or len(cached) - LAST_STATES <= shared < len(cached)


@dataclass(slots=True)
class Context:
    """Tokens with their keys and values, and the hidden states of the last few, (few, hidden)."""

    cache: KeyValues
    tokens: list[int] = field(default_factory=list)
    states: States | None = None

    @property
    def hidden(self) -> States | None:
        """The hidden state of the last token, (hidden,), if it is known."""
        return None if self.states is None else self.states[-1]

    def crop(self, length: int) -> None:
        """Keep the first `length` tokens only."""
        fewer = len(self.tokens) - length
        if fewer > 0:
            self.cache.crop(length)
            del self.tokens[length:]
            known = self.states
            self.states = None if known is None or fewer >= len(known) else known[:-fewer]

    @contextmanager
    def branch(self) -> Iterator[KeyValues]:
        """Lend the cache to be extended by alternatives; afterwards it is as it was."""
        try:
            yield self.cache
        finally:
            self.cache.crop(len(self.tokens))


class ContextStore:
    """Contexts by name within `limit` bytes, least recently used dropped first.

    Thread-safe: several may compute at once, each on a context that is taken out for the time.
    """

    def __init__(
        self,
        decoder: Decoder,
        limit: int,
        between: Callable[[], None] = lambda: None,
        waiting: Callable[[], int] = lambda: 0,
    ):
        self._decoder = decoder
        self._between = between
        """Called between the pieces of a long text, for others to compute meanwhile."""
        self._waiting = waiting
        """How many others wait."""
        self._limit = limit
        self._contexts: OrderedDict[str, Context] = OrderedDict()
        self._out: dict[str, Context] = {}
        """What is being computed, by the name it will be cached under."""
        self._later: deque[tuple[str, Context | None]] = deque()
        """What to cache under a name, or None to forget it, once nobody holds the lock."""
        self._lock = Lock()
        self.computed = 0  # tokens that went through the model in `advance`, for measuring

    @property
    def nbytes(self) -> int:
        """Bytes held by all contexts."""
        return sum(context.cache.nbytes for context in self._contexts.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what is cached, least recently used first."""
        return tuple(self._contexts)

    def forget(self, name: str) -> None:
        """Drop what is cached under `name`, if anything is, or is being computed for it.

        Safe from a finaliser, which may run wherever something is allocated: where the lock is
        held, whoever holds it does it.
        """
        self._later.append((name, None))
        self._take_in_if_free()

    def advance(self, name: str | None, tokens: Sequence[int]) -> Context:
        """A context that holds exactly `tokens`, paying only for those it does not hold yet.

        Without a name the context starts from the longest prefix any cached context shares and is
        not cached itself. When computing fails, what was computed before stays and is consistent.
        Raises ValueError for no tokens.
        """
        with self.using(name, tokens) as context:
            return context

    @contextmanager
    def using(self, name: str | None, tokens: Sequence[int]) -> Iterator[Context]:
        """As `advance`, nobody else using the context meanwhile."""
        if not tokens:
            raise ValueError("expected at least one token")
        with self._lock:
            context = self._take_out(name, list(tokens))
            if name is not None:
                self._out[name] = context
        try:
            self._extend(context, list(tokens))
            yield context
        finally:
            if name is not None:
                with self._lock:
                    self._put_back(name, context)
                self._take_in_if_free()

    def own(self, name: str | None, tokens: Sequence[int]) -> Context:
        """A context of one's own that holds exactly `tokens`, to `write` on.

        What is cached under `name` is taken if it begins with all of them, or parts from them in
        its last few; `cache_later` gives it back. What else begins with some of them is copied and
        stays, so that others may write from the same beginning.
        """
        with self._lock:
            self._take_in()
            cached = self._contexts.get(name) if name is not None else None
            taken = cached is not None and _parts_late(cached.tokens, list(tokens))
            context = self._take_out(name if taken else None, list(tokens))
            if name is not None:
                self._out[name] = context
        try:
            self._extend(context, list(tokens))
        except BaseException:
            with self._lock:
                if name is not None and self._out.get(name) is context:
                    del self._out[name]
            raise
        self._take_in_if_free()
        return context

    def write(self, context: Context, tokens: Sequence[int], alike: bool = False) -> None:
        """Extend a context of one's own to `tokens`, the last of which the model chose.

        When `alike`, with the numbers that reading them would give; see `TOGETHER`.
        """
        self._extend(context, list(tokens), together=TOGETHER if alike else 1)

    def cache_later(self, name: str, context: Context) -> None:
        """Cache one's own context under `name`; safe from a finaliser, as `forget` is."""
        self._later.append((name, context))
        self._take_in_if_free()

    def _take_out(self, name: str | None, tokens: list[int]) -> Context:
        """The context to go on from, cut to what it shares with `tokens`; it is cached no more."""
        self._take_in()
        context = self._contexts.get(name) if name is not None else None
        shared = common_prefix(context.tokens, tokens) if context is not None else 0
        source, most = self._best_prefix(tokens)
        if source is not None and most >= max(shared + SHARED_PREFIX_MIN, SHARED_PREFIX_MIN):
            context = Context(cache=source.cache.copy(most), tokens=source.tokens[:most])
            shared = most
        if context is None:
            context = Context(cache=self._decoder.new_cache())
        if name is not None:
            self._contexts.pop(name, None)
        context.crop(shared)
        return context

    def _take_in(self) -> None:
        """Cache and forget what was to be cached and forgotten later, in that order."""
        while self._later:
            name, context = self._later.popleft()
            if context is None:
                self._drop(name)
            else:
                self._put_back(name, context)

    def _take_in_if_free(self) -> None:
        while self._later and self._lock.acquire(blocking=False):
            try:
                self._take_in()
            finally:
                self._lock.release()

    def _put_back(self, name: str, context: Context) -> None:
        """Cache a context again, unless its name was forgotten or taken by another meanwhile."""
        if self._out.get(name) is not context:
            return
        del self._out[name]
        self._contexts[name] = context
        self._contexts.move_to_end(name)
        self._drop_excess(keep=name)

    def _drop(self, name: str) -> None:
        self._contexts.pop(name, None)
        self._out.pop(name, None)

    def _best_prefix(self, tokens: list[int]) -> tuple[Context | None, int]:
        best: tuple[Context | None, int] = (None, 0)
        for context in self._contexts.values():
            shared = common_prefix(context.tokens, tokens)
            if shared > best[1]:
                best = (context, shared)
        return best

    def _extend(self, context: Context, tokens: list[int], together: int = TOGETHER) -> None:
        if len(context.tokens) == len(tokens) and context.hidden is not None:
            return
        context.crop(max(min(len(context.tokens), len(tokens) - together), 0))
        while len(context.tokens) < len(tokens):
            start = len(context.tokens)
            most = SMALL_CHUNK if self._waiting() else PREFILL_CHUNK
            end = piece_end(start, len(tokens), together, most)
            piece = tokens[start:end]
            context.states = None
            try:
                states = self._decoder.extend(context.cache, piece)
                context.tokens.extend(piece)
            except BaseException:
                context.cache.crop(start)
                del context.tokens[start:]
                raise
            context.states = states[-LAST_STATES:].copy()
            self.computed += len(piece)
            if len(context.tokens) < len(tokens):
                self._between()

    def _drop_excess(self, keep: str | None) -> None:
        """Drop the least recently used while over the limit, but never the one in use.

        What is being written counts too, and stays.
        """
        out = sum(context.cache.nbytes for context in self._out.values())
        while self.nbytes + out > self._limit:
            victim = next((name for name in self._contexts if name != keep), None)
            if victim is None:
                return
            self._contexts.pop(victim)
