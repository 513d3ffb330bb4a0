"""``make pictures``: the README's pictures, taken from the running app."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.core.settings import load_settings
from tests.web.chromium import FLAGS, chromium
from tests.web.real_server import RealServer

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
PATIENCE = 120_000
REQUEST = "I loved Heat and Ronin, another tense crime film please"
FOLLOW_UP = "Something older, and under two hours"


def say(page: Page, words: str) -> None:
    """Send a message and wait for the whole answer."""
    turns = page.locator(".tb-turn[data-state='done']")
    before = turns.count()
    page.locator("#tb-message textarea").fill(words)
    page.keyboard.press("Enter")
    expect(turns).to_have_count(before + 1)


def opened(
    browser: Browser, url: str, width: int, height: int, scheme: Literal["light", "dark"], name: str
) -> Page:
    """A page of its own size and colours, under a name."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        device_scale_factor=1.5,
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    expect(page.locator("#tb-message textarea")).to_be_enabled()
    toggle = page.get_by_role("button", name="Toggle Sidebar")
    if width < 768:
        toggle.click()
    box = page.get_by_label("Who is talking")
    box.fill(name)
    box.press("Tab")
    expect(page.locator("#tb-conversations nav")).to_have_attribute("data-user", name)
    if width < 768:
        toggle.click()
    return page


def take(url: str, browser: Browser) -> None:
    """All pictures, from one talk on a desk and one on a phone."""
    desk = opened(browser, url, 1280, 800, "light", "Ana")
    say(desk, REQUEST)
    cards = desk.locator(".tb-card")
    for number, act in ((0, "like"), (1, "save"), (2, "seen")):
        button = cards.nth(number).locator(f"[data-act='{act}']")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
    desk.screenshot(path=FOLDER / "chat.png")
    say(desk, FOLLOW_UP)
    desk.get_by_role("tab", name="Taste").click()
    expect(desk.locator("#tb-taste svg.marks").first).to_be_visible()
    desk.screenshot(path=FOLDER / "taste.png")
    desk.get_by_role("tab", name="Catalogue").click()
    expect(desk.locator("#tb-found .tb-card").first).to_be_visible()
    desk.screenshot(path=FOLDER / "catalogue.png")
    phone = opened(browser, url, 360, 740, "dark", "Ben")
    say(phone, "Something funny for a Friday night")
    phone.screenshot(path=FOLDER / "phone.png")


def main() -> None:
    """Start the app over an empty database, take the pictures, end it."""
    expect.set_options(timeout=PATIENCE)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = chromium()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = RealServer(load_settings().home, Path(folder) / "pictures.sqlite3").start()
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            take(server.url, browser)
        finally:
            browser.close()
            server.end()
    print(f"Pictures are in {FOLDER}")


if __name__ == "__main__":
    main()
