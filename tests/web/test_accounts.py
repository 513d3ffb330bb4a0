"""With accounts: every way in, tried by nobody, by the wrong person and by the right one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from gradio_client import Client
from gradio_client.exceptions import AppError, AuthenticationError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from starlette.routing import Mount, Route

from bot.web.app import create_app
from bot.web.attempts import FREE
from storage.accounts import Accounts
from storage.database import open_database
from storage.people import People
from tests.fakes import FakeService, finished
from tests.web.conftest import HERE, Site, serve

ANA, BEN = ("ana", "correct horse battery"), ("ben", "purple monkey dishwasher")
LEAVING = ("leaving", "so long and thanks")
PAGE = {"accept": "text/html"}
# What anybody may see: the way in, and what is the same for everybody.
OPEN = {"/healthz", "/login", "/signup", "/theme.css", "/favicon.ico"}
OPEN_FOLDERS = ("/assets/", "/static/")


def accounts_in(folder: Path) -> Accounts:
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    return Accounts(open_database(None, folder), hasher=quick)


class Forgetting(FakeService):
    """Deletes a person's account with the rest of what is theirs, as the real service does."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._stored = People(open_database(None, folder))

    def delete(self, user: str) -> None:
        super().delete(user)
        self._stored.delete_person(user)


Opened = Callable[[], TestClient]


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(open_database(None, tmp_path))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Makes browsers without cookies, all at one server; `service` hangs on each."""
    app = create_app(FakeService(), accounts=accounts_in(tmp_path))
    with TestClient(app):
        yield lambda: TestClient(app, base_url=HERE, follow_redirects=False)


def sign_up(browser: TestClient, name: str, password: str) -> Any:
    form = {"username": name, "password": password, "again": password}
    return browser.post("/signup", data=form, headers=PAGE)


def sign_in(browser: TestClient, name: str, password: str) -> Any:
    return browser.post("/login", data={"username": name, "password": password})


@pytest.fixture
def ana(opened: Opened) -> TestClient:
    browser = opened()
    assert sign_up(browser, *ANA).status_code == 303
    return browser


@pytest.fixture
def ben(opened: Opened) -> TestClient:
    browser = opened()
    assert sign_up(browser, *BEN).status_code == 303
    return browser


def addresses(app: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Every (method, path) that the application and what is mounted in it answer."""
    for route in getattr(app, "routes", ()):
        if isinstance(route, Mount):
            yield from addresses(route.app, before + route.path.rstrip("/"))
            if not hasattr(route.app, "routes"):
                yield from (("GET", before + route.path), ("POST", before + route.path))
        elif hasattr(route, "original_router"):  # as newer versions of FastAPI keep a router
            yield from addresses(route.original_router, before)
        elif isinstance(route, APIRoute | Route):
            path = before + route.path
            for convertor in ("{path:path}", "{path_or_url:path}", "{url_path:path}"):
                path = path.replace(convertor, "x")
            for method in route.methods or {"GET"}:
                yield method, path.replace("{", "").replace("}", "")


def test_nobody_gets_past_the_gate_by_any_address(opened: Opened):
    stranger = opened()
    ways = {
        (method, path)
        for method, path in addresses(stranger.app)
        if path not in OPEN and not path.startswith(OPEN_FOLDERS)
    }
    through = {
        (method, path): answer.status_code
        for method, path in sorted(ways)
        if (answer := stranger.request(method, path)).status_code != 401
    }

    assert len(ways) > 60, "Gradio's own addresses are among them"
    assert {path for _, path in ways} >= {"/", "/gradio_api/queue/join", "/gradio_api/upload"}
    assert any(path.startswith("/gradio_api/mcp") for _, path in ways)
    assert through == {}


def test_a_stranger_is_led_to_the_form_and_a_program_told(opened: Opened):
    stranger = opened()
    page = stranger.get("/", headers=PAGE)
    program = stranger.post("/gradio_api/queue/join", json={"data": [], "fn_index": 0})

    assert (page.status_code, page.headers["location"]) == (303, "/login")
    assert "Sign in" in stranger.get("/login").text
    assert program.status_code == 401
    assert "Sign in at /login" in program.json()["error"]
    assert stranger.get("/healthz").status_code in (200, 503)


def test_signing_up_signs_in_and_out_signs_out(opened: Opened):
    browser = opened()
    cookie = sign_up(browser, *ANA).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert browser.get("/", headers=PAGE).status_code == 200
    kept = dict(browser.cookies)

    assert browser.post("/logout", headers=PAGE).headers["location"] == "login"

    assert browser.get("/config").status_code == 401
    again = opened()
    again.cookies.update(kept)
    assert again.get("/config").status_code == 401, "the old cookie opens nothing"
    assert sign_in(again, *ANA).status_code == 200
    assert again.get("/config").status_code == 200


