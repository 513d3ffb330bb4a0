"""The catalogue page, driven in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from storage.catalogue.catalogues import Catalogues
from tests.fakes import FakeService
from tests.small_films import FILMS
from tests.web.conftest import Site, Visitor
from tests.web.requests.test_file_routes import uploads_of

pytestmark = pytest.mark.browser


def test_search_and_filters_narrow_what_is_shown(visit: Visitor) -> None:
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


def test_a_card_opens_its_details_and_takes_a_like(visit: Visitor, service: FakeService) -> None:
    visiting = visit()
    visiting.tab("Catalogue")

    visiting.button("heat", "details").click()
    expect(visiting.page.locator(".tb-details")).to_contain_text("A film called Heat.")
    visiting.button("heat", "like").click()

    expect(visiting.button("heat", "like")).to_have_attribute("aria-pressed", "true")
    assert service.profile(visiting.user).liked == ("heat",)


def test_similar_titles_stand_in_place_and_lead_back(visit: Visitor) -> None:
    visiting = visit()
    visiting.tab("Catalogue")
    page = visiting.page

    visiting.button("alien", "similar").click()
    expect(page.locator("#tb-found h2")).to_have_text("Similar to Alien (1979)")
    expect(page.locator("#tb-found .tb-card")).to_have_count(12)
    expect(page.locator("#tb-found .tb-card[data-item='alien']")).to_have_count(0)
    assert page.locator("#tb-found .tb-card").first.get_attribute("data-item") == "arrival"
    page.get_by_role("button", name="Back to all titles").click()

    expect(page.locator("#tb-found .tb-card")).to_have_count(len(FILMS))


def test_more_like_a_title_goes_to_the_chat(visit: Visitor) -> None:
    visiting = visit()
    visiting.tab("Catalogue")
    visiting.button("alien", "similar").click()

    visiting.page.get_by_role("button", name="Ask the chat").click()

    expect(visiting.page.locator("#tb-message")).to_be_visible()
    expect(visiting.page.locator(".user-row")).to_contain_text("More like Alien (1979)")
    visiting.answered()


def test_a_catalogue_by_file_is_looked_at_then_imported_whole_and_can_be_browsed(
    visit: Visitor, catalogues: Catalogues, site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "kettles 2026.csv"
    lines = "".join(f"k{n},Kettle <b>{n}</b>,199{n},Steel|Red\n" for n in range(7))
    file.write_text(f"id,title,year,kinds\n{lines}", encoding="utf-8")
    visiting = visit()
    page = visiting.page
    visiting.tab("Catalogue")
    page.get_by_role("button", name="Add a catalogue").click()
    page.locator("#tb-add-file input[type='file']").set_input_files(file)

    expect(page.locator("#tb-add-preview")).to_contain_text("7 items")
    expect(page.locator("#tb-add-preview tbody tr")).to_have_count(5)
    expect(page.locator("#tb-add-preview tbody tr").first).to_contain_text("Kettle <b>0</b>")
    assert catalogues.list() == [], "a look stores nothing"
    expect(page.get_by_label("Name of the catalogue")).to_have_value("kettles-2026")
    page.get_by_label("Name of the catalogue").fill("kettles")
    page.get_by_role("button", name="Import").click()
    expect(page.locator("#tb-add-preview")).to_contain_text("Imported 7 items as kettles")
    assert [(info.name, info.size) for info in catalogues.list()] == [("kettles", 7)]
    assert brought(site) == [], "what is imported is not kept twice"

    page.locator("#tb-which input").click()
    page.get_by_role("option", name="kettles").click()
    cards = page.locator("#tb-found .tb-card")
    expect(cards).to_have_count(7)
    expect(cards.first).to_contain_text("Kettle <b>")
    expect(cards.first.locator("[data-act='like']")).to_have_count(0)
    page.get_by_label("Search by title").fill("kettle 3")
    expect(cards.first).to_contain_text("1993")
    assert visiting.errors == []


def test_a_file_that_was_brought_goes_with_another_and_with_the_person(
    visit: Visitor, service: FakeService, site: Site, tmp_path: Path
) -> None:
    visiting = visit()
    page = visiting.page
    visiting.say("crime")
    visiting.tab("Catalogue")
    page.get_by_role("button", name="Add a catalogue").click()
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("id,title\na,One\n", encoding="utf-8")
        page.locator("#tb-add-file input[type='file']").set_input_files(tmp_path / name)
        expect(page.get_by_label("Name of the catalogue")).to_have_value(Path(name).stem)
        assert brought(site) == [name]
        page.locator("#tb-add-file").get_by_role("button", name="Clear").click()
        expect(page.get_by_label("Name of the catalogue")).to_be_hidden()
        assert brought(site) == []
    page.locator("#tb-add-file input[type='file']").set_input_files(tmp_path / "one.csv")
    expect(page.get_by_label("Name of the catalogue")).to_have_value("one")

    visiting.tab("Taste")
    page.locator("#tb-delete-name textarea, #tb-delete-name input").fill(visiting.user)
    page.locator("#tb-delete").click()
    expect(page.locator("#tb-delete-name textarea, #tb-delete-name input")).to_have_value("")
    visiting.tab("Catalogue")
    expect(page.get_by_label("Name of the catalogue")).to_be_hidden()

    assert brought(site) == []


def brought(site: Site) -> list[str]:
    """The names of the files that a server keeps until they are imported."""
    folder = uploads_of(site.server.config.app).folder
    return sorted(path.name for path in folder.glob("*/*"))


def test_wrong_rows_of_a_file_are_named_and_nothing_is_imported(
    visit: Visitor, catalogues: Catalogues, tmp_path: Path
) -> None:
    file = tmp_path / "broken.csv"
    file.write_text("id,title,year\na,One,1990\n,Two,1991\nc,Three,soon\n", encoding="utf-8")
    visiting = visit()
    page = visiting.page
    visiting.tab("Catalogue")
    page.get_by_role("button", name="Add a catalogue").click()
    page.locator("#tb-add-file input[type='file']").set_input_files(file)

    errors = page.locator("#tb-add-preview li")
    expect(errors).to_have_count(2)
    expect(errors.first).to_contain_text("row 2 (line 3)")
    expect(errors.last).to_contain_text("row 3 (line 4)")
    expect(page.get_by_role("button", name="Import")).to_have_count(0)
    assert catalogues.list() == []


def test_a_name_that_is_taken_is_refused(
    visit: Visitor, catalogues: Catalogues, tmp_path: Path
) -> None:
    file = tmp_path / "films.csv"
    file.write_text("id,title\na,One\n", encoding="utf-8")
    visiting = visit()
    page = visiting.page
    visiting.tab("Catalogue")
    page.get_by_role("button", name="Add a catalogue").click()
    page.locator("#tb-add-file input[type='file']").set_input_files(file)
    expect(page.get_by_label("Name of the catalogue")).to_have_value("films")

    page.get_by_role("button", name="Import").click()

    expect(page.locator("#tb-add-preview")).to_contain_text("a name that no catalogue has")
    expect(page.get_by_role("button", name="Import")).to_be_enabled()
    assert catalogues.list() == []
