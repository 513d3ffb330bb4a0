"""The named endpoints, called as an outsider would: by `gradio_client`, and listed by MCP."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from bot.core.errors import BusyError
from tests import own_loop
from tests.fakes import FakeService
from tests.web.conftest import Site


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[Client]:
    connected = Client(site.url, verbose=False)
    yield connected
    connected.close()


def test_chat_gives_the_turn_document_and_goes_on_with_a_conversation(client: Client) -> None:
    first = client.predict("api ana", "A crime film like Heat", "", api_name="/chat")
    second = client.predict("api ana", "More", first["conversation"], api_name="/chat")

    assert first["act"] == "recommend"
    assert first["reply"]
    assert len(first["recommendations"]) == 5
    assert set(first["recommendations"][0]) >= {"item_id", "title", "year", "score", "reasons"}
    assert first["understood"]["mentions"] == ["heat"]
    assert set(first["timings"]) == {"ranked_ms", "first_token_ms", "total_ms"}
    assert second["conversation"] == first["conversation"]


def test_a_turn_that_ends_early_says_so_in_a_sentence(
    client: Client, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: Any, **__: Any) -> Iterator[Any]:
        yield from ()

    monkeypatch.setattr(service, "respond", ends)
    with pytest.raises(AppError, match="took me too long"):
        client.predict("api ana", "A crime film like Heat", "", api_name="/chat")


def test_feedback_profile_export_and_delete_work_on_one_person(
    client: Client, service: FakeService
) -> None:
    event = client.predict("api ben", "heat", "dislike", api_name="/feedback")
    profile = client.predict("api ben", api_name="/profile")
    exported = client.predict("api ben", api_name="/export")

    assert (event["kind"], event["about"]) == ("dislikes", "heat")
    assert [(fact["kind"], fact["about"]) for fact in profile["facts"]] == [("dislikes", "heat")]
    assert profile["facts"][0]["source"]
    assert exported["user"] == "api ben"
    assert client.predict("api ben", api_name="/delete") == {"deleted": "api ben"}
    assert "api ben" not in service.people()


def test_a_deletion_that_the_log_holds_yet_is_told(
    client: Client, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "wiped", False)
    client.predict("api fay", "heat", "like", api_name="/feedback")
    answer = client.predict("api fay", api_name="/delete")

    assert answer["deleted"] == "api fay"
    assert "log still holds" in answer["notice"]


@pytest.mark.parametrize(
    ("endpoint", "arguments", "sentence"),
    [
        ("/profile", ("nobody here",), "Nobody by the name"),
        ("/export", ("nobody here",), "Nobody by the name"),
        ("/delete", ("nobody here",), "Nobody by the name"),
        ("/feedback", ("api eve", "no-such-item", "like"), "no-such-item"),
        ("/feedback", ("api eve", "heat", "love"), "rating=N"),
        ("/chat", ("api eve", "crime", "c-of-somebody-else"), "not one of"),
        ("/chat", ("   ", "crime", ""), "name"),
    ],
)
def test_an_error_comes_back_as_its_sentence(
    client: Client, endpoint: str, arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(*arguments, api_name=endpoint)


def test_nobody_reads_the_conversation_of_another(client: Client) -> None:
    mine = client.predict("api ada", "crime", "", api_name="/chat")["conversation"]

    with pytest.raises(AppError, match="not one of"):
        client.predict("api bob", "crime", mine, api_name="/chat")


def test_the_api_shows_the_endpoints_of_the_contract_alone(client: Client) -> None:
    shown = client.view_api(return_format="dict", print_info=False)

    assert set(shown["named_endpoints"]) == {
        "/chat",
        "/feedback",
        "/profile",
        "/export",
        "/delete",
    }
    assert shown["unnamed_endpoints"] == {}


def test_the_endpoints_are_mcp_tools_with_descriptions(site: Site) -> None:
    tools = httpx.get(f"{site.url}/gradio_api/mcp/schema").json()

    assert {tool["name"].split("_")[-1] for tool in tools} == {
        "chat",
        "feedback",
        "profile",
        "export",
        "delete",
    }
    assert all(len(tool["description"]) > 30 for tool in tools)


def test_the_mcp_tools_answer_as_the_endpoints_do(site: Site, service: FakeService) -> None:
    async def talk() -> tuple[set[str], dict[str, Any], bool]:
        address = f"{site.url}/gradio_api/mcp/"
        async with (
            streamable_http_client(address) as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            tools = {
                tool.name.rsplit("_", 1)[-1]: tool for tool in (await session.list_tools()).tools
            }
            said = {"user": "mcp ana", "message": "A crime film like Heat", "conversation": ""}
            turn = await session.call_tool(tools["chat"].name, said)
            clicked = {"user": "mcp ana", "item_id": "ronin", "kind": "dislike"}
            await session.call_tool(tools["feedback"].name, clicked)
            refused = await session.call_tool(tools["profile"].name, {"user": "nobody here"})
            [content] = turn.content
            assert isinstance(content, TextContent)
            return set(tools), ast.literal_eval(content.text), refused.isError

    names, turn, refused = own_loop.run(talk())

    assert names == {"chat", "feedback", "profile", "export", "delete"}
    assert len(turn["recommendations"]) == 5
    assert "ronin" in service.profile("mcp ana").disliked
    assert refused


def test_a_full_house_says_busy(client: Client, service: FakeService) -> None:
    service.pause = 0.0
    service.broken = BusyError("Busy, one moment")
    with pytest.raises(AppError, match="Busy, one moment"):
        client.predict("api ana", "crime", "", api_name="/chat")


@pytest.mark.parametrize("odd", ["\\ud800", "a\\u0000b", "\\udfff\\ud800"])
@pytest.mark.parametrize("endpoint", ["chat", "feedback", "profile", "export", "delete"])
def test_what_is_no_text_gets_an_answer_or_a_sentence(site: Site, endpoint: str, odd: str) -> None:
    count = {"chat": 3, "feedback": 3}.get(endpoint, 1)
    for place in range(count):
        values = ['"odd ana"', '"crime"', '""'][:count]
        values[place] = f'"{odd}"'
        answer = httpx.post(
            f"{site.url}/gradio_api/run/{endpoint}",
            content=f'{{"data": [{", ".join(values)}]}}',
            headers={"content-type": "application/json"},
            timeout=30,
        )
        document = answer.json()
        assert answer.status_code == 200 or document["error"].rstrip().endswith("."), document


def run(site: Site, endpoint: str, body: Any) -> httpx.Response:
    return httpx.post(f"{site.url}/gradio_api/run/{endpoint}", json=body, timeout=30)


@pytest.mark.parametrize("value", [None, 7, 0.5, True, ["ana"], {"name": "ana"}])
@pytest.mark.parametrize("endpoint", ["chat", "feedback", "profile", "export", "delete"])
def test_what_is_another_kind_of_value_is_told_as_that(
    site: Site, endpoint: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    count = {"chat": 3, "feedback": 3}.get(endpoint, 1)
    for place in range(count):
        values: list[Any] = ["odd ana", "heat", "like"][:count]
        values[place] = value
        if (endpoint, place, value) == ("chat", 2, None):
            continue  # no conversation: a new one
        words = run(site, endpoint, {"data": values}).json()["error"]
        assert words.startswith("Expected text for "), words
    assert not caplog.records


@pytest.mark.parametrize("endpoint", ["chat", "feedback", "profile", "export", "delete"])
def test_too_few_values_are_told_as_that(
    site: Site, endpoint: str, caplog: pytest.LogCaptureFixture
) -> None:
    words = run(site, endpoint, {"data": []}).json()["error"]
    assert words.startswith("Expected "), words
    assert "found 0" in words
    assert not caplog.records


@pytest.mark.parametrize("number", [-1, 10_000, "-1"])
def test_a_number_that_is_no_event_s_is_refused_and_the_connection_goes_on(
    site: Site, number: Any
) -> None:
    body = {"data": [], "fn_index": number, "session_hash": "odd"}
    with httpx.Client(base_url=site.url) as client:
        for path in ("run/chat", "api/chat", "queue/join", "call/chat"):
            answer = client.post(f"/gradio_api/{path}", json=body)
            assert answer.status_code == 404
            assert "number of an event" in answer.json()["error"]


def test_no_conversation_is_a_new_one(site: Site) -> None:
    assert run(site, "chat", {"data": ["api ana", "crime", None]}).status_code == 200


def test_a_full_house_tells_a_program_when_to_come_again(site: Site, service: FakeService) -> None:
    service.broken = BusyError("Busy, one moment")
    answer = run(site, "chat", {"data": ["api ana", "crime", ""]})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Busy, one moment" in answer.json()["error"]