def test_a_wrong_password_and_an_unknown_name_read_the_same(opened: Opened, ana: TestClient):
    wrong = sign_in(opened(), "ana", "not hers at all")
    unknown = sign_in(opened(), "nobody", "not hers at all")
    seen = opened().post("/login", data={"username": "<b>x", "password": "y"}, headers=PAGE)

    assert wrong.status_code == unknown.status_code == seen.status_code == 401
    assert wrong.json() == unknown.json()
    assert "&lt;b&gt;x" in seen.text
    assert 'role="alert"' in seen.text


def test_trying_passwords_gets_slow_and_then_the_right_one_does_not_help_either(
    opened: Opened, ana: TestClient
):
    for _ in range(FREE):
        assert sign_in(opened(), "ana", "a guess of hers").status_code == 401
    slowed = sign_in(opened(), *ANA)

    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) >= 1
    assert "Too many tries" in slowed.json()["error"]


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("ana", "another password", "taken"),
        ("new", "short", "8 to 200"),
        ("  ", "long enough for it", "a name"),
        ("ana\u202e", "long enough for it", "control characters"),
    ],
)
def test_a_sign_up_that_cannot_be_says_why(
    opened: Opened, ana: TestClient, name: str, password: str, sentence: str
):
    refused = sign_up(opened(), name, password)

    assert refused.status_code == 400
    assert sentence in refused.text
    assert "set-cookie" not in refused.headers


def test_two_different_passwords_are_no_password(opened: Opened):
    form = {"username": "eve", "password": "one of the two", "again": "other of the two"}
    assert opened().post("/signup", data=form, headers=PAGE).status_code == 400


def test_a_changed_password_signs_out_everywhere_else(opened: Opened, ana: TestClient):
    elsewhere = opened()
    sign_in(elsewhere, *ANA)
    new = "a much better one"

    wrong = ana.post("/account", data={"password": "not this", "new": new, "again": new})
    assert wrong.status_code == 401
    assert elsewhere.get("/config").status_code == 200
    done = ana.post("/account", data={"password": ANA[1], "new": new, "again": new}, headers=PAGE)

    assert "Your password is changed" in done.text
    assert ana.get("/config").status_code == 200
    assert elsewhere.get("/config").status_code == 401
    assert sign_in(opened(), *ANA).status_code == 401
    assert sign_in(opened(), "ana", new).status_code == 200


def test_who_is_deleted_may_fetch_their_last_answer_and_nothing_else(
    people: People, ana: TestClient, ben: TestClient
):
    body = {"data": ["ana"], "session_hash": "anas-session"}
    assert ana.post("/gradio_api/call/profile", json=body).status_code == 200
    people.delete_person("ana")
    with ana.stream("GET", "/gradio_api/queue/data?session_hash=anas-session") as answer:
        assert answer.status_code == 200

    assert ana.get("/gradio_api/queue/data?session_hash=other").status_code == 401
    assert ana.get("/config").status_code == 401
    assert ana.post("/gradio_api/queue/join", json=body).status_code == 401
    assert ben.get("/gradio_api/queue/data?session_hash=anas-session").status_code == 403


def test_who_signed_out_fetches_nothing_any_more(ana: TestClient):
    body = {"data": ["ana"], "session_hash": "anas-session"}
    ana.post("/gradio_api/call/profile", json=body)
    kept = dict(ana.cookies)
    ana.post("/logout")
    ana.cookies.update(kept)

    assert ana.get("/gradio_api/queue/data?session_hash=anas-session").status_code == 401


def test_what_another_site_makes_a_browser_send_is_refused(ana: TestClient):
    foreign = {"sec-fetch-site": "cross-site"}
    assert ana.post("/logout", headers=foreign).status_code == 403
    assert ana.get("/config").status_code == 200


@pytest.mark.parametrize(
    ("address", "body"),
    [("/gradio_api/call/profile", {"data": [""]}), ("/gradio_api/call/v2/profile", {"user": ""})],
)
def test_an_endpoint_belongs_to_nobody(
    ana: TestClient, ben: TestClient, address: str, body: dict[str, object]
):
    for browser in (ana, ben, ana):
        assert browser.post(address, json=body).status_code == 200


def test_a_session_and_an_event_belong_to_who_made_them(ana: TestClient, ben: TestClient):
    joined = ana.post(
        "/gradio_api/call/profile", json={"data": ["ana"], "session_hash": "anas-session"}
    )
    event = joined.json()["event_id"]

    refused = [
        ben.get("/gradio_api/queue/data?session_hash=anas-session"),
        ben.get("/gradio_api/heartbeat/anas-session"),
        ben.get(f"/gradio_api/call/profile/{event}"),
        ben.post("/gradio_api/cancel", json={"session_hash": "anas-session", "event_id": event,
                                             "fn_index": 0}),
        ben.post("/gradio_api/queue/join",
                 json={"data": [], "fn_index": 0, "session_hash": "anas-session"}),
        ben.get("/?deep_link=anything"),
    ]  # fmt: skip

    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert all("another person's" in each.json()["error"] for each in refused[:-1])
    for odd in ("a\x00b", "", "é" * 5000):
        named = {"session_hash": "bens", "event_id": "none", "fn_index": 0, "path": odd}
        assert ben.post("/gradio_api/cancel", json=named).status_code == 200


