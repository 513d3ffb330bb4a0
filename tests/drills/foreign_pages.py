"""`python -m tests.drills.foreign_pages`: pages of others against the server, in a real browser.

Somebody who uses Tastebot also opens a page of an intruder: under a name that resolves to this
machine (DNS rebinding), under another name, under the same name at another port, and without an
origin. Each tries everything that `foreign_pages.js` knows, with accounts and without, at the
loopback names and at a name on the network over plain HTTP. Nothing may be read, nothing changed,
nobody signed in or out; and the page itself has to work under every name that is allowed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from playwright.sync_api import Browser, BrowserContext, Error, Frame, Page, expect, sync_playwright

from bot.web.app import create_app
from bot.web.pages.catalogue_library import Shelf
from bot.web.requests.allowed_hosts import Hosts
from bot.web.requests.origin_check import OwnOrigin
from bot.web.requests.security_headers import SafeHeaders
from storage.account.accounts import Accounts
from storage.catalogue.catalogues import Catalogues
from storage.sql.database import open_database
from tests.fakes import FakeService, finished
from tests.web.chromium import FLAGS, chromium
from tests.web.conftest import Site, serve

LAN = "box.test"
NAMES = (LAN, "evil.test")
RULES = "--host-resolver-rules=" + ",".join(f"MAP {name} 127.0.0.1" for name in NAMES)
SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
ANA, INTRUDER = ("ana", "correct horse battery"), ("intruder", "purple monkey dishwasher")


@dataclass
class Report:
    """What was tried, and everything that went wrong."""

    tries: int = 0
    visits: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    """A running server with what it knows of Ana, who is to lose and give away nothing."""

    site: Site
    accounts: Accounts | None
    catalogues: Catalogues

    @property
    def port(self) -> int:
        return int(self.site.url.rpartition(":")[2])

    def known(self) -> str:
        """All that is stored, to compare."""
        service = self.site.service
        people = {name: service.export(name) for name in service.people()}
        return json.dumps(people, default=str, sort_keys=True)


@contextmanager
def target(*, accounts: bool, defended: bool = True) -> Iterator[Target]:
    """A server that Ana has talked to; without its defence to see that the drill notices."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(None, Path(folder))
        service = FakeService()
        finished(service.respond("ana", "A crime film like Heat"))
        service.feedback("ana", "heat", "like")
        doors = None
        if accounts:
            quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
            doors = Accounts(database, hasher=quick)
            for name, password in (ANA, INTRUDER):
                doors.sign_up(name, password)
        catalogues = Catalogues(database)
        site, thread = serve(
            service,
            build=create_app if defended else undefended,
            accounts=doors,
            shelf=Shelf(catalogues),
            hosts=Hosts.of(LAN),
            uploads=Path(folder) / "uploads",
        )
        try:
            yield Target(site, doors, catalogues)
        finally:
            site.server.should_exit = True
            thread.join(20)
            database.close()


def undefended(*arguments: Any, **more: Any) -> Any:
    """The application as it would be without what this drill is about."""
    app = create_app(*arguments, **more)
    left_out: tuple[Any, ...] = (OwnOrigin, SafeHeaders)
    app.user_middleware = [each for each in app.user_middleware if each.cls not in left_out]
    return app


@contextmanager
def intruders_page() -> Iterator[int]:
    """An empty page of somebody else on a port of its own, under every name."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title><body>")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def sign_in(page: Page, url: str) -> None:
    """Sign Ana in by the form."""
    page.goto(f"{url}/login")
    page.get_by_label("Name").fill(ANA[0])
    page.get_by_label("Password").fill(ANA[1])
    page.keyboard.press("Enter")
    expect(page.locator("#tb-message textarea")).to_be_enabled()


def attack(context: BrowserContext, against: str, origin: str, report: Report, what: str) -> None:
    """Open the intruder's page at `origin` and let it try everything against `against`."""
    page = context.new_page()
    try:
        page.goto(f"{origin}/")
        tried = _tried(page, against)
        if any(_shown(frame) for frame in page.frames[1:]):
            report.wrong.append(f"{what}: the page was shown in a frame")
    finally:
        page.close()
    report.visits += 1
    report.tries += tried["tries"]
    report.wrong += [f"{what}: {name} got {got!r}" for name, got in tried["found"].items()]


def _shown(frame: Frame) -> bool:
    try:
        return "gradio" in frame.content()
    except Error:  # it is gone
        return False


def rebind(context: BrowserContext, port: int, report: Report, what: str) -> None:
    """The intruder's page under its own name, which now resolves to the server."""
    against = f"http://evil.test:{port}"
    page = context.new_page()
    try:
        page.route(
            f"{against}/their-page",
            lambda route: route.fulfill(
                content_type="text/html", body="<!doctype html><title>rebound</title><body>"
            ),
        )
        page.goto(f"{against}/their-page")
        tried = _tried(page, against)
    finally:
        page.close()
    report.visits += 1
    report.tries += tried["tries"]
    report.wrong += [f"{what}: {name} got {got!r}" for name, got in tried["found"].items()]


