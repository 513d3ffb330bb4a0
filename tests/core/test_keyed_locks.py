from __future__ import annotations

import threading

import pytest

from bot.core.keyed_locks import KeyedLocks


def test_a_lock_is_gone_once_nobody_uses_it() -> None:
    locks = KeyedLocks()
    with locks.holding("one"), locks.holding("other"):
        assert len(locks) == 2
    assert len(locks) == 0


def test_a_failure_gives_the_lock_back() -> None:
    locks = KeyedLocks()
    with pytest.raises(RuntimeError), locks.holding("one"):
        raise RuntimeError
    assert len(locks) == 0
    with locks.holding("one"):
        pass


def test_one_key_is_held_by_one_at_a_time() -> None:
    locks = KeyedLocks()
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(200):
            with locks.holding("one"):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(locks) == 0


def test_waiting_for_a_key_has_an_end() -> None:
    locks = KeyedLocks()
    with locks.holding("one"):
        with pytest.raises(TimeoutError), locks.holding("one", 0.01):
            pass
        assert len(locks) == 1
    assert len(locks) == 0