def test_with_accounts_no_file_is_taken_none_is_given_and_none_named(
    ana: TestClient, tmp_path: Path
):
    file = tmp_path / "mine.csv"
    file.write_text("id,title", encoding="utf-8")
    named = {"path": str(file), "meta": {"_type": "gradio.FileData"}}
    body = {"data": [named], "fn_index": 0, "session_hash": "anas-session"}
    refused = {
        "upload": ana.post("/gradio_api/upload", files={"files": ("mine.csv", b"id,title")}),
        "progress": ana.get("/gradio_api/upload_progress?upload_id=one"),
        "file": ana.get(f"/gradio_api/file={file}"),
        "old": ana.get(f"/gradio_api/file/{file}"),
        "escaped": ana.get(f"/gradio_api/file={str(file).replace('/', '%2F')}"),
        "named": ana.post("/gradio_api/queue/join", json=body),
    }

    assert {name: answer.status_code for name, answer in refused.items()} == {
        **dict.fromkeys(("upload", "progress", "file", "old", "escaped"), 404),
        "named": 403,
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("accounts")
    accounts = accounts_in(folder)
    for name, password in (ANA, BEN, LEAVING):
        accounts.sign_up(name, password)
    running, thread = serve(Forgetting(folder), accounts=accounts)
    yield running
    running.server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def program(site: Site) -> Iterator[Client]:
    connected = Client(site.url, auth=ANA, verbose=False)
    yield connected
    connected.close()


def test_a_program_signs_in_and_speaks_as_itself(site: Site, program: Client):
    turn = program.predict("", "A crime film like Heat", "", api_name="/chat")
    program.predict("ana", "heat", "like", api_name="/feedback")

    assert turn["recommendations"]
    assert program.predict("", api_name="/profile")["user"] == "ana"
    assert program.predict("", api_name="/export")["user"] == "ana"
    assert site.service.people() == ["ana"]


@pytest.mark.parametrize(
    ("endpoint", "arguments"),
    [
        ("/chat", ("ben", "crime", "")),
        ("/feedback", ("ben", "heat", "like")),
        ("/profile", ("ben",)),
        ("/export", ("ben",)),
        ("/delete", ("ben",)),
    ],
)
def test_no_endpoint_speaks_for_another(
    site: Site, program: Client, endpoint: str, arguments: tuple[str, ...]
):
    finished(site.service.respond("ben", "Alien is the best"))
    before = site.service.export("ben")

    with pytest.raises(AppError, match="who is signed in, 'ana'"):
        program.predict(*arguments, api_name=endpoint)
    assert site.service.export("ben") == before


def test_a_program_that_deletes_its_person_is_told_so_and_then_locked_out(site: Site):
    site.service.feedback("leaving", "heat", "like")
    with closing(Client(site.url, auth=LEAVING, verbose=False)) as client:
        assert client.predict("", api_name="/delete") == {"deleted": "leaving"}
        with pytest.raises(Exception, match="401"):
            client.predict("", api_name="/profile")

    with pytest.raises(AuthenticationError):
        Client(site.url, auth=LEAVING, verbose=False)


def test_no_endpoint_goes_on_with_anothers_conversation(site: Site, program: Client):
    bens = finished(site.service.respond("ben", "crime")).conversation
    with pytest.raises(AppError, match="not one of"):
        program.predict("", "crime", bens, api_name="/chat")


def used_by_mcp(site: Site, tool: str, auth: tuple[str, str] | None, **arguments: str) -> Any:
    """What an MCP client gets that calls a tool; with `auth` it sends HTTP Basic."""

    async def call() -> Any:
        async with (
            httpx.AsyncClient(auth=auth) as client,
            streamable_http_client(f"{site.url}/gradio_api/mcp/", http_client=client) as (
                read,
                write,
                _,
            ),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            [name] = [t.name for t in (await session.list_tools()).tools if tool in t.name]
            return await session.call_tool(name, arguments)

    return asyncio.run(call())


def test_an_mcp_tool_speaks_for_whoever_calls_it(site: Site):
    site.service.feedback("ana", "heat", "like")
    finished(site.service.respond("ben", "Alien is the best"))

    mine = used_by_mcp(site, "profile", ANA, user="")
    another = used_by_mcp(site, "profile", ANA, user="ben")

    assert not mine.isError
    assert "'user': 'ana'" in mine.content[0].text
    assert another.isError
    assert "who is signed in, 'ana'" in another.content[0].text
    with pytest.raises(BaseExceptionGroup) as nobody:
        used_by_mcp(site, "profile", None, user="ana")
    assert nobody.group_contains(httpx.HTTPStatusError)


def test_a_program_without_or_with_a_wrong_password_is_not_let_in(site: Site):
    with pytest.raises(AuthenticationError):
        Client(site.url, verbose=False)
    with pytest.raises(AuthenticationError):
        Client(site.url, auth=("ana", "a wrong password"), verbose=False)
