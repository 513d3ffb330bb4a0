"""With accounts: every way in, tried by nobody, by the wrong person and by the right one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
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
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from bot.core.settings import SignUp
from bot.web.app import create_app
from bot.web.auth import login_throttle as limits
from bot.web.auth.login_throttle import FREE, Limit
from storage.account.accounts import Accounts
from storage.person.people import People
from storage.sql.database import open_database
from tests import own_loop
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

    def delete(self, user: str) -> bool:
        super().delete(user)
        return self._stored.delete_person(user)


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


def behind_proxy(app: Any) -> Any:
    """Believes what a proxy on this machine says; uvicorn and Starlette type ASGI differently."""
    return ProxyHeadersMiddleware(app, "127.0.0.1,::1")


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


def test_nobody_gets_past_the_gate_by_any_address(opened: Opened) -> None:
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


def test_a_stranger_is_led_to_the_form_and_a_program_told(opened: Opened) -> None:
    stranger = opened()
    page = stranger.get("/", headers=PAGE)
    program = stranger.post("/gradio_api/queue/join", json={"data": [], "fn_index": 0})

    assert (page.status_code, page.headers["location"]) == (303, "/login")
    assert "Sign in" in stranger.get("/login").text
    assert program.status_code == 401
    assert "Sign in at /login" in program.json()["error"]
    assert stranger.get("/healthz").status_code in (200, 503)


def test_signing_up_signs_in_and_out_signs_out(opened: Opened) -> None:
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


def test_a_wrong_password_and_an_unknown_name_read_the_same(
    opened: Opened, ana: TestClient
) -> None:
    wrong = sign_in(opened(), "ana", "not hers at all")
    unknown = sign_in(opened(), "nobody", "not hers at all")
    seen = opened().post("/login", data={"username": "<b>x", "password": "y"}, headers=PAGE)

    assert wrong.status_code == unknown.status_code == seen.status_code == 401
    assert wrong.json() == unknown.json()
    assert "&lt;b&gt;x" in seen.text
    assert 'role="alert"' in seen.text


def test_guessing_is_told_to_wait_and_the_right_password_gets_in_at_once(
    opened: Opened, ana: TestClient
) -> None:
    guesses = [sign_in(opened(), "ana", "a guess of hers") for _ in range(FREE + 3)]

    assert [each.status_code for each in guesses] == [401] * FREE + [429] * 3
    assert [each.headers.get("retry-after") for each in guesses[FREE:]] == ["1", "2", "4"]
    assert "Too many tries, and this one was wrong again. Wait 4 s" in guesses[-1].json()["error"]
    page = opened().post("/login", data={"username": "ana", "password": "x"}, headers=PAGE)
    assert (page.status_code, page.headers["retry-after"]) == (429, "8")
    assert 'role="alert"' in page.text
    assert sign_in(opened(), *ANA).status_code == 200


def test_trying_many_names_is_guessing_too(opened: Opened) -> None:
    codes = [sign_in(opened(), f"name {n}", "a guess").status_code for n in range(FREE + 1)]
    assert codes == [401] * FREE + [429]


@pytest.fixture
def few_tries(monkeypatch: pytest.MonkeyPatch) -> int:
    """A network has three tries that are looked at, for one name."""
    usual = limits.of_stranger

    def few(request: Any, name: str) -> tuple[Limit, ...]:
        mine, everybodys = usual(request, name)
        return replace(mine, at_once=3), everybodys

    monkeypatch.setattr(limits, "of_stranger", few)
    return 3


def test_where_all_tries_are_used_up_only_strangers_in_that_name_wait(
    opened: Opened, ana: TestClient, ben: TestClient, few_tries: int
) -> None:
    for _ in range(few_tries):
        sign_in(opened(), "ana", "a guess of hers")
    unseen = sign_in(opened(), *ANA)

    assert unseen.status_code == 429
    assert "not looked at" in unseen.json()["error"]
    assert int(unseen.headers["retry-after"]) == 36
    assert sign_in(opened(), *BEN).status_code == 200, "another name"
    elsewhere = TestClient(opened().app, base_url=HERE, client=("203.0.113.7", 1))
    assert sign_in(elsewhere, *ANA).status_code == 200, "another network"
    ana.post("/logout")
    assert sign_in(ana, *ANA).status_code == 200, "a browser that she signed in with before"


def test_a_known_browser_guesses_no_longer_than_others(opened: Opened, ana: TestClient) -> None:
    ana.post("/logout")
    codes = [sign_in(ana, "ana", "a guess of hers").status_code for _ in range(FREE + 2)]
    as_ben = sign_in(ana, "ben", "a guess of his").status_code

    assert codes == [401] * FREE + [429] * 2
    assert as_ben == 401, "for another it is a stranger, who has not failed yet"


def test_a_known_browser_without_tries_is_a_browser_as_any_other(
    opened: Opened, ana: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = limits.of_device("token", "ana")[0]
    monkeypatch.setattr(limits, "of_device", lambda *_: (replace(device, at_once=2),))
    ana.post("/logout")
    for _ in range(4):
        assert sign_in(ana, "ana", "a guess of hers").status_code == 401

    assert sign_in(ana, *ANA).status_code == 200


def basic(browser: TestClient, name: str, password: str) -> Any:
    return browser.get("/config", auth=(name, password))


def test_a_programs_wrong_password_is_told_to_wait_and_its_right_one_never(
    opened: Opened, ana: TestClient, few_tries: int
) -> None:
    assert basic(opened(), *ANA).status_code == 200
    guesses = [basic(opened(), "ana", f"guess {number}") for number in range(few_tries + 1)]

    assert [each.status_code for each in guesses] == [401] * few_tries + [429]
    assert guesses[-1].headers["retry-after"] == "36"
    assert "not looked at" in guesses[-1].json()["error"]
    assert [basic(opened(), *ANA).status_code for _ in range(20)] == [200] * 20
    assert basic(opened(), " ana", ANA[1]).status_code == 200


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic YW5h", "Basic /w==", "Bearer x"])
def test_credentials_that_are_none_let_nobody_in(opened: Opened, header: str) -> None:
    assert opened().get("/config", headers={"authorization": header}).status_code == 401


def over_tls(opened: Opened) -> TestClient:
    return TestClient(opened().app, base_url="https://localhost", follow_redirects=False)


def test_over_tls_the_cookies_are_kept_to_this_host(opened: Opened) -> None:
    browser = over_tls(opened)
    given = sign_up(browser, *ANA).headers.get_list("set-cookie")

    assert sorted(each.partition("=")[0] for each in given) == [
        "__Host-tastebot",
        "__Host-tastebot-device",
    ]
    for each in given:
        assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in each.split(";")}
        assert "domain" not in each.lower()
    assert browser.get("/config").status_code == 200
    taken = browser.post("/logout", headers=PAGE).headers["set-cookie"]
    assert taken.startswith('__Host-tastebot="";')
    assert "Secure" in taken
    assert browser.get("/config").status_code == 401


def test_a_cookie_of_the_other_name_counts_for_nothing(opened: Opened, ana: TestClient) -> None:
    token = ana.cookies["tastebot"]
    planted, plain = over_tls(opened), opened()
    planted.cookies.set("tastebot", token)
    plain.cookies.set("__Host-tastebot", token)

    assert planted.get("/config").status_code == 401
    assert plain.get("/config").status_code == 401
    planted.cookies.set("__Host-tastebot", token)
    assert planted.get("/config").status_code == 200


@pytest.mark.parametrize(("proxy", "name"), [("127.0.0.1", "__Host-tastebot"), ("203.0.113.7", "")])
def test_tls_at_a_proxy_is_believed_to_the_proxy_alone(
    opened: Opened, proxy: str, name: str
) -> None:
    told = {"x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.1", **PAGE}
    browser = TestClient(
        behind_proxy(opened().app),
        base_url=HERE,
        client=(proxy, 1),
        follow_redirects=False,
    )
    form = {"username": "ana", "password": ANA[1], "again": ANA[1]}
    given = browser.post("/signup", data=form, headers=told).headers.get_list("set-cookie")

    assert given[-1].startswith(f"{name or 'tastebot'}=")


@pytest.mark.parametrize(("proxy", "told"), [("127.0.0.1", 401), ("203.0.113.7", 429)])
def test_only_a_proxy_says_where_a_request_comes_from(
    opened: Opened, proxy: str, told: int
) -> None:
    browser = TestClient(behind_proxy(opened().app), base_url=HERE, client=(proxy, 1))
    for number in range(FREE + 1):
        origin = {"x-forwarded-for": f"198.51.100.{number}"}
        form = {"username": "ana", "password": "a guess of hers"}
        answer = browser.post("/login", data=form, headers=origin)

    assert answer.status_code == told


def invited_only(folder: Path, sign_up: SignUp) -> tuple[TestClient, Accounts]:
    accounts = accounts_in(folder)
    app = create_app(FakeService(), accounts=accounts, sign_up=sign_up)
    return TestClient(app, base_url=HERE, follow_redirects=False), accounts


def test_an_invitation_makes_one_account(tmp_path: Path) -> None:
    browser, accounts = invited_only(tmp_path, "invited")
    code, _ = accounts.invitations.make(timedelta(days=1))
    page = browser.get(f"/signup?invitation={code}").text
    form = {"username": "ana", "password": ANA[1], "again": ANA[1]}

    assert f'value="{code}"' in page
    assert "Invited?" in browser.get("/login").text
    without = browser.post("/signup", data=form, headers=PAGE)
    assert (without.status_code, "found none" in without.text) == (403, True)
    wrong = browser.post("/signup", data={**form, "invitation": "<AAAA>"})
    assert (wrong.status_code, "used or expired" in wrong.json()["error"]) == (403, True)
    weak = {**form, "password": "password1", "again": "password1", "invitation": code}
    refused = browser.post("/signup", data=weak, headers=PAGE)
    assert (refused.status_code, "hard to guess" in refused.text) == (400, True)
    assert f'value="{code}"' in refused.text, "what was typed is still there"
    assert not accounts.has_password("ana")
    done = browser.post("/signup", data={**form, "invitation": code.lower()}, headers=PAGE)
    assert done.status_code == 303
    again = browser.post("/signup", data={**form, "username": "ben", "invitation": code})
    assert again.status_code == 403
    assert not accounts.has_password("ben")


def test_where_sign_up_is_closed_no_page_leads_there_and_none_makes_an_account(
    tmp_path: Path,
) -> None:
    browser, accounts = invited_only(tmp_path, "closed")
    code, _ = accounts.invitations.make(timedelta(days=1))
    form = {"username": "ana", "password": ANA[1], "again": ANA[1], "invitation": code}

    assert "signup" not in browser.get("/login").text
    page = browser.get("/signup").text
    assert "No new accounts are made here" in page
    assert "<form" not in page
    for headers in (PAGE, {}):
        refused = browser.post("/signup", data=form, headers=headers)
        assert (refused.status_code, "No new accounts" in refused.text) == (403, True)
    assert not accounts.has_password("ana")


def test_a_flood_of_sign_ups_is_stopped_but_not_whoever_is_invited(tmp_path: Path) -> None:
    browser, accounts = invited_only(tmp_path, "invited")
    form = {"username": "ana", "password": ANA[1], "invitation": "AAAA-AAAA-AAAA-AAAA"}
    codes = [browser.post("/signup", data=form).status_code for _ in range(105)]

    assert set(codes[:100]) == {403}
    assert set(codes[101:]) == {429}
    code, _ = accounts.invitations.make(timedelta(days=1))
    assert browser.post("/signup", data={**form, "invitation": code}).status_code == 200


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("ana", "another password", "taken"),
        ("new", "short", "8 to 200"),
        ("new", "password123", "hard to guess"),
        ("zorblax quimpf", "zorblaxquimpf", "hard to guess"),
        ("  ", "long enough for it", "a name"),
        ("ana\u202e", "long enough for it", "control characters"),
    ],
)
def test_a_sign_up_that_cannot_be_says_why(
    opened: Opened, ana: TestClient, name: str, password: str, sentence: str
) -> None:
    refused = sign_up(opened(), name, password)

    assert refused.status_code == 400
    assert sentence in refused.text
    assert "set-cookie" not in refused.headers


def test_two_different_passwords_are_no_password(opened: Opened) -> None:
    form = {"username": "eve", "password": "one of the two", "again": "other of the two"}
    assert opened().post("/signup", data=form, headers=PAGE).status_code == 400


def test_a_changed_password_signs_out_everywhere_else(opened: Opened, ana: TestClient) -> None:
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
) -> None:
    body = {"data": ["ana"], "session_hash": "anas-session"}
    assert ana.post("/gradio_api/call/profile", json=body).status_code == 200
    people.delete_person("ana")
    with ana.stream("GET", "/gradio_api/queue/data?session_hash=anas-session") as answer:
        assert answer.status_code == 200

    assert ana.get("/gradio_api/queue/data?session_hash=other").status_code == 401
    assert ana.get("/config").status_code == 401
    assert ana.post("/gradio_api/queue/join", json=body).status_code == 401
    assert ben.get("/gradio_api/queue/data?session_hash=anas-session").status_code == 403


def test_who_signed_out_fetches_nothing_any_more(ana: TestClient) -> None:
    body = {"data": ["ana"], "session_hash": "anas-session"}
    ana.post("/gradio_api/call/profile", json=body)
    kept = dict(ana.cookies)
    ana.post("/logout")
    ana.cookies.update(kept)

    assert ana.get("/gradio_api/queue/data?session_hash=anas-session").status_code == 401


def test_what_another_site_makes_a_browser_send_is_refused(ana: TestClient) -> None:
    foreign = {"sec-fetch-site": "cross-site"}
    assert ana.post("/logout", headers=foreign).status_code == 403
    assert ana.get("/config").status_code == 200


@pytest.mark.parametrize(
    ("address", "body"),
    [("/gradio_api/call/profile", {"data": [""]}), ("/gradio_api/call/v2/profile", {"user": ""})],
)
def test_an_endpoint_belongs_to_nobody(
    ana: TestClient, ben: TestClient, address: str, body: dict[str, object]
) -> None:
    for browser in (ana, ben, ana):
        assert browser.post(address, json=body).status_code == 200


def test_a_session_and_an_event_belong_to_who_made_them(ana: TestClient, ben: TestClient) -> None:
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
) -> None:
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


def test_a_program_signs_in_and_speaks_as_itself(site: Site, program: Client) -> None:
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
) -> None:
    finished(site.service.respond("ben", "Alien is the best"))
    before = site.service.export("ben")

    with pytest.raises(AppError, match="who is signed in, 'ana'"):
        program.predict(*arguments, api_name=endpoint)
    assert site.service.export("ben") == before


def test_a_program_that_deletes_its_person_is_told_so_and_then_locked_out(site: Site) -> None:
    site.service.feedback("leaving", "heat", "like")
    with closing(Client(site.url, auth=LEAVING, verbose=False)) as client:
        assert client.predict("", api_name="/delete") == {"deleted": "leaving"}
        with pytest.raises(Exception, match="401"):
            client.predict("", api_name="/profile")

    with pytest.raises(AuthenticationError):
        Client(site.url, auth=LEAVING, verbose=False)


def test_no_endpoint_goes_on_with_anothers_conversation(site: Site, program: Client) -> None:
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

    return own_loop.run(call())


def test_an_mcp_tool_speaks_for_whoever_calls_it(site: Site) -> None:
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


def test_a_program_without_or_with_a_wrong_password_is_not_let_in(site: Site) -> None:
    with pytest.raises(AuthenticationError):
        Client(site.url, verbose=False)
    with pytest.raises(AuthenticationError):
        Client(site.url, auth=("ana", "a wrong password"), verbose=False)
