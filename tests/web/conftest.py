"""A served page over a service without a model, and a browser to drive it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bot.conversation.api import ChatService
from bot.web.app import create_app
from bot.web.pages.catalogue_library import Shelf
from storage.catalogue.catalogues import Catalogues
from storage.sql.database import open_database
from tests.fakes import FakeService
from tests.web.chromium import FLAGS, chromium

HERE = "http://localhost"  # Starlette's test client would speak to "testserver", which is nobody
PATIENCE = 30_000  # milliseconds; the machine may be busy with other work
expect.set_options(timeout=PATIENCE)
_NUMBERS = count(1)


@dataclass
class Site:
    """A running server, the service behind it, and its address."""

    url: str
    service: Any
    server: uvicorn.Server = field(repr=False)


def serve(
    service: ChatService, build: Callable[..., Any] = create_app, **more: Any
) -> tuple[Site, threading.Thread]:
    """Serve `service` on a free port, in a thread; ready when ``/healthz`` is.

    `more` goes to `create_app`, or what is to `build` the application.
    """
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(build(service, **more), log_level="warning", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    site = Site(f"http://127.0.0.1:{listening.getsockname()[1]}", service, server)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{site.url}/healthz").status_code == 200:
                return site, thread
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the server did not become healthy within a minute")


@pytest.fixture(scope="session")
def stored_catalogues(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogues]:
    """The catalogues beside the one that is talked about; none at first."""
    database = open_database(None, tmp_path_factory.mktemp("shelf"))
    yield Catalogues(database)
    database.close()


@pytest.fixture
def catalogues(stored_catalogues: Catalogues) -> Iterator[Catalogues]:
    """The same, empty again after the test."""
    yield stored_catalogues
    for info in stored_catalogues.list():
        stored_catalogues.delete(info.name)


@pytest.fixture(scope="session")
def site(stored_catalogues: Catalogues) -> Iterator[Site]:
    """One server for all tests; each test speaks under a name of its own."""
    running, thread = serve(FakeService(), shelf=Shelf(stored_catalogues))
    yield running
    running.server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def service(site: Site) -> Iterator[FakeService]:
    """The service behind the page, put back as it was after the test."""
    yield site.service
    site.service.pause = 0.0
    site.service.broken = None


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@dataclass
class Visit:
    """One person's browser: the page, and every request and complaint it made."""

    page: Page
    context: BrowserContext
    user: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def say(self, words: str) -> None:
        """Type a message, send it with Enter and wait for the whole answer."""
        before = self.page.locator(".user-row").count()
        self.page.locator("#tb-message textarea").fill(words)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".user-row")).to_have_count(before + 1)
        self.answered()

    def answered(self) -> None:
        """Wait until nothing is being written."""
        expect(self.page.locator("#tb-message .submit-button")).to_be_visible()
        expect(self.page.locator(".tb-pending")).to_have_count(0)

    def edit(self, number: int, words: str) -> None:
        """Open the message `number` for editing, once the widget is at rest, and send `words`."""
        expect(self.page.locator("#tb-chat .option").first).to_be_visible()
        box = self.page.locator("#tb-chat textarea")
        for _ in range(5):  # an update that comes late closes it again
            self.page.get_by_role("button", name="Edit").nth(number).click()
            with suppress(AssertionError):
                expect(box).to_be_visible(timeout=3000)
                break
        box.fill(words)
        self.page.get_by_role("button", name="Submit").click()

    def cards(self) -> list[str]:
        """The item ids on the last answer's cards, in order."""
        turn = self.page.locator(".tb-turn").last
        cards = turn.locator(".tb-card")
        return [str(card.get_attribute("data-item")) for card in cards.all()]

    def button(self, item: str, act: str) -> Any:
        """A button on the last card of an item."""
        return self.page.locator(f".tb-card[data-item='{item}'] [data-act='{act}']").last

    def open_side(self) -> None:
        """Open the side where it is closed, as on a phone."""
        if not self.page.locator("#tb-side.open").count():
            self.page.get_by_role("button", name="Toggle Sidebar").click()

    def name(self, user: str) -> None:
        """Pick or type a name."""
        self.open_side()
        box = self.page.get_by_label("Who is talking")
        box.fill(user)
        box.press("Tab")
        expect(self.page.locator("#tb-conversations nav")).to_have_attribute("data-user", user)
        self.user = user

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()


Visitor = Callable[..., Visit]


@pytest.fixture(scope="session")
def shared_context(browser: Browser) -> Iterator[BrowserContext]:
    """One browser profile for pages that need none of their own; it keeps the page's scripts."""
    context = browser.new_context(reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def visit(
    site: Site, browser: Browser, shared_context: BrowserContext, service: FakeService
) -> Iterator[Visitor]:
    """Opens the page under a name that nobody else has; `apart` in a browser of its own."""
    closing: list[Any] = []

    def opened(
        width: int = 1280,
        height: int = 800,
        scheme: Any = "light",
        user: str | None = "",
        url: str | None = None,
        apart: bool = False,
    ) -> Visit:
        context = browser.new_context(reduced_motion="reduce") if apart else shared_context
        page = context.new_page()
        closing.append(context if apart else page)
        page.set_default_timeout(PATIENCE)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.add_init_script(
            "if (!sessionStorage.visited) { localStorage.clear(); sessionStorage.visited = 1; }"
        )
        visit = Visit(page, context, "")
        page.on("request", lambda request: visit.requests.append(request.url))
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        page.goto(url or site.url)
        expect(page.locator("#tb-message textarea")).to_be_enabled()
        visit.user = page.get_by_label("Who is talking").input_value()
        if user is not None:
            visit.name(user or f"person {next(_NUMBERS)}")
            if width < 768:
                page.get_by_role("button", name="Toggle Sidebar").click()
        return visit

    yield opened
    for each in closing:
        each.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of failures and reviews go; kept out of git."""
    folder = Path(__file__).parents[2] / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
