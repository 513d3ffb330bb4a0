"""Who is asking, and that the service serves nobody else's data."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.context import LocalContext

from bot.conversation.api import ChatService
from bot.core.errors import AccessError, UsageError
from bot.web.auth.identity import NOBODYS, PERSON, only_own_data, signed_in, speaker
from tests.fakes import FakeService, finished


@pytest.fixture
def as_ana() -> Iterator[None]:
    token = LocalContext.request.set(gr.Request(username="ana"))
    yield
    LocalContext.request.reset(token)


def test_nobody_is_signed_in_without_accounts() -> None:
    assert signed_in() is None
    assert speaker(" ben ") == "ben"


def test_a_plain_request_tells_who_the_gate_let_in() -> None:
    request: Any = SimpleNamespace(scope={PERSON: "ana"})
    token = LocalContext.request.set(request)
    assert signed_in() == "ana"
    LocalContext.request.reset(token)


def test_an_argument_may_name_oneself_or_nobody(as_ana: None) -> None:
    assert speaker("ana") == speaker("  ") == speaker("") == "ana"
    with pytest.raises(AccessError, match="'ben'"):
        speaker("ben")
    with pytest.raises(UsageError):
        speaker("a\nb")


def test_the_service_refuses_whoever_is_not_signed_in() -> None:
    inner = FakeService()
    finished(inner.respond("ana", "crime"))
    guarded = only_own_data(inner)

    with pytest.raises(AccessError, match="found nobody"):
        guarded.profile("ana")
    with pytest.raises(AccessError):
        guarded.people()


def test_the_service_serves_the_one_who_is_signed_in(as_ana: None) -> None:
    inner = FakeService()
    finished(inner.respond("ben", "Alien is the best"))
    guarded = only_own_data(inner)
    finished(guarded.respond("ana", "Heat is the best"))

    assert guarded.people() == ["ana"]
    assert guarded.export("ana")["user"] == "ana"
    assert guarded.items(["heat"])
    for refused in (guarded.profile, guarded.export, guarded.delete, guarded.conversations):
        with pytest.raises(AccessError):
            refused("ben")
    with pytest.raises(AccessError):
        guarded.profile(user="ben")
    with pytest.raises(AccessError):
        guarded.respond("ben", "crime")
    assert "ben" in inner.people()


def test_every_method_of_the_service_is_about_a_person_or_about_nobody() -> None:
    methods = {
        name: list(inspect.signature(method).parameters)[1:]
        for name, method in inspect.getmembers(ChatService, inspect.isfunction)
        if not name.startswith("_")
    }
    unguarded = {name for name, taken in methods.items() if taken[:1] != ["user"]}

    assert unguarded == NOBODYS | {"people"}
