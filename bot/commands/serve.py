"""`tastebot serve`: the web chat on a port of this machine."""

from __future__ import annotations

import gc
import logging
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from types import FrameType
from typing import TYPE_CHECKING, get_args

import click

from bot import __version__
from bot.commands.listening import bind, taken
from bot.commands.terminal import progress_bar
from bot.core.logs import event_logger
from bot.core.settings import Settings, SignUp, load_settings
from bot.core.standard_streams import let_go

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.conversation.factory import Parts
    from bot.web.owner.access import OwnerSide
    from bot.web.requests.allowed_hosts import Hosts

logger = event_logger(__name__)

LAST_WORDS = 3
"""Seconds that open connections get to finish once the server is asked to end."""


@click.command("serve", epilog="Example: tastebot serve --port 8000")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=7860,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="The port to listen on.",
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="A name or address to answer to, beside localhost and --host; may be "
    "given more than once. Needed to reach a server on 0.0.0.0 from other machines, or through a "
    "proxy.",
)
@click.option("--catalogue", help="The catalogue to talk about.")
@click.option(
    "--auth",
    is_flag=True,
    help="Accounts: everybody signs in with a password and sees only what is theirs. Without it "
    "a name is enough.",
)
@click.option(
    "--sign-up",
    type=click.Choice(get_args(SignUp)),
    help="Who may make an account with --auth: everybody (open), people with a code from `tastebot "
    "user invite` (invited), nobody (closed). By default open while only this machine can reach "
    "the server, else invited.",
)
@click.option(
    "--admin",
    is_flag=True,
    help="Add the owner's page at /owner, with figures over all people. Its password is "
    "TASTEBOT_ADMIN_PASSWORD, or made and printed at the start.",
)
def command(
    host: str,
    port: int,
    allow_host: tuple[str, ...],
    catalogue: str | None,
    auth: bool,
    sign_up: SignUp | None,
    admin: bool,
) -> None:
    """Serve the web chat until Ctrl-C; GET /healthz answers 200 once it can answer a turn.

    The page, its API for gradio_client and its MCP tools are on the same port.
    """
    settings = load_settings(catalogue=catalogue, allow_host=allow_host or None, sign_up=sign_up)
    hosts = answered(host, settings.allow_host)
    address = f"http://{_shown(host)}:{port}"
    # Taken before anything heavy is loaded. Until it listens another server may bind it too;
    # whoever listens first has it, and the other is told.
    listening = bind(host, port)
    began = time.perf_counter()
    try:
        _prepare_process()
        importing = threading.Thread(target=_import_page, name="import-page")
        importing.start()
        logger.info("start", version=__version__, catalogue=settings.catalogue, auth=auth)
        from bot.conversation.factory import assembled
        from bot.installation.leftovers import clear_leftovers

        clear_leftovers(settings.home)
        with progress_bar() as step, assembled(settings, progress=step) as parts:
            signing_up = who_signs_up(settings.sign_up, listening, settings.allow_host)
            notices = [*parts.notices, *warnings_for(listening, auth, hosts)]
            if auth:
                notices += sign_up_notices(signing_up)
            for notice in notices:
                click.echo(notice, err=True)
            importing.join()
            owner = _owner_side(parts, settings, address) if admin else None
            failures: list[Exception] = []
            app = _application(
                parts, settings, hosts, owner, signing_up if auth else None, failures.append
            )
            _check_files(settings, app)
            try:
                listening.listen()
            except OSError as error:
                raise taken(f"{host}:{port}", error) from None
            _run(app, listening, failures, address, began)
    finally:
        gc.enable()
        listening.close()


def _prepare_process() -> None:
    """What has to be done before anything heavy is loaded."""
    from adapters.machine.heap import limit_heaps
    from adapters.machine.numpy_threads import keep_to_one_thread
    from bot.web.gradio_patches.patches import patch_gradio

    keep_to_one_thread()  # before NumPy is there
    limit_heaps()  # before the threads are there
    patch_gradio()  # before Gradio is there
    # All that is made until it can answer stays; looking for garbage in it takes a second.
    gc.disable()


def _application(
    parts: Parts,
    settings: Settings,
    hosts: Hosts,
    owner: OwnerSide | None,
    sign_up: SignUp | None,
    on_failure: Callable[[Exception], None],
) -> FastAPI:
    """The page over what was assembled; with accounts where `sign_up` says who may make one."""
    from bot.web.app import create_app
    from bot.web.pages.catalogue_library import Shelf
    from storage.account.accounts import Accounts
    from storage.catalogue.catalogues import Catalogues

    auth = sign_up is not None
    shelf = Shelf(Catalogues(parts.database), adult=settings.adult, takes_files=not auth)
    return create_app(
        parts.service,
        accounts=Accounts(parts.database) if auth else None,
        sign_up=sign_up or "closed",
        owner=owner,
        shelf=None if auth else shelf,  # strangers bring no files
        hosts=hosts,
        uploads=settings.home / "uploads",
        on_failure=on_failure,
    )


def _check_files(settings: Settings, app: FastAPI) -> None:
    """Check the installation's files beside the server, once it can answer."""
    from bot.installation.inspection import check_in_background

    threading.Thread(
        target=check_in_background,
        args=(settings.home, app.state.readiness.settled),
        name="check-files",
        daemon=True,
    ).start()