def sandboxed(context: BrowserContext, against: str, port: int, report: Report, what: str) -> None:
    """The same from a sandboxed frame, whose origin is ``null``."""
    page = context.new_page()
    try:
        page.goto(f"http://evil.test:{port}/")
        page.evaluate(
            """() => {
              const frame = document.createElement('iframe');
              frame.sandbox = 'allow-scripts allow-forms';
              frame.srcdoc = '<!doctype html><body>';
              document.body.append(frame);
              return new Promise((done) => { frame.onload = done; });
            }"""
        )
        tried = _tried(page.frames[1], against)
    finally:
        page.close()
    report.visits += 1
    report.tries += tried["tries"]
    report.wrong += [f"{what}: {name} got {got!r}" for name, got in tried["found"].items()]


def _tried(page: Any, against: str) -> dict[str, Any]:
    intruder = {"username": INTRUDER[0], "password": INTRUDER[1]}
    tried: dict[str, Any] = page.evaluate(SCRIPT, {"target": against, "intruder": intruder})
    return tried


def check(server: Target, context: BrowserContext, url: str, before: str) -> Iterator[str]:
    """What is not as it was: what is stored, who has an account, who is signed in."""
    if server.known() != before:
        yield "what is stored of people changed"
    if server.catalogues.list():
        yield "a catalogue was added"
    tokens = [c["value"] for c in context.cookies(url) if c["name"].endswith("tastebot")]
    if server.accounts is None:
        return
    people = {server.accounts.person_of(token) for token in tokens}
    if people != {"ana"}:
        yield f"signed in is {people or 'nobody'}, not ana"


def works(context: BrowserContext, url: str, *, accounts: bool) -> Iterator[str]:
    """What fails when the page is used as it is meant, at `url`."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type == "error" or "Content Security Policy" in said.text
            else None
        ),
    )
    try:
        if accounts:
            sign_in(page, url)
        else:
            page.goto(url)
        box = page.locator("#tb-message textarea")
        expect(box).to_be_enabled()
        for _ in range(3):  # where the machine is busy, what is typed at once may be lost
            box.fill("crime")
            box.press("Enter")
            with suppress(AssertionError):
                expect(page.locator(".user-row").first).to_be_visible(timeout=8_000)
                break
        expect(page.locator(".tb-card").first).to_be_visible()
        for tab in ("Taste", "Catalogue"):
            page.get_by_role("tab", name=tab).click()
            expect(page.locator(f"#tb-{tab.lower()}")).to_be_visible()
    except (AssertionError, Error) as error:
        yield f"the page does not work at {url}: {str(error).splitlines()[0]}"
    finally:
        page.close()
    yield from (f"the page at {url} complains: {words[:200]}" for words in complaints)


def run(browser: Browser, *, accounts: bool, whole: bool, defended: bool = True) -> Report:
    """One server, attacked from every side; `whole` at every name that it has."""
    report = Report()
    with target(accounts=accounts, defended=defended) as server, intruders_page() as port:
        names = (LAN, "localhost", "127.0.0.1") if whole else (LAN,)
        for name in names:
            url = f"http://{name}:{server.port}"
            kind = f"{'with' if accounts else 'without'} accounts, {name}"
            with _visiting(browser) as context:
                report.wrong += works(context, url, accounts=accounts)
                before = server.known()
                for origin in ("evil.test", name, "localhost" if name != "localhost" else LAN):
                    what = f"{kind}, from {origin} at another port"
                    attack(context, url, f"http://{origin}:{port}", report, what)
                sandboxed(context, url, port, report, f"{kind}, from a sandbox")
                rebind(context, server.port, report, f"{kind}, rebound")
                report.wrong += [f"{kind}: {each}" for each in check(server, context, url, before)]
            with _visiting(browser) as context:  # who is not signed in stays so
                attack(context, url, f"http://{name}:{port}", report, f"{kind}, signed out")
                if context.cookies(url):
                    report.wrong.append(f"{kind}: a stranger was signed in")
    return report


@contextmanager
def _visiting(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(30_000)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def opened() -> Iterator[Browser]:
    """A browser to which the names of the drill are this machine's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, RULES])
        try:
            yield browser
        finally:
            browser.close()


def main() -> None:
    """Run it from the command line; exit code 1 when anything was read, changed or broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="one name of the server alone")
    parser.add_argument(
        "--undefended", action="store_true", help="take the defence away, to see it notice"
    )
    options = parser.parse_args()
    wrong: list[str] = []
    with opened() as browser:
        for accounts in (False, True):
            report = run(
                browser,
                accounts=accounts,
                whole=not options.short,
                defended=not options.undefended,
            )
            kind = "with" if accounts else "without"
            print(f"{kind} accounts: {report.visits} visits, {report.tries:,} tries")
            wrong += report.wrong
    for each in wrong:
        print(f"  {each}")
    print(f"foreign pages: {'FAILED, ' + str(len(wrong)) + ' got through' if wrong else 'passed'}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
