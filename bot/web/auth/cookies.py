"""The cookies: what they are called, and how they are set and taken back.

Over TLS their names begin with ``__Host-``, which browsers keep to this very host: no neighbour
under the same domain, and nobody on the way to a plain address, can put one of their own in its
place. There the plain name counts for nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from starlette.requests import HTTPConnection
from starlette.responses import Response

SIGNED_IN = "tastebot"
DEVICE = "tastebot-device"
OWNER = "tastebot-owner"


def is_secure(request: HTTPConnection) -> bool:
    """Whether the request came over TLS, to this server or to a proxy before it."""
    return str(request.scope.get("scheme")) == "https"


def cookie(request: HTTPConnection, name: str) -> str | None:
    """What a request brings under `name`; None without."""
    return request.cookies.get(_called(request, name))


def set_cookie(
    answer: Response,
    request: HTTPConnection,
    name: str,
    value: str,
    *,
    lasts: timedelta | None = None,
    path: str = "/",
    samesite: Literal["lax", "strict"] = "strict",
) -> None:
    """Give a browser a cookie, for as long as it `lasts` or until the browser is closed.

    Over TLS it is sent with every path, as its name demands.
    """
    secure = is_secure(request)
    answer.set_cookie(
        _called(request, name),
        value,
        max_age=None if lasts is None else int(lasts.total_seconds()),
        path="/" if secure else path,
        httponly=True,
        samesite=samesite,
        secure=secure,
    )


def delete_cookie(answer: Response, request: HTTPConnection, name: str, *, path: str = "/") -> None:
    """Take a cookie back."""
    secure = is_secure(request)
    answer.delete_cookie(
        _called(request, name), path="/" if secure else path, secure=secure, httponly=True
    )


def _called(request: HTTPConnection, name: str) -> str:
    return f"__Host-{name}" if is_secure(request) else name
