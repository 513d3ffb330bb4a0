"""How the page looks on a phone and a desk, light and dark: room, contrast, names, states."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.fakes import FakeService
from tests.web.conftest import Visitor, serve

pytestmark = pytest.mark.browser

SIZES = [(360, 740), (1280, 800)]
SCHEMES = ["light", "dark"]
WIDE = "id,title,year,maker,colour,height\na,A kettle of some length,1990,Ann Other,Red,12\n"


def findings(page: Page) -> list[str]:
    """axe-core's serious and critical findings, each with the elements it is about."""
    response = Axe().run(page).response
    return [
        f"{found['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for found in response["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_page_fits_and_has_no_serious_finding(
    visit: Visitor, screenshots: Path, tmp_path: Path, width: int, height: int, scheme: str
) -> None:
    visiting = visit(width, height, scheme)
    page = visiting.page
    seen: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page.screenshot(path=screenshots / f"{name}-{width}-{scheme}.png")
        assert overflow(page) <= 0, f"{name} is too wide"
        if found := findings(page):
            seen[name] = found

    look("empty")
    visiting.say("I loved Heat, more crime and bold comedy please")
    item = visiting.cards()[1]
    visiting.button(item, "like").click()
    expect(visiting.button(item, "like")).to_have_attribute("aria-pressed", "true")
    visiting.button(item, "why").click()
    expect(page.locator(".tb-why")).to_have_count(1)
    look("chat")
    visiting.tab("Taste")
    expect(page.locator("#tb-taste .tb-facts").first).to_be_visible()
    look("taste")
    visiting.tab("Catalogue")
    expect(page.locator("#tb-found .tb-card").first).to_be_visible()
    look("catalogue")
    visiting.button(item, "similar").click()
    expect(page.locator("#tb-found h2")).to_be_visible()
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("button", name="Add a catalogue").click()
    for name, text in (("broken", "id,title\n,One\n"), ("whole", WIDE)):
        file = tmp_path / f"{name}.csv"
        file.write_text(text, encoding="utf-8")
        page.locator("#tb-add-file input[type='file']").set_input_files(file)
        expect(page.locator("#tb-add-preview :is(li, table)")).to_have_count(1)
        look(f"file {name}")
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("#tb-add-preview :is(li, table)")).to_have_count(0)

    assert seen == {}


def test_the_side_opens_on_a_phone_and_gives_way_again(visit: Visitor) -> None:
    visiting = visit(360, 740)
    visiting.say("A crime film")
    visiting.open_side()
    expect(visiting.page.locator("#tb-conversations li")).to_have_count(1)
    assert overflow(visiting.page) <= 0

    visiting.page.get_by_role("button", name="New conversation").click()

    expect(visiting.page.locator("#tb-side.open")).to_have_count(0)
    expect(visiting.page.locator(".user-row")).to_have_count(0)


def test_the_focus_can_be_seen(visit: Visitor) -> None:
    visiting = visit()
    visiting.say("A crime film")
    visiting.page.keyboard.press("Shift+Tab")
    visiting.button(visiting.cards()[0], "like").focus()
    visiting.page.keyboard.press("Tab")

    outline = visiting.page.evaluate(
        "(() => { const s = getComputedStyle(document.activeElement);"
        " return [s.outlineStyle, parseFloat(s.outlineWidth)]; })()"
    )

    assert outline[0] == "solid"
    assert outline[1] >= 2


def test_a_lost_server_is_said_and_so_is_its_return(visit: Visitor, service: FakeService) -> None:
    alone, thread = serve(FakeService())
    visiting = visit(url=alone.url)
    alone.server.should_exit = True
    thread.join(20)

    expect(visiting.page.locator(".tb-status.tb-shown")).to_contain_text("Not connected")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_waiting_stopping_and_failing_fit_and_have_no_serious_finding(
    visit: Visitor,
    service: FakeService,
    screenshots: Path,
    width: int,
    height: int,
    scheme: str,
) -> None:
    visiting = visit(width, height, scheme)
    page = visiting.page
    seen: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page.screenshot(path=screenshots / f"{name}-{width}-{scheme}.png")
        assert overflow(page) <= 0, f"{name} is too wide"
        if found := findings(page):
            seen[name] = found

    service.pause = 8.0
    page.locator("#tb-message textarea").fill("Something that takes its time")
    page.keyboard.press("Enter")
    expect(page.locator(".tb-pending")).to_be_visible()
    look("thinking")
    page.locator("#tb-message .stop-button").click()
    service.pause = 0.0
    expect(page.locator(".tb-notice")).to_contain_text("Stopped")
    look("stopped")
    service.broken = RuntimeError("no")
    page.locator("#tb-message textarea").press("Enter")
    expect(page.locator(".tb-notice-error")).to_be_visible()
    look("failed")

    assert seen == {}
