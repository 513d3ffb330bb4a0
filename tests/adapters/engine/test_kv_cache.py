"""What conversations keep, share and lose."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray

from adapters.engine.kv_cache import (
    BLOCK,
    LAST_STATES,
    PREFILL_CHUNK,
    SHARED_PREFIX_MIN,
    SMALL_CHUNK,
    TOGETHER,
    ContextStore,
    common_prefix,
    piece_end,
)


class CountedKeyValues:
    """A cache that holds the tokens themselves, ten bytes each."""

    def __init__(self, tokens: Sequence[int] = ()) -> None:
        self.tokens = list(tokens)

    @property
    def length(self) -> int:
        return len(self.tokens)

    @property
    def nbytes(self) -> int:
        return 10 * len(self.tokens)

    def crop(self, length: int) -> None:
        del self.tokens[length:]

    def copy(self, length: int) -> Self:
        return type(self)(self.tokens[:length])


class CountingDecoder:
    """Its hidden state is the sum of all tokens seen."""

    hidden_size = 1
    vocabulary_size = 100

    def __init__(self) -> None:
        self.ran: list[list[int]] = []
        self.fails = False

    def new_cache(self) -> CountedKeyValues:
        return CountedKeyValues()

    def extend(
        self,
        cache: Any,
        tokens: Sequence[int],
        *,
        positions: NDArray[np.int64] | None = None,
        visible: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float32]:
        before = len(cache.tokens)
        cache.tokens.extend(tokens)
        if self.fails:
            raise KeyboardInterrupt
        self.ran.append(list(tokens))
        return np.array(
            [[sum(cache.tokens[: before + n + 1])] for n in range(len(tokens))], np.float32
        )

    def logits(
        self, hidden: NDArray[np.float32], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        raise NotImplementedError

    def embeddings(self, rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        raise NotImplementedError


@pytest.fixture
def decoder() -> CountingDecoder:
    return CountingDecoder()


def test_the_common_prefix_is_counted_in_tokens() -> None:
    assert common_prefix([1, 2, 3], [1, 2, 4, 5]) == 2
    assert common_prefix([1, 2], [1, 2, 3]) == 2
    assert common_prefix([], [1]) == 0


def test_only_what_differs_is_computed(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    store.advance("a", [1, 2, 3])
    store.advance("a", [1, 2, 3, 4, 5])
    context = store.advance("a", [1, 9, 8])
    assert decoder.ran == [[1, 2, 3], [4, 5], [9, 8]]
    assert context.tokens == context.cache.tokens == [1, 9, 8]  # type: ignore[attr-defined]  # counted ones
    assert store.advance("a", [1, 9, 8]).hidden == [18.0]
    assert len(decoder.ran) == 3


def test_a_prefix_of_what_is_kept_runs_its_last_tokens_again(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    store.advance("a", [1, 2, 3, *range(LAST_STATES)])
    assert store.advance("a", [1, 2, 3]).hidden == [6.0]
    assert decoder.ran[1:] == [[2, 3]]


def test_what_was_read_a_moment_ago_has_its_state_still(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    store.advance("a", [1, 2, 3, *range(LAST_STATES - 1)])
    assert store.advance("a", [1, 2, 3, 0, 1]).hidden == [7.0]
    assert store.advance("a", [1, 2, 3]).hidden == [6.0]
    assert store.advance("a", [1, 2, 3, 4, 5]).hidden == [15.0]
    assert decoder.ran[1:] == [[4, 5]]


def test_what_begins_with_all_of_a_prompt_is_written_on_itself(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    kept = store.advance("a", [1, 2, 3, 4])
    own = store.own("a", [1, 2, 3])
    assert own is kept
    assert own.tokens == [1, 2, 3]
    assert own.hidden == [6.0]
    assert store.names == ()
    store.write(own, [1, 2, 3, 9, 9])
    store.cache_later("a", own)
    assert store.advance("a", [1, 2, 3, 9, 9]) is own
    assert decoder.ran[1:] == [[9, 9]]


def test_what_begins_with_a_part_of_a_prompt_stays(decoder: CountingDecoder) -> None:
    opening = list(range(SHARED_PREFIX_MIN))
    store = ContextStore(decoder, 10**6)
    whole = [*opening, *[7] * (LAST_STATES + 1)]
    kept = store.advance("a", whole)
    assert store.own("a", [*opening, 8, 8]) is not kept
    assert store.own("a", [*whole, 8, 8]) is not kept
    assert (kept.tokens, store.names) == (whole, ("a",))


def test_what_parts_from_a_prompt_at_its_end_is_written_on_itself(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    kept = store.advance("a", [1, 2, 3, 4, 5])
    own = store.own("a", [1, 2, 3, 9, 9, 9])
    assert own is kept
    assert (own.tokens, store.names) == ([1, 2, 3, 9, 9, 9], ())
    assert decoder.ran[1:] == [[9, 9, 9]]


def test_a_long_text_is_read_in_small_pieces_while_others_wait(decoder: CountingDecoder) -> None:
    waiting = [0]
    store = ContextStore(decoder, 10**6, waiting=lambda: waiting[0])
    long = [number % 7 for number in range(2 * SMALL_CHUNK)]
    store.advance("a", long)
    waiting[0] = 1
    store.advance("b", [6, *long[1:]])
    assert [len(piece) for piece in decoder.ran] == [2 * SMALL_CHUNK, SMALL_CHUNK, SMALL_CHUNK]


def test_a_token_is_not_read_alone(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    store.advance("a", [1, 2, 3])
    store.advance("a", [1, 2, 3, 4])
    store.advance("b", [9])  # there is none before it
    long = [number % 7 for number in range(PREFILL_CHUNK + 1)]
    store.advance("c", long)
    assert decoder.ran[1:3] == [[3, 4], [9]]
    assert [len(piece) for piece in decoder.ran[3:]] == [PREFILL_CHUNK - 1, 2]
    assert [token for piece in decoder.ran[3:] for token in piece] == long


def test_an_unnamed_call_keeps_nothing_but_borrows(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    opening = list(range(SHARED_PREFIX_MIN + 4))
    store.advance("a", opening)
    store.advance(None, [*opening, 50, 51])
    assert decoder.ran[-1] == [50, 51]
    assert store.names == ("a",)
    assert store.advance("a", [*opening, 60]).tokens == [*opening, 60]


def test_the_least_recently_used_is_dropped_first(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 65)
    for name, first in (("a", 1), ("b", 2), ("a", 1), ("c", 3)):
        store.advance(name, [first, 7, 8])
    assert store.names == ("a", "c")
    assert store.nbytes <= 65


def test_what_is_forgotten_before_it_is_kept_is_gone(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    store.cache_later("a", store.own("a", [1, 2, 3]))
    store.forget("a")
    store.advance("b", [4, 5])
    assert store.names == ("b",)


def test_the_conversation_in_use_is_kept_even_when_it_is_too_large(
    decoder: CountingDecoder,
) -> None:
    store = ContextStore(decoder, 20)
    store.advance("a", [1])
    store.advance("b", [1, 2, 3, 4])
    assert store.names == ("b",)


def test_what_was_computed_before_a_failure_stays_sound(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    store.advance("a", [1, 2])
    decoder.fails = True
    with pytest.raises(KeyboardInterrupt):
        store.advance("a", [1, 2, 3, 4])
    decoder.fails = False
    again = store.advance("a", [1, 2, 3, 4])
    assert again.cache.tokens == [1, 2, 3, 4]  # type: ignore[attr-defined]  # counted ones
    assert decoder.ran == [[1, 2], [3, 4]]


def test_a_branch_is_cut_off_whatever_happens(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    context = store.advance("a", [1, 2])
    decoder.fails = True
    with pytest.raises(KeyboardInterrupt), context.branch() as cache:
        decoder.extend(cache, [5, 6])
    assert context.cache.length == 2


def test_what_is_forgotten_while_it_is_computed_is_not_kept(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    with store.using("a", [1, 2]):
        assert store.names == ()
        store.forget("a")
    assert store.names == ()


def test_one_that_is_computed_does_not_hold_up_another(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    with store.using("a", [1, 2]), store.using("b", [3]) as other:
        assert other.tokens == [3]
    assert store.names == ("b", "a")


def test_writing_on_leaves_what_was_kept_as_it_was(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, 10**6)
    beginning = list(range(SHARED_PREFIX_MIN))
    store.advance("a", beginning)
    own, again = (store.own("a", beginning) for _ in range(2))
    store.write(own, [*beginning, 70])
    store.write(again, [*beginning, 80])
    assert decoder.ran[-2:] == [[70], [80]]
    store.cache_later("a", again)
    decoder.ran.clear()
    store.advance("a", [*beginning, 80, 81, 82])
    assert decoder.ran == [[81, 82]]


def test_forgetting_waits_for_nobody(
    decoder: CountingDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ContextStore(decoder, 10**6)
    store.advance("a", [1, 2])
    written = store.own("b", [3, 4])
    find = store._best_prefix

    def find_while_garbage_is_collected(tokens: list[int]) -> Any:
        store.forget("a")  # as the finaliser of a turn that nobody closed
        store.cache_later("b", written)
        return find(tokens)

    monkeypatch.setattr(store, "_best_prefix", find_while_garbage_is_collected)
    store.advance("c", [5, 6])
    assert store.names == ("c", "b")


def test_what_is_being_written_counts_and_stays(decoder: CountingDecoder) -> None:
    store = ContextStore(decoder, limit=60)
    store.advance("old", [1, 2])
    store.advance("new", [3, 4])
    own = store.own("writing", [5, 6])
    assert list(store.names) == ["old", "new"]
    store.write(own, [5, 6, 7, 8])
    store.advance("new", [3, 4, 9])
    assert list(store.names) == ["new"]
    store.cache_later("writing", own)
    store.advance("writing", [5, 6, 7, 8])
    assert list(store.names) == ["writing"]


def test_no_tokens_are_refused(decoder: CountingDecoder) -> None:
    with pytest.raises(ValueError, match="at least one token"):
        ContextStore(decoder, 1).advance("a", [])


@pytest.mark.parametrize("length", [2, 128, 129, 130, 256, 257, 258, 385, 386, 513, 514, 1000])
@pytest.mark.parametrize("most", [SMALL_CHUNK, PREFILL_CHUNK])
def test_no_piece_leaves_a_row_alone(length: int, most: int) -> None:
    ends = [0]
    while ends[-1] < length:
        ends.append(piece_end(ends[-1], length, most=most))
    pieces = [end - start for start, end in pairwise(ends)]
    assert sum(pieces) == length
    assert all(TOGETHER <= piece <= most for piece in pieces)
    assert not any(piece % BLOCK == 1 for piece in pieces)
