"""What is too large is refused by its headers: nothing of it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import server_scenes as scene
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from server_browser import browser, text_of

from palate.server.config import ServerConfig
from palate.server.web.sizes import limit_sizes

MB = 2**20


class Unread:
    """A body that must not be read."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("The body was read")

    readline = read


@pytest.fixture
def small(sqlite: ServerConfig) -> Iterator[None]:
    """Let uploads have 2 MB."""
    with override_settings(CONFIG=replace(settings.CONFIG, largest_upload=2)):
        yield


def send(path: str, kind: str, size: int | str, **more: Any) -> Any:
    """Return the answer to a POST that only claims its size."""
    client = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    claimed = {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(size), "wsgi.input": Unread(), **more}
    return client.generic("POST", path, **claimed)


@pytest.mark.parametrize(
    ("path", "size", "limit"),
    [
        ("/manage/pools/1/tasks/", 2 * MB + 1, "at most 2 MB"),
        ("/manage/nowhere/", 2 * MB + 1, "at most 2 MB"),
        ("/login/", 10 * MB + 1, "at most 10 MB"),
    ],
)
def test_a_form_with_too_large_files_is_answered_by_a_page(
    small: None, path: str, size: int, limit: str
) -> None:
    response = send(path, "multipart/form-data; boundary=x", size)
    assert response.status_code == 413
    assert limit in text_of(response)
    assert "<h1>" in text_of(response)
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("kind", "size", "limit"),
    [
        ("multipart/form-data; boundary=x", 10 * MB + 1, "at most 10 MB"),
        ("application/json", 10 * MB + 1, "at most 10 MB"),
        ("text/csv", 10 * MB + 1, "at most 10 MB"),
        ("application/zip", 10**30, "at most 10 MB"),
    ],
)
def test_the_api_answers_json(small: None, kind: str, size: int, limit: str) -> None:
    response = send("/api/v1/pools/1/tasks", kind, size)
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "too_large"
    assert limit in response.json()["error"]["message"]


def test_a_plain_form_of_more_than_ten_megabytes_is_too_large(small: None) -> None:
    assert send("/login/", "application/x-www-form-urlencoded", 10 * MB + 1).status_code == 413


def test_what_comes_in_chunks_has_to_say_its_size(small: None) -> None:
    page = send("/login/", "text/plain", "", HTTP_TRANSFER_ENCODING="gzip, Chunked")
    assert page.status_code == 411
    assert "Content-Length" in text_of(page)
    program = send("/api/v1/projects", "application/json", "", HTTP_TRANSFER_ENCODING="chunked")
    assert program.status_code == 411
    assert program.json()["error"]["code"] == "length_required"


@pytest.mark.parametrize("size", [2 * MB, "", "-5", "x", "²"])
def test_what_is_small_enough_goes_on(small: None, size: int | str) -> None:
    claimed = {"CONTENT_TYPE": "multipart/form-data", "CONTENT_LENGTH": str(size)}
    request = RequestFactory().generic("POST", "/manage/", **claimed)
    assert limit_sizes(lambda _: HttpResponse())(request).status_code == 200


def test_a_small_file_is_taken(small: None) -> None:
    manager = scene.account("manager", is_manager=True)
    pool = scene.open_pool(scene.project(manager), status="draft", real=0)
    table = "query,title\n" + "red shoes,Red shoes 42\n" * 3
    file = SimpleUploadedFile("tasks.csv", table.encode())
    response = browser(manager).post(f"/manage/pools/{pool.pk}/tasks/", {"file": file})
    assert response.status_code == 302, text_of(response)
    assert pool.tasks.count() == 3
