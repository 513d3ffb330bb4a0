"""Where keys and values lie while a decoder computes on them, and where they lie in between.

Owns a few workspaces in single precision, which are used again and again: memory that is fresh
costs more than filling it. What was used least recently gives up its workspace and is cached in
half precision, which what is read fits without a loss. So a person alone never waits for a
conversion, and each of many takes half the memory however many are being answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Self
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

from adapters.runtime.half_precision import convert
from adapters.runtime.llama_shape import LlamaShape

STEP = 64
"""Room is made for so many tokens at a time."""
PLACES = 2
"""Workspaces at most: as many as are computed on side by side."""
USUAL = 512
"""Tokens that a workspace has room for; what is not used of it is not there."""
LARGE = 4
"""A workspace of so many times the room that is needed gives its memory back."""


def room_for(length: int) -> int:
    """Tokens that there is room for, when there is for `length`."""
    return -(-length // STEP) * STEP


class HalvedCache:
    """Keys and values of one context, of `length` tokens; satisfies `decoder.KeyValues`.

    Whoever extends, crops or copies one is alone with it; its workspace may be taken at any other
    time.
    """

    def __init__(self, workspaces: Workspaces):
        self.length = 0
        self.room = 0
        self.place: Workspace | None = None
        """Where its numbers lie; without one, in `halves`."""
        self.halves: NDArray[np.float16] | None = None
        """(layers, 2, key heads, room, head), older than what lies in `place`."""
        self._workspaces = workspaces

    @property
    def nbytes(self) -> int:
        return room_for(self.length) * self._workspaces.values_a_token * 2

    def crop(self, length: int) -> None:
        self.length = min(self.length, length)

    def copy(self, length: int) -> Self:
        twin = type(self)(self._workspaces)
        self._workspaces.copy(self, twin, length)
        return twin

    def put_away(self) -> None:
        """Give up the workspace, if there is one: the numbers are cached in half precision."""
        self._workspaces.put_away(self)


class Workspace:
    """Memory for the keys and values of one context after another, and what is `lent` with it.

    `lent` is whatever a decoder keeps by the room in use; it is emptied when the memory moves.
    """

    def __init__(self, memory: NDArray[np.float32]):
        self.memory = memory
        self.busy = False
        self.lent: dict[Any, Any] = {}
        self._owner: ReferenceType[HalvedCache] | None = None

    @property
    def owner(self) -> HalvedCache | None:
        """Whose numbers lie here, if anybody has them still."""
        return None if self._owner is None else self._owner()

    def belong_to(self, cache: HalvedCache | None) -> None:
        """From now on it is this one's, and no longer whose it was."""
        if (before := self.owner) is not None and before.place is self:
            before.place = None
        self._owner = None if cache is None else ref(cache)
        if cache is not None:
            cache.place = self


class Workspaces:
    """The workspaces of one decoder; thread-safe."""

    def __init__(self, shape: LlamaShape, places: int = PLACES):
        self.values_a_token = shape.layers * 2 * shape.key_heads * shape.head
        self._shape = shape
        self._most = places
        self._places: list[Workspace] = []
        """Least recently used first."""
        self._lock = Lock()

    def view(self, place: Workspace, room: int) -> NDArray[np.float32]:
        """The workspace's memory as keys and values, (layers, 2, key heads, room, head)."""
        return place.memory[: room * self.values_a_token].reshape(self._form(room))

    @contextmanager
    def lend(self, cache: HalvedCache, length: int) -> Iterator[Workspace]:
        """The workspace with the numbers of `cache`, with room for `length` tokens in all."""
        place: Workspace | None = None
        try:
            with self._lock:
                place = self._place_of(cache, length)
                place.busy = True
            yield place
        finally:
            if place is not None:
                with self._lock:
                    place.busy = False
                    self._give_back()

    def put_away(self, cache: HalvedCache) -> None:
        """Cache the numbers in half precision."""
        with self._lock:
            self._put_away(cache)

    def copy(self, cache: HalvedCache, twin: HalvedCache, length: int) -> None:
        """Give `twin`, which is new, the first `length` tokens of `cache`."""
        with self._lock:
            twin.length, twin.room = length, room_for(length)
            twin.halves = self._halves(twin.room)
            if length:
                twin.halves[:, :, :, :length] = self._settled(cache)[:, :, :, :length]

    def _place_of(self, cache: HalvedCache, length: int) -> Workspace:
        """The workspace with the numbers, which from now on was used last."""
        if length > cache.room:
            self._move(cache, room_for(length))
        place = cache.place
        if place is None:
            place = self._free_place()
            self._fit(place, cache.room * self.values_a_token)
            if cache.length:
                assert cache.halves is not None  # it has no workspace
                convert(cache.halves, self.view(place, cache.room))
            place.belong_to(cache)
        self._places = [*(each for each in self._places if each is not place), place]
        return place

    def _put_away(self, cache: HalvedCache) -> None:
        if cache.place is None:
            return
        if (room := room_for(cache.length)) < cache.room:
            self._move(cache, room)
        else:
            self._settled(cache)
            cache.place.belong_to(None)

    def _move(self, cache: HalvedCache, room: int) -> None:
        """Cache the numbers in half precision, in another room.

        Whenever this is interrupted, they lie whole in either.
        """
        length = min(cache.length, room)  # its owner may cut it meanwhile
        halves = self._halves(room)
        if length:
            halves[:, :, :, :length] = self._settled(cache)[:, :, :, :length]
        if cache.place is not None:
            cache.place.belong_to(None)
        cache.halves, cache.room = halves, room

    def _settled(self, cache: HalvedCache) -> NDArray[np.float16]:
        """The numbers in half precision as they are now."""
        if cache.halves is None or cache.halves.shape[3] != cache.room:
            cache.halves = self._halves(cache.room)
        if cache.place is not None:
            convert(self.view(cache.place, cache.room), cache.halves)
        return cache.halves

    def _free_place(self) -> Workspace:
        free = [place for place in self._places if not place.busy]
        unused = next((place for place in free if place.owner is None), None)
        if unused is not None:
            return unused
        if len(self._places) < self._most or not free:
            made = Workspace(np.empty(0, np.float32))
            self._places.append(made)
            return made
        if (owner := free[0].owner) is not None:
            self._put_away(owner)
        return free[0]

    def _fit(self, place: Workspace, values: int) -> None:
        usual = USUAL * self.values_a_token
        if values > place.memory.size or place.memory.size > max(usual, LARGE * values):
            place.lent.clear()
            place.memory = np.empty(max(usual, values), np.float32)

    def _give_back(self) -> None:
        """More than the usual number were needed while so many computed."""
        for place in [each for each in self._places if not each.busy]:
            if len(self._places) <= self._most:
                return
            if (owner := place.owner) is not None:
                self._put_away(owner)
            self._places.remove(place)

    def _halves(self, room: int) -> NDArray[np.float16]:
        return np.empty(self._form(room), np.float16)

    def _form(self, room: int) -> tuple[int, int, int, int, int]:
        shape = self._shape
        return shape.layers, 2, shape.key_heads, room, shape.head
