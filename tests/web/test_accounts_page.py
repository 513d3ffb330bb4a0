"""Accounts in a real browser: the forms, two people at once, and signing out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, expect

from bot.web.pages.catalogue_library import Shelf
from storage.account.accounts import Accounts
from storage.catalogue.catalogues import Catalogues
from storage.sql.database import open_database
from tests.web.auth.test_sign_in import Forgetting, accounts_in
from tests.web.conftest import Site, Visit, serve
from tests.web.test_look import SCHEMES, SIZES, findings, overflow

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
Arrive = Callable[[str], Visit]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accounts")


@pytest.fixture(scope="module")
def accounts(folder: Path) -> Accounts:
    return accounts_in(folder)


@pytest.fixture(scope="module")
def site(folder: Path, accounts: Accounts) -> Iterator[Site]:
    shelf = Shelf(Catalogues(open_database(None, folder)), takes_files=False)
    running, thread = serve(Forgetting(folder), accounts=accounts, shelf=shelf)
    yield running
    running.server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def contexts(browser: Browser) -> Iterator[list[BrowserContext]]:
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


def door(
    site: Site,
    browser: Browser,
    contexts: list[BrowserContext],
    width: int = 1280,
    height: int = 800,
    scheme: Literal["light", "dark"] = "light",
) -> Page:
    """The page of somebody who is not signed in, in a browser of their own."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    contexts.append(context)
    page = context.new_page()
    page.goto(site.url)
    expect(page.get_by_role("heading", name="Sign in to Tastebot")).to_be_visible()
    return page


def sign_up(page: Page, name: str) -> Visit:
    """Make an account by the form and arrive in the chat."""
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make an account").click()
    expect(page.locator("#tb-message textarea")).to_be_enabled()
    return Visit(page, page.context, name)


@pytest.fixture
def arrive(
    site: Site, browser: Browser, contexts: list[BrowserContext], accounts: Accounts
) -> Arrive:
    """Makes an account and signs in with it by the form, in a browser of its own."""

    def arriving(name: str) -> Visit:
        accounts.sign_up(name, PASSWORD)
        page = door(site, browser, contexts)
        visiting = Visit(page, page.context, name)
        page.on("response", lambda answer: note(visiting, answer))
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#tb-message textarea")).to_be_enabled()
        return visiting

    return arriving


