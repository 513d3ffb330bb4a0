"""Files on the way in: taken where there is a place for them, named by token alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.web.app import create_app
from bot.web.pages.catalogue_library import Shelf
from storage.catalogue.catalogues import Catalogues
from tests.fakes import FakeService
from tests.web.conftest import HERE

FILE = {"files": ("films.csv", b"id,title\na,One\n")}
META = {"_type": "gradio.FileData"}


Taking = Callable[[], AbstractContextManager[TestClient]]


@pytest.fixture
def taking(stored_catalogues: Catalogues, tmp_path: Path) -> Taking:
    """Runs a server that takes files, into the folder `tmp_path`."""

    def opened() -> AbstractContextManager[TestClient]:
        app = create_app(FakeService(), shelf=Shelf(stored_catalogues), uploads=tmp_path)
        return TestClient(app, base_url=HERE)

    return opened


@pytest.fixture
def client(taking: Taking) -> Iterator[TestClient]:
    with taking() as opened:
        yield opened


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.*") if path.suffix != ".lock")


def join(client: TestClient, *data: Any) -> Any:
    body = {"data": list(data), "fn_index": 0, "session_hash": "one"}
    return client.post("/gradio_api/queue/join", json=body)


def test_an_upload_is_answered_with_a_token_and_gone_at_the_end(
    taking: Taking, tmp_path: Path
) -> None:
    with taking() as client:
        [called] = client.post("/gradio_api/upload", files=FILE).json()
        assert stored(tmp_path) == ["films.csv"]
        assert join(client, {"path": called, "meta": META}).status_code == 200

    assert called.endswith("/films.csv")
    assert str(tmp_path) not in called
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "named",
    [
        {"path": "/etc/passwd", "meta": META},
        {"path": "https://example.com/films.csv", "meta": META},
        {"path": "token/films.csv", "meta": META, "url": "http://127.0.0.1/"},
        {"path": None, "meta": META},
        {"path": ["a"], "meta": {"_type": "something else"}},
        [{"deep": [{"path": "x", "meta": META}]}],
    ],
)
def test_a_request_names_nothing_but_what_was_uploaded(client: TestClient, named: Any) -> None:
    answer = join(client, named)
    assert answer.status_code == 403
    assert "uploaded here" in answer.json()["error"]
    event = client.post("/gradio_api/run/chat", json={"data": [named, "", ""]})
    assert event.status_code == 403


def test_a_message_that_only_looks_like_a_path_is_a_message(client: TestClient) -> None:
    assert join(client, "/etc/passwd", {"path": "some words"}).status_code == 200


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([("files", ("a.csv", b"id")), ("files", ("b.csv", b"id"))], 400),
        ([("files", ("page.html", b"<script>"))], 415),
        ([("other", ("a.csv", b"id"))], 400),
        ([], 400),
    ],
)
def test_what_is_not_one_catalogue_file_is_not_kept(
    client: TestClient, tmp_path: Path, files: Any, status: int
) -> None:
    assert client.post("/gradio_api/upload", files=files).status_code == status
    assert stored(tmp_path) == []


def test_a_field_beside_the_file_is_not_read_into_memory(
    client: TestClient, tmp_path: Path
) -> None:
    answer = client.post("/gradio_api/upload", files=FILE, data={"field": "x" * 100_000})
    assert answer.status_code == 400
    assert stored(tmp_path) == []


def test_a_file_that_is_too_large_is_refused_by_what_comes_and_by_what_is_announced(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.requests.file_routes.AROUND", 300)
    uploads = uploads_of(client.app)
    uploads.largest = 1000
    large = {"files": ("films.csv", b"x" * 2000)}
    announced = client.post("/gradio_api/upload", files=large)
    boundary = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
    chunks = iter([boundary, *([b"x" * 500] * 4), b"\r\n--b--\r\n"])
    kind = {"content-type": "multipart/form-data; boundary=b"}
    came = client.post("/gradio_api/upload", content=chunks, headers=kind)

    assert (announced.status_code, came.status_code) == (413, 413)
    assert stored(tmp_path) == []


def uploads_of(app: Any) -> Any:
    """Where an application keeps what it is brought."""
    page = app.routes[-1].app
    [files] = [each for each in page.user_middleware if each.cls.__name__ == "Files"]
    return files.args[0]


def test_one_address_leaves_room_for_another_and_a_refusal_tells_when_to_come_again(
    client: TestClient,
) -> None:
    uploads = uploads_of(client.app)
    uploads._most_files = 4
    for _ in range(4):
        assert client.post("/gradio_api/upload", files=FILE).status_code == 200
    full = client.post("/gradio_api/upload", files=FILE)
    other = TestClient(client.app, base_url=HERE, client=("192.0.2.7", 5000))
    assert other.post("/gradio_api/upload", files=FILE).status_code == 200
    assert full.status_code == 503
    assert 0 < int(full.headers["retry-after"]) <= 900


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_file_comes_by_post_alone(client: TestClient, method: str) -> None:
    answer = client.request(method, "/gradio_api/upload", content=b"x" * 2_000_000)
    assert answer.status_code == 404


def test_where_no_page_takes_files_none_is_taken() -> None:
    with TestClient(create_app(FakeService()), base_url=HERE) as client:
        assert client.post("/gradio_api/upload", files=FILE).status_code == 404
        assert client.get("/gradio_api/upload_progress?upload_id=x").status_code == 404
        assert join(client, {"path": "x", "meta": META}).status_code == 403


def test_nothing_that_is_served_tells_where_things_lie(client: TestClient, tmp_path: Path) -> None:
    told = [
        client.get(path).text
        for path in ("/", "/config", "/gradio_api/info", "/healthz", "/gradio_api/mcp/schema")
    ]
    told.append(client.post("/gradio_api/upload", files=FILE).text)
    for folder in (Path.home(), Path.cwd(), tmp_path, tmp_path.parent):
        assert not [text for text in told if str(folder) in text]
