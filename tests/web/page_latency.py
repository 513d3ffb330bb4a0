"""``python -m tests.web.page_latency``: what the page adds to the engine's time to suggestions.

Starts the real server over an empty database, lets one person talk in a real browser, and takes
for each turn the time from pressing Enter to the frame after the cards stand in the page, minus
the engine's own ``ranked_ms`` of that turn as stored. Prints medians as JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from bot.core.settings import load_settings
from storage.person.people import People
from storage.sql.database import open_database
from tests.web.chromium import FLAGS, chromium
from tests.web.real_server import RealServer

TURNS = 20
WARMING_TURNS = 2
PATIENCE = 120_000
USER = "Stopwatch"
# Wishes without hard limits, so that each turn has suggestions to show.
MESSAGES = (
    "I loved Heat and Ronin, another tense crime film please",
    "A comedy with Bill Murray",
    "More like Groundhog Day",
    "Something for the whole family",
    "I have seen Alien and liked it",
    "Surprise me",
    "A western, perhaps",
    "Something by Sofia Coppola",
    "Something funnier",
    "I liked The Big Lebowski",
    "A quiet drama",
)

# Enter is timed where it is pressed; the cards once the frame that paints them has begun.
_STOPWATCH = """() => {
  const chat = document.querySelector('#tb-chat');
  const before = chat.querySelectorAll('.tb-cards').length;
  window.stopwatch = new Promise((resolve) => {
    let pressed = 0;
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') pressed = performance.now();
    }, {capture: true, once: true});
    const watch = new MutationObserver(() => {
      if (chat.querySelectorAll('.tb-cards').length <= before) return;
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - pressed)));
    });
    watch.observe(chat, {childList: true, subtree: true});
  });
}"""


def timed_turn(page: Page, words: str) -> float:
    """Milliseconds from Enter to visible cards; returns once the whole answer is there."""
    page.locator("#tb-message textarea").fill(words)
    page.evaluate(_STOPWATCH)
    page.keyboard.press("Enter")
    milliseconds = float(page.evaluate("window.stopwatch"))
    expect(page.locator("#tb-message .submit-button")).to_be_visible()
    expect(page.locator(".tb-pending")).to_have_count(0)
    return milliseconds


def talk(url: str) -> list[float]:
    """The times of all turns of one talk, the warming ones first."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        expect(page.locator("#tb-message textarea")).to_be_enabled()
        box = page.get_by_label("Who is talking")
        box.fill(USER)
        box.press("Tab")
        expect(page.locator("#tb-conversations nav")).to_have_attribute("data-user", USER)
        times = [
            timed_turn(page, MESSAGES[number % len(MESSAGES)])
            for number in range(WARMING_TURNS + TURNS)
        ]
        browser.close()
    return times


def main() -> None:
    """Measure over an empty database and print the figures."""
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "latency.sqlite3"
        server = RealServer(load_settings().home, database).start()
        try:
            times = talk(server.url)
        finally:
            server.end()
        with closing(open_database(f"sqlite:///{database}", Path(folder))) as opened:
            people = People(opened)
            [info] = people.conversations(USER)
            ranked = [turn.result.timings.ranked_ms for turn in people.turns(info.conversation)]
    added = [
        whole - engine for whole, engine in zip(times, ranked, strict=True) if engine is not None
    ][WARMING_TURNS:]
    figures = {
        "turns": len(added),
        "enter_to_cards_ms": round(statistics.median(times[WARMING_TURNS:]), 1),
        "added_ms": round(statistics.median(added), 1),
        "added_ms_by_turn": [round(each, 1) for each in added],
    }
    json.dump(figures, sys.stdout)
    print()


if __name__ == "__main__":
    main()
