"""The catalogue page, driven in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.fakes import FILMS, FakeService
from tests.web.conftest import Visitor

pytestmark = pytest.mark.browser


def test_search_and_filters_narrow_what_is_shown(visit: Visitor):
    visiting = visit()
    visiting.tab("Catalogue")
    cards = visiting.page.locator("#tb-found .tb-card")
    expect(cards).to_have_count(len(FILMS))

    visiting.page.get_by_role("button", name="Filters").click()
    visiting.page.get_by_label("From year").fill("2000")
    expect(cards.filter(has_text="Heat")).to_have_count(0)
    visiting.page.get_by_label("Search by title").fill("arrival")
    expect(cards).to_have_count(1)
    visiting.page.get_by_label("Search by title").fill("no such title")

    expect(visiting.page.locator("#tb-found")).to_contain_text("No title fits")


def test_a_card_opens_its_details_and_takes_a_like(visit: Visitor, service: FakeService):
    visiting = visit()
    visiting.tab("Catalogue")

    visiting.button("heat", "details").click()
    expect(visiting.page.locator(".tb-details")).to_contain_text("A film called Heat.")
    visiting.button("heat", "like").click()

    expect(visiting.button("heat", "like")).to_have_attribute("aria-pressed", "true")
    assert service.profile(visiting.user).liked == ("heat",)


def test_more_like_this_goes_to_the_chat(visit: Visitor):
    visiting = visit()
    visiting.tab("Catalogue")

    visiting.button("alien", "more").click()

    expect(visiting.page.locator("#tb-message")).to_be_visible()
    expect(visiting.page.locator(".user-row")).to_contain_text("More like Alien (1979)")
    visiting.answered()
