"""The lock is handed on in order."""

import threading
import time

from adapters.machine.fair_lock import FairLock, hurrying


def test_a_waiting_thread_comes_before_the_one_that_just_left() -> None:
    lock, order = FairLock(), []

    def wait() -> None:
        with lock:
            order.append("waiting")

    lock.acquire()
    thread = threading.Thread(target=wait)
    thread.start()
    while not lock.waiting:
        time.sleep(0.001)
    lock.release()
    with lock:
        order.append("again")
    thread.join(5)
    assert order == ["waiting", "again"]


def test_only_one_holds_it() -> None:
    lock, inside, most = FairLock(), [], []

    def work() -> None:
        for _ in range(50):
            with lock:
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert max(most) == 1
    assert len(most) == 200


def test_as_many_as_there_are_places_are_inside() -> None:
    lock = FairLock(2)
    lock.acquire()
    lock.acquire()
    assert lock.held == 2
    thread = threading.Thread(target=lock.acquire)
    thread.start()
    while not lock.waiting:
        time.sleep(0.001)
    lock.release()
    thread.join(5)
    assert lock.held == 2
    lock.release()
    lock.release()
    assert lock.held == 0


def test_waiting_has_an_end_and_leaves_no_trace() -> None:
    lock = FairLock()
    assert lock.acquire()
    assert not lock.acquire(0.01)
    assert lock.waiting == 0
    lock.release()
    assert lock.acquire(0.01)
    assert lock.held == 1


def started(lock: FairLock, *, urgent: bool) -> tuple[threading.Event, threading.Event]:
    """Somebody who asks for the lock: whether they are inside, and what lets them go."""
    inside, go = threading.Event(), threading.Event()

    def work() -> None:
        with hurrying(urgent), lock:
            inside.set()
            go.wait(5)

    waiting = lock.waiting + lock.held
    threading.Thread(target=work, daemon=True).start()
    while lock.waiting + lock.held == waiting:
        time.sleep(0.001)
    return inside, go


def test_who_hurries_comes_before_who_waited_longer() -> None:
    lock = FairLock()
    _, first = started(lock, urgent=False)
    inside, go = started(lock, urgent=False)
    urgent, end = started(lock, urgent=True)
    first.set()
    assert urgent.wait(5)
    assert not inside.is_set()
    end.set()
    assert inside.wait(5)
    go.set()


def test_while_somebody_hurries_one_place_is_not_for_others() -> None:
    lock = FairLock(2)
    _, first = started(lock, urgent=False)
    with hurrying():
        inside, go = started(lock, urgent=False)
        with lock:
            assert lock.held == 2
        assert lock.held == 1
        assert not inside.is_set()
    first.set()
    assert inside.wait(5)
    more, end = started(lock, urgent=False)
    assert more.wait(5), "nobody hurries now"
    go.set()
    end.set()


def test_who_gives_up_while_hurrying_is_waited_for_no_more() -> None:
    lock = FairLock()
    lock.acquire()
    with hurrying():
        assert not lock.acquire(0.01)
    assert lock.waiting == 0
    lock.release()
    assert lock.held == 0
