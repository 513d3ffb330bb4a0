"""The taste page, driven in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fakes import FakeService
from tests.web.conftest import Visitor

pytestmark = pytest.mark.browser


def test_each_fact_stands_with_its_source_and_can_be_removed(visit: Visitor, service: FakeService):
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


def test_an_old_suggestion_opens_its_conversation(visit: Visitor):
    visiting = visit()
    visiting.say("Crime the first")
    visiting.page.get_by_role("button", name="New conversation").click()
    visiting.tab("Taste")

    visiting.page.locator("#tb-taste .tb-history button").first.click()

    expect(visiting.page.locator(".user-row")).to_contain_text("Crime the first")


def test_export_gives_a_file_and_delete_leaves_nothing(
    visit: Visitor, service: FakeService, tmp_path: Path
):
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
    expect(page.locator("#tb-taste .tb-facts")).to_have_count(0)

    assert visiting.user not in service.people()
    expect(page.locator("#tb-conversations li")).to_have_count(0)


def test_somebody_new_is_told_how_the_page_fills(visit: Visitor):
    visiting = visit()

    visiting.tab("Taste")

    expect(visiting.page.locator("#tb-taste")).to_contain_text("Nothing yet.")
