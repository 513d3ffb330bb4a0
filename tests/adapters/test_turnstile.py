"""The lock is handed on in order."""

import threading
import time

from adapters.turnstile import FairLock


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
