"""The taste page, driven in a real browser."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fakes import FakeService
from tests.web.conftest import Visitor

pytestmark = pytest.mark.browser


def test_each_fact_stands_with_its_source_and_can_be_removed(
    visit: Visitor, service: FakeService
) -> None:
    visiting = visit()
    visiting.say("I loved Heat, more crime please")
    visiting.button(visiting.cards()[0], "save").click()
    expect(visiting.button(visiting.cards()[0], "save")).to_have_attribute("aria-pressed", "true")

    visiting.tab("Taste")
    page = visiting.page
    facts = page.locator("#tb-taste .tb-facts li")
    expect(facts.filter(has_text="Heat (1995)")).to_contain_text("I loved Heat, more crime please")
    expect(page.locator("#tb-taste svg.marks, #tb-taste canvas").first).to_be_visible()
    expect(page.locator("#tb-taste .tb-card")).to_have_count(1)
    expect(page.locator("#tb-taste .tb-history li")).to_have_count(5)
    facts.filter(has_text="Heat (1995)").get_by_role("button").click()

    expect(facts.filter(has_text="Heat (1995)")).to_have_count(0)
    assert "heat" not in service.profile(visiting.user).liked


def test_an_old_suggestion_opens_its_conversation(visit: Visitor) -> None:
    visiting = visit()
    visiting.say("Crime the first")
    visiting.page.get_by_role("button", name="New conversation").click()
    visiting.tab("Taste")

    visiting.page.locator("#tb-taste .tb-asked button").first.click()

    expect(visiting.page.locator(".user-row")).to_contain_text("Crime the first")


def test_export_gives_a_file_and_delete_leaves_nothing(
    visit: Visitor, service: FakeService, tmp_path: Path
) -> None:
    visiting = visit()
    visiting.say("I loved Alien")
    visiting.tab("Taste")
    page = visiting.page
    with page.expect_download() as downloading:
        page.locator("#tb-export").click()
    downloading.value.save_as(tmp_path / "data.json")

    assert json.loads((tmp_path / "data.json").read_text())["user"] == visiting.user
    page.locator("#tb-delete").click()
    expect(page.get_by_text("nothing was deleted")).to_be_visible()
    assert visiting.user in service.people()
    page.locator("#tb-delete-name textarea").fill(visiting.user)
    page.locator("#tb-delete").click()
    expect(page.get_by_text("is gone.")).to_be_visible()
    expect(page.locator("#tb-taste .tb-facts")).to_have_count(0)

    assert visiting.user not in service.people()
    expect(page.locator("#tb-conversations li")).to_have_count(0)


def test_a_deletion_that_the_log_holds_yet_is_told(
    visit: Visitor, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "wiped", False)
    visiting = visit()
    visiting.say("I loved Alien")
    visiting.tab("Taste")
    visiting.page.locator("#tb-delete-name textarea").fill(visiting.user)
    visiting.page.locator("#tb-delete").click()
    expect(visiting.page.get_by_text("log still holds some of it")).to_be_visible()
    assert visiting.user not in service.people()


def test_each_suggestion_stands_with_what_was_said_and_why(visit: Visitor) -> None:
    visiting = visit()
    visiting.say("Crime, please")
    visiting.tab("Taste")

    asked = visiting.page.locator("#tb-taste .tb-asked")
    expect(asked).to_have_count(1)
    expect(asked).to_contain_text("“Crime, please”")
    expect(asked.locator("li").first).to_contain_text("as you asked.")


def test_a_long_history_is_folded_and_whole(visit: Visitor) -> None:
    visiting = visit()
    for number in range(8):
        visiting.say(f"Crime number {number}")
    visiting.tab("Taste")

    page = visiting.page
    asked = page.locator("#tb-taste .tb-asked")
    expect(asked.filter(has_text="“Crime number 7”")).to_be_visible()
    expect(asked.filter(has_text="“Crime number 0”")).to_be_hidden()
    page.get_by_text("Earlier (2)").click()
    expect(asked.filter(has_text="“Crime number 0”")).to_be_visible()


def test_the_dials_are_kept_at_once_and_found_again(visit: Visitor, service: FakeService) -> None:
    visiting = visit()
    visiting.say("A crime film")
    visiting.tab("Taste")
    page = visiting.page
    # The page as it is first drawn would take the place of what is said of a dial.
    expect(page.get_by_role("heading", name="What I know of")).to_be_visible()
    fame = page.locator("#tb-dial-fame input[type='range']")
    expect(fame).to_have_value("100")
    fame.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#tb-taste .tb-notice")).to_contain_text("Kept")
    assert service.profile(visiting.user).settings == {"fame": 0.95}
    page.locator("#tb-dial-variety input[type='number']").fill("60")
    page.keyboard.press("Enter")
    expect(page.locator("#tb-taste .tb-notice")).to_contain_text("Kept")

    page.reload()
    visiting.tab("Taste")

    expect(page.locator("#tb-dial-fame input[type='range']")).to_have_value("95")
    expect(page.locator("#tb-dial-variety input[type='range']")).to_have_value("60")
    assert service.profile(visiting.user).settings == {"fame": 0.95, "variety": 0.6}


def test_the_picture_of_change_comes_with_the_second_moment(
    visit: Visitor, service: FakeService
) -> None:
    visiting = visit()
    visiting.say("I loved Heat")
    visiting.tab("Taste")
    expect(visiting.page.locator("#tb-taste svg.marks").first).to_be_visible()
    expect(visiting.page.get_by_text("How your genres changed")).to_have_count(0)

    event = service.feedback(visiting.user, "groundhog", "like")
    mine = service._events[visiting.user]
    mine[-1] = replace(event, at=event.at + timedelta(days=2))
    visiting.tab("Chat")
    visiting.tab("Taste")

    expect(visiting.page.get_by_text("How your genres changed")).to_be_visible()


def test_somebody_new_is_told_how_the_page_fills(visit: Visitor) -> None:
    visiting = visit()

    visiting.tab("Taste")

    expect(visiting.page.locator("#tb-taste")).to_contain_text("Nothing yet.")
