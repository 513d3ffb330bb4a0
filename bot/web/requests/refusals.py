"""How a request is turned away: by what stands before the application, and in which words.

Owns what such ASGI middleware has in common. Why something is refused is its own affair.
"""

from __future__ import annotations

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

POLICY_VIOLATION = 1008


class RefusedError(Exception):
    """A request is not let through: the HTTP `status`, and `words` for whoever asked."""

    def __init__(self, status: int, words: str):
        super().__init__(words)
        self.status = status


async def is_no_request(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> bool:
    """Whether it is none over HTTP, and dealt with: only the start and the end are passed on."""
    if scope["type"] == "http":
        return False
    if scope["type"] == "lifespan":
        await app(scope, receive, send)
    else:  # nothing of ours speaks otherwise
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
    return True


def refusal(scope: Scope, status: int, words: str, **headers: str) -> Response:
    """A refusal that programs and people can read; `scope` is the request's."""
    return JSONResponse({"error": words, "detail": words}, status_code=status, headers=headers)
