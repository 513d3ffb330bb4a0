"""A drill: many callers guess a password, and its owner signs in all the same.

``python -m tests.drills.password_guessing`` serves the accounts with the real hash, over a
service without a model. First each caller guesses from an address of its own, then all from one.
All the while ana signs in: with a browser that she used before, beside the guessers; with one that
nobody knows, elsewhere; with a program that ran before. And ben, whom nobody tries, signs in beside
the guessers with a browser that nobody knows. Each must be let in at once, and the guessers be told
to wait.
"""

from __future__ import annotations

import argparse
import multiprocessing
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ANA, BEN = ("ana", "correct horse battery"), ("ben", "purple monkey dishwasher")
ONE_ADDRESS = "203.0.113.1"
PAGE = {"accept": "text/html"}


@dataclass
class Seen:
    """What the guessers were answered, and how long the right passwords took."""

    guesses: Counter[str] = field(default_factory=Counter)
    waits: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def lines(self, title: str) -> Iterator[str]:
        """The figures, a line each."""
        yield f"{title}: {sum(self.guesses.values())} guesses {dict(sorted(self.guesses.items()))}"
        for who, waits in self.waits.items():
            middle = sorted(waits)[len(waits) // 2]
            yield f"  {who}: {len(waits)} times, middle {middle:.2f} s, longest {max(waits):.2f} s"
        yield from (f"  WRONG: {each}" for each in dict.fromkeys(self.wrong))


def serve_accounts(folder: str, port: int) -> None:
    """Serve people with accounts until the process is ended."""
    import uvicorn

    from bot.web.app import create_app
    from storage.account.accounts import Accounts
    from storage.sql.database import open_database
    from tests.fakes import FakeService

    accounts = Accounts(open_database(None, Path(folder)))
    for name, password in (ANA, BEN):
        accounts.set_password(name, password)
    uvicorn.run(
        create_app(FakeService(), accounts=accounts), port=port, log_level="error", access_log=False
    )


@contextmanager
def served() -> Iterator[str]:
    """The address of a server in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        process = multiprocessing.get_context("spawn").Process(
            target=serve_accounts, args=(folder, port), daemon=True
        )
        process.start()
        try:
            _wait_for(f"http://127.0.0.1:{port}", process.is_alive)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.join(20)


def _wait_for(url: str, alive: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and alive():
        try:
            if httpx.get(f"{url}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("The server did not become healthy.")


def sign_in(
    browser: httpx.Client, who: tuple[str, str], address: str, page: bool = True
) -> httpx.Response:
    """Sign in from an address, as a proxy would tell it."""
    headers = {"x-forwarded-for": address, **(PAGE if page else {})}
    form = {"username": who[0], "password": who[1]}
    return browser.post("/login", data=form, headers=headers)


def attacked(url: str, callers: int, seconds: float, from_one: bool, patience: float) -> Seen:
    """`callers` guess for so long, and the right people sign in."""
    seen, over, lock = Seen(), threading.Event(), threading.Lock()
    known = httpx.Client(base_url=url, timeout=60)
    sign_in(known, ANA, "198.51.100.1")
    program = httpx.Client(base_url=url, timeout=60, auth=ANA)
    program.get("/config", headers={"x-forwarded-for": "198.51.100.1"})

    def guess(number: int) -> None:
        address = ONE_ADDRESS if from_one else f"192.0.2.{number}"
        with httpx.Client(base_url=url, timeout=60) as client:
            tried = 0
            while not over.is_set():
                tried += 1
                answer = sign_in(client, ("ana", f"guess {number} {tried}"), address, page=False)
                with lock:
                    seen.guesses[_kind(answer)] += 1
                    if answer.status_code == 429 and int(answer.headers["retry-after"]) < 1:
                        seen.wrong.append("a 429 without Retry-After")

    nobody = httpx.Client(base_url=url, timeout=60)

    def newcomer(who: tuple[str, str], address: str) -> Callable[[], httpx.Response]:
        def signing_in() -> httpx.Response:
            nobody.cookies.clear()
            return sign_in(nobody, who, address)

        return signing_in

    beside = ONE_ADDRESS if from_one else "192.0.2.0"
    ways: dict[str, Callable[[], httpx.Response]] = {
        "ana, a browser she used before, beside the guessers": lambda: sign_in(known, ANA, beside),
        "ana, a browser that nobody knows, elsewhere": newcomer(ANA, "198.51.100.2"),
        "ana, a program that ran before, beside the guessers": lambda: program.get(
            "/config", headers={"x-forwarded-for": beside}
        ),
        "ben, a browser that nobody knows, beside the guessers": newcomer(BEN, beside),
    }
    threads = [threading.Thread(target=guess, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for who, way in ways.items():
            start = time.monotonic()
            answer = way()
            took = time.monotonic() - start
            seen.waits.setdefault(who, []).append(took)
            if answer.status_code not in (200, 303) or "login" in answer.headers.get(
                "location", ""
            ):
                seen.wrong.append(f"{who} was answered {answer.status_code}")
            elif took > patience:
                seen.wrong.append(f"{who} waited longer than {patience:g} s")
    over.set()
    for thread in threads:
        thread.join()
    allowed = {"wrong", "wrong, and told to wait", "not looked at"}
    seen.wrong += [f"a guess was answered {kind}" for kind in seen.guesses if kind not in allowed]
    return seen


def _kind(answer: httpx.Response) -> str:
    if answer.status_code == 401:
        return "wrong"
    if answer.status_code == 429:
        said = answer.json()["error"]
        return "not looked at" if "not looked at" in said else "wrong, and told to wait"
    return str(answer.status_code)


def main(arguments: list[str] | None = None) -> int:
    """Run the drill; 1 when somebody waited or a guesser was not told to."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills.password_guessing")
    parser.add_argument("--callers", type=int, default=24, help="how many guess at once")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long, in each of two ways")
    parser.add_argument(
        "--patience", type=float, default=2.0, help="seconds within which the right ones get in"
    )
    options = parser.parse_args(arguments)
    wrong = 0
    with served() as url:
        for title, from_one in (("each from an address of its own", False), ("from one", True)):
            seen = attacked(url, options.callers, options.seconds, from_one, options.patience)
            # From addresses of their own it takes each caller more than the first few tries.
            if from_one and not seen.guesses["wrong, and told to wait"]:
                seen.wrong.append("no guesser was told to wait")
            print("\n".join(seen.lines(title)), flush=True)
            wrong += len(seen.wrong)
    print("FAILED" if wrong else f"PASSED: each within {options.patience:g} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