def who_signs_up(
    chosen: SignUp | None, listening: socket.socket, names: Sequence[str] = ()
) -> SignUp:
    """Who may make an account: as chosen, else strangers only where none can come.

    `names` are those that others use for the server, as through a proxy.
    """
    return chosen or ("open" if _is_loopback(listening) and not names else "invited")


def sign_up_notices(sign_up: SignUp) -> list[str]:
    """How people come in where they cannot by themselves."""
    ways = {
        "open": [],
        "invited": [
            "Notice: an account takes an invitation: `tastebot user invite` makes one. "
            "--sign-up open lets everybody make an account."
        ],
        "closed": ["Notice: accounts are made by `tastebot user password NAME` alone."],
    }
    return ways[sign_up]


def answered(host: str, allowed: tuple[str, ...]) -> Hosts:
    """The names that are answered: of `host` too, unless it stands for every address."""
    from bot.web.requests.allowed_hosts import Hosts

    try:
        everywhere = ip_address(host).is_unspecified
    except ValueError:
        everywhere = not host
    return Hosts.of(*allowed, *(() if everywhere else (host.partition("%")[0],)))


def warnings_for(listening: socket.socket, auth: bool, hosts: Hosts) -> list[str]:
    """What somebody should know who lets other machines in."""
    address = ip_address(str(listening.getsockname()[0]).partition("%")[0])
    if address.is_loopback:
        return []
    notices = []
    if address.is_unspecified and not hosts.names:
        notices.append(
            "Notice: other machines reach it, but it answers only under names that it is given; "
            f"add the name or address they use: --allow-host {socket.gethostname()}"
        )
    if auth:
        return [
            *notices,
            f"Notice: {address} can be reached from other machines, and passwords go over the "
            "network as they are typed; put a proxy with TLS before it.",
        ]
    return [
        *notices,
        f"Notice: {address} can be reached from other machines, and whoever reaches it can take "
        "any name and read what is stored under it; --auth gives people passwords.",
    ]


def _is_loopback(listening: socket.socket) -> bool:
    address = str(listening.getsockname()[0])
    return ip_address(address.partition("%")[0]).is_loopback


def _owner_side(parts: Parts, settings: Settings, address: str) -> OwnerSide:
    """The owner's page; a password made here is printed, once."""
    from bot.conversation.factory import adapter_folder
    from bot.evaluation.training_runs import training_curves, training_runs
    from bot.web.owner.access import OwnerSide
    from bot.web.owner.page import OwnerSources, build_owner_page
    from storage.account.passwords import SHORTEST_PASSWORD, is_easily_guessed
    from storage.sql.usage import UsageLog

    given = settings.admin_password
    password = given.get_secret_value() if given is not None else secrets.token_urlsafe(12)
    click.echo(
        f"The owner's page is at {address}/owner"
        + ("" if given is not None else f", its password until the server ends is {password}")
    )
    if given is not None and (len(password) < SHORTEST_PASSWORD or is_easily_guessed(password)):
        click.echo(
            "Notice: TASTEBOT_ADMIN_PASSWORD is easy to guess. Several words in a row are easy to "
            "remember and hard to guess; unset it, and one is made at each start.",
            err=True,
        )
    folder, _ = adapter_folder(settings)
    sources = OwnerSources(
        log=UsageLog(parts.database),
        catalogue=parts.service.catalogue,
        written=parts.written,
        runs=lambda: training_runs(folder, settings.home),
        curves=lambda: training_curves(folder, settings.home),
        compares=settings.ab is not None,
    )
    return OwnerSide(password, lambda: build_owner_page(sources))


def _import_page() -> None:
    import bot.web.app  # noqa: F401 - warms the import while the model loads


def _run(
    app: FastAPI,
    listening: socket.socket,
    failures: list[Exception],
    address: str,
    began: float,
) -> None:
    """Serve until a signal or a failed warm-up; a failure is raised here."""
    import uvicorn

    from bot.web.requests.connections import PatientProtocol
    from bot.web.turns.heartbeat import Heartbeat

    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,  # its lines come out as ours do
            log_level="warning",
            timeout_graceful_shutdown=LAST_WORDS,
            http=PatientProtocol,
            proxy_headers=False,  # `bot.web.requests.proxy_headers` does it
        )
    )

    def watch() -> None:
        app.state.readiness.settled.wait()
        gc.freeze()
        gc.enable()
        if failures:
            server.should_exit = True
        else:
            logger.info("ready", seconds=round(time.perf_counter() - began, 3))
            try:
                click.echo(f"Tastebot is at {address} (Ctrl-C ends it)")
                sys.stdout.flush()
            except OSError:  # whoever started it does not read; it is there all the same
                let_go(sys.stdout)

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    # Pages that are open are cut off at the end; uvicorn would show each with a traceback.
    logging.getLogger("uvicorn.error").addFilter(lambda record: not server.should_exit)
    # uvicorn ends gracefully first and then hands the signal on to this.
    signal.signal(signal.SIGTERM, end)
    # A shell that starts it in the background has Ctrl-C ignored; asked to end, it ends.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=watch, name="announce", daemon=True).start()
    heart = Heartbeat()
    heart.start()
    try:
        server.run(sockets=[listening])
    finally:
        heart.stop()
    if failures:
        raise failures[0]


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
