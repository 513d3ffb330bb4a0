"""`tastebot serve --auth --admin` itself: accounts, the owner's page, rankers compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AuthenticationError
from playwright.sync_api import Browser, expect

from adapters.models.base_model import BaseModel
from bot.core.values import EventKind
from storage.account.accounts import Accounts
from storage.person.people import People
from storage.sql.database import open_database
from tests.web.conftest import PATIENCE
from tests.web.real_server import RealServer

pytestmark = [pytest.mark.real, pytest.mark.browser, pytest.mark.timeout(600)]

COMPARED = "tuned,fusion-without-lm"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("real") / "tastebot.sqlite3"


@pytest.fixture(scope="module")
def server(model_home: Path, real_base_model: BaseModel, database: Path) -> Iterator[RealServer]:
    running = RealServer(model_home, database, "--auth", "--admin", TASTEBOT_AB=COMPARED).start()
    yield running
    running.end()


def test_people_sign_in_talk_and_the_owner_sees_figures_alone(
    server: RealServer, database: Path, browser: Browser, screenshots: Path
) -> None:
    with pytest.raises(AuthenticationError):
        Client(server.url, verbose=False)
    names = [f"Marmaduke {letter}" for letter in "abcd"]
    for name in names:
        form = {"username": name, "password": PASSWORD}
        assert httpx.post(f"{server.url}/signup", data=form).status_code == 200
        with closing(Client(server.url, auth=(name, PASSWORD), verbose=False)) as client:
            turn = client.predict("", "A tense crime film please", "", api_name="/chat")
            client.predict("", turn["recommendations"][0]["item_id"], "like", api_name="/feedback")

    with closing(open_database(f"sqlite:///{database}", database.parent)) as opened:
        events = [People(opened).events(name) for name in names]
        assert Accounts(opened).is_password(names[0], PASSWORD)
    shown = [{e.value for e in mine if e.kind is EventKind.SHOWN} for mine in events]
    assert all(len(rankers) == 1 for rankers in shown)
    assert {ranker for rankers in shown for ranker in rankers} == set(COMPARED.split(","))

    [made] = re.findall(r"its password until the server ends is (\S+)", server.log())
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/owner")
    page.get_by_label("Password").fill(made)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".tb-tiles")).to_contain_text("4 of 20 suggestions")
    expect(page.locator(".tb-tiles + .tb-empty")).to_contain_text("One day so far")
    expect(page.get_by_role("region", name="Ranker against")).to_contain_text("fusion-without-lm")
    expect(page.get_by_role("region", name="Training")).to_contain_text("tastebot-films (in use)")
    page.screenshot(path=screenshots / "owner-real.png", full_page=True)
    assert "Marmaduke" not in page.content()
    page.close()


def test_who_deletes_themselves_is_signed_out_and_their_name_is_free(server: RealServer) -> None:
    form = {"username": "Leaving", "password": PASSWORD}
    browser = httpx.Client(base_url=server.url)
    assert browser.post("/signup", data=form).status_code == 200
    with closing(Client(server.url, auth=("Leaving", PASSWORD), verbose=False)) as client:
        assert client.predict("", api_name="/delete") == {"deleted": "Leaving"}

    assert browser.get("/config").status_code == 401
    assert browser.post("/login", data=form).status_code == 401
    assert browser.post("/signup", data=form).status_code == 200
