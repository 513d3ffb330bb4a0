"""Turns through a server: how long the first and the fifth take, and how many at once it serves.

Speaks to the endpoint ``/chat`` as any program would. The timings are the turn's own: from the
message's arrival in the session, the waiting for the model included.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Protocol

from bot.benchmark.figures import Throughput, TurnSpeed, middle, p95
from bot.benchmark.talk import Talk
from bot.core.values import Message
from bot.ranking.rendering import prompt_text

Report = Callable[[str, int, int | None], None]
TIMINGS = ("ranked_ms", "first_token_ms", "total_ms")
LAST = 5
"""The turn that is measured beside the first."""

Chat = Callable[[str, str, str], dict[str, Any]]
"""(person, message, conversation or nothing) → the document of a turn."""


class Prefill(Protocol):
    """Seconds to read a text once, by something to compare with."""

    def __call__(self, text: str) -> float: ...


def chat_client(url: str) -> Chat:
    """A way to speak to the server at `url`."""
    from gradio_client import Client

    client = Client(url, verbose=False, analytics_enabled=False)

    def chat(person: str, message: str, conversation: str) -> dict[str, Any]:
        document: dict[str, Any] = client.predict(person, message, conversation, api_name="/chat")
        return document

    return chat


def measure_turns(
    chat: Chat, talks: Sequence[Talk], plain_prefill: Prefill, report: Report
) -> tuple[TurnSpeed, TurnSpeed]:
    """The first and the fifth turn of each conversation, one person after the other.

    After each conversation the fifth turn's whole prompt is read once by `plain_prefill`. The
    first conversation warms up and is not counted.
    """
    first: list[dict[str, float]] = []
    fifth: list[dict[str, float]] = []
    plain: list[float] = []
    for number, talk in enumerate(talks):
        conversation = ""
        dialogue: list[Message] = []
        for place, message in enumerate(talk.messages[:LAST], start=1):
            report("Turns of a conversation", number * LAST + place, len(talks) * LAST)
            document = chat(f"bench-turns-{number}", message, conversation)
            conversation = document["conversation"]
            dialogue.append(Message("user", message))
            if number and place in (1, LAST):
                (first if place == 1 else fifth).append(_timings(document))
            if place < LAST:
                dialogue.append(Message("assistant", document["reply"]))
        seconds = plain_prefill(prompt_text(dialogue))
        if number:
            plain.append(1000 * seconds)
    ratios = [turn["ranked_ms"] / whole for turn, whole in zip(fifth, plain, strict=True)]
    return _speed(first), _speed(fifth, middle(plain), middle(ratios))


def measure_people(chat: Chat, talks: Sequence[Talk], name: str, turns: int) -> Throughput:
    """Everybody of `talks` at once, each for so many turns, one message after the other."""
    ranked: list[float] = []
    errors = 0
    lock = threading.Lock()

    def person(number: int, talk: Talk) -> None:
        nonlocal errors
        conversation = ""
        for message in talk.messages[:turns]:
            try:
                document = chat(f"bench-{name}-{number}", message, conversation)
                conversation = document["conversation"]
                found = _timings(document)["ranked_ms"]
            except Exception:  # whatever it is, a turn was not answered
                with lock:
                    errors += 1
            else:
                with lock:
                    ranked.append(found)

    threads = [
        threading.Thread(target=person, args=each, name=f"person-{each[0]}")
        for each in enumerate(talks)
    ]
    began = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - began
    return Throughput(len(ranked) / seconds, p95(ranked), errors, len(ranked) + errors)


def measure_crowds(
    chat: Chat, talks: Sequence[Talk], counts: Sequence[int], turns: int, rounds: int
) -> dict[int, Throughput]:
    """`measure_people` for each of `counts`, several times, the counts by turns.

    What a machine does in a second changes within minutes; so each count gets the median of its
    rounds, which lie all over the time that the others took. Each round is of other people.
    """
    found: dict[int, list[Throughput]] = {count: [] for count in counts}
    for number in range(rounds):
        for count in counts:
            some = [talks[(number + each) % len(talks)] for each in range(count)]
            found[count].append(measure_people(chat, some, f"{number}-{count}", turns))
    return {
        count: Throughput(
            turns_per_s=middle([each.turns_per_s for each in several]),
            p95_ranked_ms=middle([each.p95_ranked_ms for each in several]),
            errors=sum(each.errors for each in several),
            turns=sum(each.turns for each in several),
        )
        for count, several in found.items()
    }


def _timings(document: dict[str, Any]) -> dict[str, float]:
    """The turn's milliseconds; what did not happen by itself came with the whole."""
    timings, whole = document["timings"], float(document["timings"]["total_ms"])
    return {name: whole if timings[name] is None else float(timings[name]) for name in TIMINGS}


def _speed(
    turns: Sequence[dict[str, float]],
    plain_prefill_ms: float | None = None,
    ranked_ratio: float | None = None,
) -> TurnSpeed:
    return TurnSpeed(
        {name: middle([turn[name] for turn in turns]) for name in TIMINGS},
        {name: p95([turn[name] for turn in turns]) for name in TIMINGS},
        plain_prefill_ms,
        ranked_ratio,
    )
