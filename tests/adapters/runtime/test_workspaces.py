"""Whose numbers lie where: they are the same wherever they lay in between."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
import pytest
from numpy.typing import NDArray

from adapters.runtime.llama_shape import LlamaShape
from adapters.runtime.workspaces import STEP, USUAL, HalvedCache, Workspaces, room_for

SHAPE = LlamaShape(
    layers=2, hidden=8, inner=8, heads=2, key_heads=1, head=4, vocabulary=9, window=4096,
    rope_base=1e4, epsilon=1e-5,
)  # fmt: skip


@pytest.fixture
def workspaces() -> Workspaces:
    return Workspaces(SHAPE)


def write(workspaces: Workspaces, cache: HalvedCache, numbers: Sequence[int]) -> None:
    """Append tokens whose keys and values are all the same number."""
    end = cache.length + len(numbers)
    with workspaces.lend(cache, end) as place:
        view = workspaces.view(place, cache.room)
        view[:, :, :, cache.length : end] = np.array(numbers, np.float32)[:, None]
        view[:, :, :, end:] = np.nan  # what is left over from others
        cache.length = end


def read(workspaces: Workspaces, cache: HalvedCache) -> list[int]:
    with workspaces.lend(cache, cache.length) as place:
        held: NDArray[np.float32] = workspaces.view(place, cache.room)[:, :, :, : cache.length]
        assert (held == held[:1, :1, :1, :, :1]).all()
        return [int(number) for number in held[0, 0, 0, :, 0]]


def test_many_take_turns_in_few_workspaces(workspaces: Workspaces) -> None:
    chance = random.Random(0)
    caches = [HalvedCache(workspaces) for _ in range(7)]
    wanted: list[list[int]] = [[] for _ in caches]
    for _ in range(400):
        which = chance.randrange(len(caches))
        cache, numbers = caches[which], wanted[which]
        kind = chance.random()
        if kind < 0.6:
            new = [chance.randrange(2048) for _ in range(chance.choice([1, 2, 30, STEP, 150]))]
            write(workspaces, cache, new)
            numbers += new
        elif kind < 0.75:
            length = chance.randrange(len(numbers) + 1)
            cache.crop(length)
            del numbers[length:]
        elif kind < 0.9:
            length = chance.randrange(len(numbers) + 1)
            caches[which], wanted[which] = cache.copy(length), numbers[:length]
        else:
            cache.put_away()
        assert len(workspaces._places) <= 2
        for number in range(len(caches)):
            assert caches[number].length == len(wanted[number])
        if caches[which].length:
            assert read(workspaces, caches[which]) == wanted[which]


def test_a_copy_goes_its_own_way(workspaces: Workspaces) -> None:
    cache = HalvedCache(workspaces)
    write(workspaces, cache, [1, 2, 3])
    twin = cache.copy(2)
    write(workspaces, twin, [8])
    write(workspaces, cache, [9])
    assert read(workspaces, twin) == [1, 2, 8]
    assert read(workspaces, cache) == [1, 2, 3, 9]


def test_alone_nothing_is_converted(
    workspaces: Workspaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = HalvedCache(workspaces)
    write(workspaces, cache, [1, 2])

    def refuse(*_: object) -> None:
        raise AssertionError("converted")

    monkeypatch.setattr("adapters.runtime.workspaces.convert", refuse)
    write(workspaces, cache, [3])
    cache.crop(1)
    write(workspaces, cache, [4])
    assert read(workspaces, cache) == [1, 4]


def test_what_alternatives_needed_is_given_back(workspaces: Workspaces) -> None:
    cache = HalvedCache(workspaces)
    write(workspaces, cache, [5])
    write(workspaces, cache, range(USUAL))
    cache.crop(1)
    assert cache.nbytes == room_for(1) * 2 * 2 * 4 * 2
    cache.put_away()
    assert cache.halves is not None
    assert cache.halves.nbytes == cache.nbytes
    assert read(workspaces, cache) == [5]


def test_a_large_workspace_gives_its_memory_back(workspaces: Workspaces) -> None:
    long, short = HalvedCache(workspaces), HalvedCache(workspaces)
    write(workspaces, long, range(2048))
    largest = workspaces._places[0].memory.size
    del long
    write(workspaces, short, [1])
    assert workspaces._places[0].memory.size < largest


def test_who_is_gone_leaves_room(workspaces: Workspaces) -> None:
    for number in range(5):
        cache = HalvedCache(workspaces)
        write(workspaces, cache, [number])
        del cache
    assert len(workspaces._places) == 1


def test_more_at_once_than_workspaces_get_one_each(workspaces: Workspaces) -> None:
    caches = [HalvedCache(workspaces) for _ in range(5)]
    for number, cache in enumerate(caches):
        write(workspaces, cache, [number])
    with ExitStack() as lent:
        places = [lent.enter_context(workspaces.lend(cache, 1)) for cache in caches]
        assert len({id(place) for place in places}) == 5
    assert len(workspaces._places) == 2
    assert [read(workspaces, cache) for cache in caches] == [[n] for n in range(5)]


def test_side_by_side_nobody_gets_anothers_numbers(workspaces: Workspaces) -> None:
    wrong: list[str] = []

    def person(number: int) -> None:
        chance = random.Random(number)
        cache, wanted = HalvedCache(workspaces), [number]
        write(workspaces, cache, wanted)
        for _ in range(150):
            new = [chance.randrange(2048) for _ in range(chance.choice([1, 3, 40]))]
            write(workspaces, cache, new)
            wanted += new
            if len(wanted) > 300:
                cache.crop(20)
                del wanted[20:]
            if read(workspaces, cache) != wanted:
                wrong.append(f"{number} after {len(wanted)}")
            if chance.random() < 0.1:
                cache = cache.copy(len(wanted))

    threads = [threading.Thread(target=person, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
