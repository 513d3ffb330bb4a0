"""Files on their way into Gradio's application: taken where there is a place for them, else not.

Gradio names files by their path on the server, in what it answers and in what it takes. Here the
paths stay inside: an upload is answered with a token, and a request may name nothing else, neither
another path nor an address on the network for the server to fetch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.auth.login_throttle import network
from bot.web.requests.refusals import refusal
from bot.web.requests.request_bodies import read_body
from bot.web.requests.served_routes import API, READ, own_path
from bot.web.requests.uploads import UploadError, Uploads
from bot.web.view.texts import text

UPLOAD = f"{API}/upload"
PROGRESS = f"{API}/upload_progress"
AROUND = 10_000
"""Bytes of a form beside the file in it."""
DONE = 'data: {"msg": "done"}\n\n'


class _TooMuch(Exception):
    """More came than was announced, or than may."""


@dataclass
class Files:
    """ASGI middleware; with `uploads` None no file is taken and none may be named."""

    app: ASGIApp
    uploads: Uploads | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a file, or see to it that a request names only what was taken."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = own_path(scope)
        wrong_way = path == UPLOAD and scope["method"] != "POST"
        if wrong_way or (path in (UPLOAD, PROGRESS) and self.uploads is None):
            await refusal(scope, 404, text("no_uploads"))(scope, receive, send)
        elif self.uploads is not None and path == UPLOAD:
            await self._take(self.uploads, scope, receive, send)
        elif path == PROGRESS:  # the page waits for it, and a file is there at once or not at all
            await Response(DONE, media_type="text/event-stream")(scope, receive, send)
        elif scope["method"] in READ:
            await self.app(scope, receive, send)
        else:
            await self._named(scope, receive, send)

    async def _take(self, uploads: Uploads, scope: Scope, receive: Receive, send: Send) -> None:
        announced = Headers(scope=scope).get("content-length", "")
        size = max(0, int(announced) - AROUND) if announced.isdecimal() else None
        party = network(HTTPConnection(scope))
        answer: Response
        try:
            with uploads.room_for(size, party):
                counted = _counted(receive, uploads.largest + AROUND)
                async with Request(scope, counted).form(max_files=1, max_fields=0) as form:
                    files = [each for each in form.getlist("files") if isinstance(each, UploadFile)]
                    if len(files) != 1:
                        raise UploadError(400, "Expected one file", found=str(len(files)))
                    [file] = files
                    called = await run_in_threadpool(
                        uploads.keep, file.filename or "", file.file, party
                    )
            answer = JSONResponse([called])
        except UploadError as error:
            again = {} if error.seconds is None else {"Retry-After": str(error.seconds)}
            answer = refusal(scope, error.status, str(error), **again)
        except HTTPException as error:  # not a form, or not one file
            answer = refusal(scope, error.status_code, error.detail)
        except _TooMuch:
            answer = refusal(scope, 413, text("too_large", most=f"{uploads.largest:,}"))
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    async def _named(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        try:
            document = json.loads(body.content) if body.content.strip() else None
        except (ValueError, RecursionError):
            await self.app(scope, body.receive, send)  # whoever wants JSON will say so
            return
        changed = False
        for named in _named_files(document):
            path = named.get("path")
            known = self.uploads is not None and self.uploads.path(str(path)) is not None
            if not known:
                await refusal(scope, 403, text("no_such_file"))(scope, body.receive, send)
                return
            del named["meta"]  # by which Gradio would know a file of its own
            changed = True
        if changed:
            content = json.dumps(document).encode()
            body = await read_body(_once(content))
            scope = {**scope, "headers": list(scope["headers"])}
            MutableHeaders(scope=scope)["content-length"] = str(len(content))
        await self.app(scope, body.receive, send)


def _named_files(document: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document that Gradio would take for a file, however deep."""
    waiting = [document]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            meta = found.get("meta")
            if isinstance(meta, dict) and "_type" in meta and "path" in found:
                yield found
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)


def _counted(receive: Receive, most: int) -> Receive:
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > most:
            raise _TooMuch
        return message

    return counted


def _once(content: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    return receive