def note(visiting: Visit, answer: Response) -> None:
    """Remember what was refused."""
    if answer.status >= 400:
        visiting.errors.append(f"{answer.status} {answer.url}")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_forms_fit_and_have_no_serious_finding(
    site: Site,
    browser: Browser,
    contexts: list[BrowserContext],
    screenshots: Path,
    width: int,
    height: int,
    scheme: Literal["light", "dark"],
) -> None:
    page = door(site, browser, contexts, width, height, scheme)
    seen: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page.screenshot(path=screenshots / f"{name}-{width}-{scheme}.png")
        assert overflow(page) <= 0, f"{name} is too wide"
        if found := findings(page):
            seen[name] = found

    page.get_by_label("Name").fill("nobody at all")
    page.get_by_label("Password").fill("not a password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    look("sign-in")
    name = f"a rather long name for somebody {width} {scheme}"
    page.get_by_role("link", name="Make an account").click()
    look("sign-up")
    page.goto(site.url)
    visiting = sign_up(page, name)
    visiting.open_side()
    expect(page.locator(".tb-account")).to_contain_text(name)
    expect(page.get_by_label("Who is talking")).to_have_count(0)
    look("signed-in")
    page.get_by_role("link", name="Password").click()
    expect(page.get_by_role("heading", name="Change your password")).to_be_visible()
    look("password")

    assert seen == {}


@pytest.fixture(scope="module")
def by_invitation(folder: Path, accounts: Accounts) -> Iterator[Site]:
    running, thread = serve(Forgetting(folder), accounts=accounts, sign_up="invited")
    yield running
    running.server.should_exit = True
    thread.join(timeout=10)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_who_is_invited_follows_the_link_and_chooses_a_password_nobody_guesses(
    by_invitation: Site,
    browser: Browser,
    contexts: list[BrowserContext],
    accounts: Accounts,
    screenshots: Path,
    width: int,
    height: int,
    scheme: Literal["light", "dark"],
) -> None:
    page = door(by_invitation, browser, contexts, width, height, scheme)
    page.get_by_role("link", name="Make an account").click()
    expect(page.get_by_label("Invitation")).to_be_focused()
    assert findings(page) == []
    code, _ = accounts.invitations.make(timedelta(days=1))
    name = f"Invited {width} {scheme}"
    page.goto(f"{by_invitation.url}/signup?invitation={code}")
    expect(page.get_by_label("Invitation")).to_have_value(code)
    expect(page.get_by_label("Name")).to_be_focused()

    def send(password: str) -> None:
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_label("Password again").fill(password)
        page.get_by_role("button", name="Make an account").click()

    send("password123")
    expect(page.get_by_role("alert")).to_contain_text("hard to guess")
    expect(page.get_by_label("Invitation")).to_have_value(code)
    page.screenshot(path=screenshots / f"invited-{width}-{scheme}.png", full_page=True)
    assert overflow(page) <= 0
    assert findings(page) == []
    send(PASSWORD)
    expect(page.locator("#tb-message textarea")).to_be_enabled()
    page.goto(f"{by_invitation.url}/signup?invitation={code}")
    send(PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("used or expired")


def test_where_sign_up_is_closed_the_page_says_so(
    folder: Path,
    accounts: Accounts,
    browser: Browser,
    contexts: list[BrowserContext],
    screenshots: Path,
) -> None:
    running, thread = serve(Forgetting(folder), accounts=accounts, sign_up="closed")
    page = door(running, browser, contexts)
    expect(page.get_by_role("link")).to_have_count(0)
    page.screenshot(path=screenshots / "sign-in-closed.png")
    page.goto(f"{running.url}/signup")
    expect(page.get_by_text("No new accounts are made here")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    page.screenshot(path=screenshots / "sign-up-closed.png")
    assert findings(page) == []
    running.server.should_exit = True
    thread.join(timeout=10)


def test_two_people_at_once_never_see_each_others_data(site: Site, arrive: Arrive) -> None:
    ana, ben = arrive("Ana"), arrive("Ben")
    # Both at once: Ben's turn begins before Ana's ends.
    site.service.pause = 0.4
    ana.page.locator("#tb-message textarea").fill("Secretly I loved Alien, horror please")
    ben.page.locator("#tb-message textarea").fill("Secretly I loved Fargo, comedy please")
    ana.page.keyboard.press("Enter")
    ben.page.keyboard.press("Enter")
    for visiting in (ana, ben):
        expect(visiting.page.locator(".user-row")).to_have_count(1)
        visiting.answered()
    site.service.pause = 0.0

    for mine, other, said, unsaid in ((ana, ben, "Alien", "Fargo"), (ben, ana, "Fargo", "Alien")):
        mine.page.reload()
        expect(mine.page.locator(".user-row")).to_have_count(1)
        expect(mine.page.locator(".user-row")).to_contain_text(said)
        mine.tab("Taste")
        facts = mine.page.locator("#tb-taste .tb-facts").first
        expect(facts).to_contain_text(said)
        everything = mine.page.content()
        assert f"Secretly I loved {unsaid}" not in everything
        assert f"What I know of {other.user}" not in everything
    assert site.service.profile("Ana").liked != site.service.profile("Ben").liked


def test_a_page_that_claims_to_be_another_gets_nothing(arrive: Arrive) -> None:
    victim = arrive("Victim")
    victim.say("My marmalade is that I loved Heat")
    eve = arrive("Eve")
    eve.say("A drama")

    def forge(route: Route) -> None:
        body = (route.request.post_data or "").replace('"Eve"', '"Victim"')
        route.continue_(post_data=body)

    eve.page.route("**/queue/join**", forge)
    eve.page.get_by_role("tab", name="Taste").click()
    expect(eve.page.get_by_text("who is signed in")).to_be_visible()

    assert "marmalade" not in eve.page.content()


def test_signing_out_closes_the_page_in_every_tab(site: Site, arrive: Arrive) -> None:
    first = arrive("Tabs")
    first.say("A drama")
    second = first.context.new_page()
    second.goto(site.url)
    expect(second.locator("#tb-message textarea")).to_be_enabled()

    first.open_side()
    first.page.get_by_role("button", name="Sign out").click()
    expect(first.page.get_by_role("heading", name="Sign in to Tastebot")).to_be_visible()
    second.locator("#tb-message textarea").fill("More")
    second.keyboard.press("Enter")

    expect(second.get_by_role("heading", name="Sign in to Tastebot")).to_be_visible()


def test_nothing_the_page_asks_for_is_refused_to_whoever_it_belongs_to(arrive: Arrive) -> None:
    visiting = arrive("Content")
    visiting.say("I loved Heat, more crime please")
    visiting.button(visiting.cards()[0], "like").click()
    expect(visiting.button(visiting.cards()[0], "like")).to_have_attribute("aria-pressed", "true")
    visiting.tab("Taste")
    expect(visiting.page.locator("#tb-taste .tb-facts").first).to_be_visible()
    visiting.tab("Catalogue")
    expect(visiting.page.locator("#tb-found .tb-card").first).to_be_visible()

    assert visiting.errors == []
    expect(visiting.page.locator("#tb-add")).to_have_count(0)


def test_who_exports_and_deletes_their_data_has_it_and_is_led_out(
    site: Site, arrive: Arrive, tmp_path: Path
) -> None:
    leaving = arrive("Leaving")
    leaving.say("A drama")
    leaving.tab("Taste")
    page = leaving.page
    with page.expect_download() as downloading:
        page.locator("#tb-export").click()
    downloading.value.save_as(tmp_path / "data.json")
    assert json.loads((tmp_path / "data.json").read_text())["user"] == "Leaving"

    page.locator("#tb-delete").click()
    expect(page.get_by_text("nothing was deleted")).to_be_visible()
    assert "Leaving" in site.service.people()
    page.locator("#tb-delete-name textarea").fill("Leaving")
    page.locator("#tb-delete").click()

    expect(page.get_by_role("heading", name="Sign in to Tastebot")).to_be_visible()
    assert "Leaving" not in site.service.people()
