"""The owner's page: who gets in, what it shows and what it never shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from bot.evaluation.training_runs import Curve, TrainingRun
from bot.web.app import create_app
from bot.web.auth.login_throttle import FREE
from bot.web.owner.access import OwnerSide
from bot.web.owner.page import OwnerSources, build_owner_page
from storage.sql.usage import Use
from tests.evaluation.busy_month import busy_month
from tests.fakes import FakeService, finished
from tests.small_films import FILMS
from tests.web.auth.test_sign_in import addresses
from tests.web.conftest import HERE, PATIENCE, Site, serve
from tests.web.test_look import SCHEMES, SIZES, findings, overflow

PASSWORD = "the owner alone knows"
RUN = TrainingRun(
    "tastebot-films", True, "tastebot train", "A base", 1000, 840.0, {"loss_lora": 6.6}
)


class Log:
    """Use that a test makes up."""

    def __init__(self, use: Use) -> None:
        self.use = use
        self.asked: list[datetime] = []

    def since(self, moment: datetime) -> Use:
        self.asked.append(moment)
        return self.use


def owner_side(log: Log) -> OwnerSide:
    sources = OwnerSources(
        log,
        FakeService().catalogue,
        runs=lambda: [RUN],
        curves=lambda: [Curve("films", "train/loss", (1, 2, 3), (7.0, 6.8, 6.7))],
        compares=True,
    )
    return OwnerSide(PASSWORD, lambda: build_owner_page(sources))


@pytest.fixture
def browser_of_nobody() -> Iterator[TestClient]:
    app = create_app(FakeService(), owner=owner_side(Log(Use())))
    with TestClient(app, base_url=HERE, follow_redirects=False) as client:
        yield client


def test_the_address_that_is_printed_leads_to_the_page(browser_of_nobody: TestClient) -> None:
    client = browser_of_nobody
    client.post("/owner/login", data={"password": PASSWORD})
    answer = client.get("/owner")

    assert (answer.status_code, answer.headers["location"]) == (303, "owner/")
    assert client.get("/owner/").status_code == 200


def test_nobody_but_the_owner_gets_in_by_any_address(browser_of_nobody: TestClient) -> None:
    client = browser_of_nobody
    ways = {
        (method, path)
        for method, path in addresses(client.app)
        if path.startswith("/owner")
        and path != "/owner/login"
        and not path.startswith(("/owner/assets/", "/owner/static/"))
    }
    through = {
        (method, path) for method, path in ways if client.request(method, path).status_code != 401
    }

    assert len(ways) > 50
    assert through == set()
    led = client.get("/owner/", headers={"accept": "text/html"})
    assert (led.status_code, led.headers["location"]) == (303, "/owner/login")
    assert client.get("/config").status_code == 200, "the chat is as open as without --admin"


def test_the_password_opens_and_signing_out_closes(browser_of_nobody: TestClient) -> None:
    client = browser_of_nobody
    assert client.post("/owner/login", data={"password": "a guess"}).status_code == 401
    opened = client.post("/owner/login", data={"password": PASSWORD})
    assert "HttpOnly" in opened.headers["set-cookie"]
    assert "Path=/owner" in opened.headers["set-cookie"]
    assert client.get("/owner/config").status_code == 200
    kept = dict(client.cookies)

    client.post("/owner/logout")

    client.cookies.update(kept)
    assert client.get("/owner/config").status_code == 401


def test_guessing_is_told_to_wait_and_the_owner_gets_in_at_once(
    browser_of_nobody: TestClient,
) -> None:
    guess = {"password": "a guess"}
    codes = [browser_of_nobody.post("/owner/login", data=guess).status_code for _ in range(FREE)]
    told = browser_of_nobody.post("/owner/login", data=guess)
    page = browser_of_nobody.post("/owner/login", data=guess, headers={"accept": "text/html"})

    assert codes == [401] * FREE
    assert (told.status_code, told.headers["retry-after"]) == (429, "1")
    assert "Too many tries" in told.json()["error"]
    assert (page.status_code, page.headers["retry-after"]) == (429, "2")
    assert 'role="alert"' in page.text
    assert browser_of_nobody.post("/owner/login", data={"password": PASSWORD}).status_code == 200


def test_guessing_without_end_is_not_looked_at_where_it_comes_from(
    browser_of_nobody: TestClient,
) -> None:
    for _ in range(101):
        browser_of_nobody.post("/owner/login", data={"password": "a guess"})
    elsewhere = TestClient(browser_of_nobody.app, base_url=HERE, client=("203.0.113.7", 1))

    assert browser_of_nobody.post("/owner/login", data={"password": PASSWORD}).status_code == 429
    assert elsewhere.post("/owner/login", data={"password": PASSWORD}).status_code == 200


def test_over_tls_the_owners_cookie_is_kept_to_this_host(browser_of_nobody: TestClient) -> None:
    secure = TestClient(browser_of_nobody.app, base_url="https://localhost")
    given = secure.post("/owner/login", data={"password": PASSWORD}).headers["set-cookie"]

    assert given.startswith("__Host-tastebot-owner=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in given.split(";")}
    assert secure.get("/owner/config").status_code == 200
    planted = TestClient(browser_of_nobody.app, base_url="https://localhost")
    planted.cookies.set("tastebot-owner", secure.cookies["__Host-tastebot-owner"])
    assert planted.get("/owner/config").status_code == 401


def test_without_an_owner_there_is_no_such_page() -> None:
    with TestClient(create_app(FakeService()), base_url=HERE, follow_redirects=False) as client:
        assert client.get("/owner/").status_code == 404
        assert client.get("/owner/login").status_code == 404


@pytest.fixture(scope="module")
def log() -> Log:
    return Log(busy_month([film.item_id for film in FILMS], end=datetime.now(UTC)))


@pytest.fixture(scope="module")
def site(log: Log) -> Iterator[Site]:
    running, thread = serve(FakeService(), owner=owner_side(log))
    yield running
    running.server.should_exit = True
    thread.join(timeout=10)


def opened(
    site: Site, browser: Browser, width: int, height: int, scheme: Literal["light", "dark"]
) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{site.url}/owner")
    expect(page.get_by_role("heading", name="The owner's page")).to_be_visible()
    assert overflow(page) <= 0
    assert findings(page) == []
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".tb-tile")).to_have_count(7)
    expect(page.locator("#tb-owner svg.marks, #tb-owner canvas")).to_have_count(8)
    return page


@pytest.mark.browser
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_page_fits_and_has_no_serious_finding(
    site: Site,
    browser: Browser,
    screenshots: Path,
    width: int,
    height: int,
    scheme: Literal["light", "dark"],
) -> None:
    page = opened(site, browser, width, height, scheme)
    page.screenshot(path=screenshots / f"owner-{width}-{scheme}.png", full_page=True)

    assert overflow(page) <= 0
    assert findings(page) == []
    page.context.close()


@pytest.mark.browser
def test_the_figures_are_those_of_the_time_chosen_and_name_nobody(
    site: Site, browser: Browser, log: Log
) -> None:
    finished(site.service.respond("Marmaduke", "My marmalade is that I loved Heat"))
    page = opened(site, browser, 1280, 800, "light")
    tiles = page.locator(".tb-tiles")
    expect(tiles).to_contain_text(f"{len(log.use.turns):,}")
    expect(tiles).to_contain_text("of 33 known")
    expect(page.locator(".tb-verdict")).to_contain_text("more than chance")
    expect(page.get_by_role("region", name="Training")).to_contain_text("tastebot-films (in use)")
    page.get_by_role("combobox", name="Time").click()
    page.get_by_role("option", name="The last 7 days").click()
    page.wait_for_timeout(1000)

    assert (datetime.now(UTC) - log.asked[-1]).days == 7
    seen = page.content()
    assert "Marmaduke" not in seen
    assert "marmalade" not in seen
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="The owner's page")).to_be_visible()
    page.context.close()
