"""Webhooks: events arrive signed, in order, each at least once, at allowed hosts only."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import server_scenes as scene
from api_client import program
from django.conf import settings
from django.test import override_settings
from server_process import Server
from webhook_receiver import Receiver, receiving

import palate.server
from palate.core.errors import PalateError, UnknownNameError
from palate.core.signatures import SIGNATURE_HEADER, check_signature
from palate.server.config import ServerConfig
from palate.server.hooks.making import allowed_address, create_webhook, set_status
from palate.server.hooks.models import Webhook
from palate.server.hooks.sending import post, send_events
from palate.server.projects.models import Project
from palate.server.work.models import Event
from palate.server.work.told import EVENT_KINDS

NOW = scene.NOW


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def _happen(project: Project, n: int, kind: str = "page_submitted") -> list[int]:
    made = [Event.objects.create(kind=kind, project=project, data={"n": k}, at=NOW) for k in range(n)]
    return [event.pk for event in made]


def _hook(
    project: Project, receiver: Receiver, *kinds: str, after: int | None = 0, key: str = "k"
) -> Webhook:
    return create_webhook(project, receiver.url, kinds, key=key, after=after, hosts=[receiver.host], now=NOW)


def _send(receiver: Receiver, now: datetime = NOW) -> int:
    return send_events([receiver.host], lambda: now, post)


def test_every_event_arrives_once_in_order_and_signed(database: ServerConfig, receiver: Receiver) -> None:
    project, other = scene.project(), scene.project()
    hook = _hook(project, receiver)
    ids = _happen(project, 250)
    _happen(other, 3)
    assert _send(receiver) == 250
    assert receiver.ids == ids
    assert _send(receiver) == 0
    assert len(receiver.requests) == 3
    for headers, body in receiver.requests:
        check_signature(hook.secret, body, headers[SIGNATURE_HEADER], now=NOW.timestamp())
    first = json.loads(receiver.requests[0][1])
    assert (first["webhook"], first["project"]) == (hook.pk, project.pk)
    assert first["events"][0] == {
        "id": ids[0],
        "at": "2026-03-02T12:00:00Z",
        "kind": "page_submitted",
        "pool": None,
        "annotator": None,
        "page": None,
        "data": {"n": 0},
    }
    assert len({headers["Idempotency-Key"] for headers, _ in receiver.requests}) == 3


def test_only_kinds_that_are_wanted_are_sent_and_others_are_passed_by(
    sqlite: ServerConfig, receiver: Receiver
) -> None:
    project = scene.project()
    hook = _hook(project, receiver, "pool_closed")
    _happen(project, 120)
    closed = _happen(project, 2, "pool_closed")
    last = _happen(project, 5)[-1]
    assert _send(receiver) == 2
    assert receiver.ids == closed
    assert len(receiver.requests) == 1
    hook.refresh_from_db()
    assert hook.sent_up_to == last


def test_a_webhook_begins_with_what_happens_after_it_was_made(
    sqlite: ServerConfig, receiver: Receiver
) -> None:
    project = scene.project()
    _happen(project, 3)
    _hook(project, receiver, after=None)
    later = _happen(project, 2)
    assert _send(receiver) == 2
    assert receiver.ids == later


@pytest.mark.parametrize("status", [500, 429, 302, 404, 0])
def test_what_did_not_arrive_is_sent_again_later_and_nothing_is_lost(
    sqlite: ServerConfig, receiver: Receiver, status: int
) -> None:
    project = scene.project()
    hook = _hook(project, receiver)
    ids = _happen(project, 3)
    receiver.answers = [status, status]
    assert _send(receiver) == 0
    assert _send(receiver, NOW + timedelta(seconds=4)) == 0
    assert len(receiver.requests) == 1, "it is left alone for five seconds"
    assert _send(receiver, NOW + timedelta(seconds=5)) == 0
    hook.refresh_from_db()
    assert hook.failures == 2
    assert hook.next_try == NOW + timedelta(seconds=15), "then for ten"
    assert (str(status) if status else "cannot be reached") in hook.problem
    assert _send(receiver, NOW + timedelta(seconds=15)) == 3
    assert receiver.ids == ids
    hook.refresh_from_db()
    assert (hook.failures, hook.problem) == (0, "")
    assert not [request for request in receiver.requests if b"elsewhere" in request[1]]


def test_who_never_answers_is_paused_and_goes_on_where_it_stopped(
    sqlite: ServerConfig, receiver: Receiver
) -> None:
    project = scene.project()
    hook = _hook(project, receiver)
    ids = _happen(project, 1)
    receiver.answers, now, tries = [500] * 100, NOW, 0
    while Webhook.objects.get().status == "active":
        tries += 1
        assert _send(receiver, now) == 0
        now = Webhook.objects.get().next_try
    assert tries == 30
    assert timedelta(hours=12) < now - NOW < timedelta(days=2)
    receiver.answers = []
    assert _send(receiver, now) == 0
    hook.refresh_from_db()
    set_status(hook, "active", now=now)
    assert _send(receiver, now) == 1
    assert receiver.ids == ids


def test_a_slow_one_does_not_keep_others_waiting_for_ever(sqlite: ServerConfig, receiver: Receiver) -> None:
    project = scene.project()
    _hook(project, receiver, key="one")
    _hook(project, receiver, key="two")
    _happen(project, 2_150)
    assert _send(receiver) == 4_000, "2,000 each, then it is others' turn"
    assert _send(receiver) == 300


def test_hosts_that_are_not_allowed_any_more_are_sent_nothing(
    sqlite: ServerConfig, receiver: Receiver
) -> None:
    project = scene.project()
    hook = _hook(project, receiver)
    _happen(project, 1)
    assert send_events([], lambda: NOW, post) == 0
    assert not receiver.requests
    hook.refresh_from_db()
    assert "may not be sent to 127.0.0.1" in hook.problem


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://evil.example.org/", "may not be sent to evil.example.org"),
        ("https://hooks.example.org:8443/", "allowed: hooks.example.org"),
        ("https://hooks.example.org.evil.org/", "may not be sent"),
        ("https://hooks.example.org@evil.org/", "holds a name or a password"),
        ("http://hooks.example.org/", "over https only"),
        ("http://169.254.169.254/latest/meta-data", "over https only"),
        ("ftp://hooks.example.org/", "must be like https://"),
        ("https:///path", "must be like https://"),
        ("https://hooks.example.org:x/", "must be like https://"),
        ("https://hooks.example.org/a b", "must be like https://"),
        ("https://hooks.example.org/\r\nHost: evil", "must be like https://"),
        ("https://hooks.example.org/#part", "must be like https://"),
        ("http://127.0.0.1:8000/", "may not be sent to 127.0.0.1:8000"),
    ],
)
def test_addresses_that_are_not_allowed_are_refused(url: str, text: str) -> None:
    with pytest.raises(PalateError, match=text):
        allowed_address(url, ["hooks.example.org", "127.0.0.1:9000"])


def test_allowed_hosts_are_allowed_whatever_their_case() -> None:
    allowed_address("https://HOOKS.example.org/x", ["Hooks.Example.org"])
    allowed_address("https://hooks.example.org:443/x", ["hooks.example.org"])
    allowed_address("http://127.0.0.1:9000/x?y=1", ["127.0.0.1:9000"])


def test_a_kind_that_there_is_not_is_refused(sqlite: ServerConfig, receiver: Receiver) -> None:
    with pytest.raises(UnknownNameError, match="page_submited"):
        _hook(scene.project(), receiver, "page_submited")


def test_every_kind_that_the_code_tells_of_is_known() -> None:
    named, composed = set[str](), set[str]()
    for file in Path(palate.server.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "tell" and call.args:
                if isinstance(call.args[0], ast.Constant):
                    named.add(call.args[0].value)
                elif isinstance(call.args[0], ast.JoinedStr):
                    composed.add(ast.unparse(call.args[0]))
    assert named - {"annotator_erased"} <= set(EVENT_KINDS), "of somebody in many projects nobody is told"
    assert len(composed) == 3, f"pool_…, page_…, …_finished: {composed}"
    rest = set(EVENT_KINDS) - named
    assert {kind.split("_")[0] for kind in rest} <= {"pool", "page", "exam", "training"}


def test_a_manager_makes_pauses_resumes_and_ends_webhooks_by_the_api(
    sqlite: ServerConfig, receiver: Receiver
) -> None:
    boss = scene.account("boss", is_manager=True)
    project = scene.project(boss)
    api = program(boss)
    address = f"/projects/{project.pk}/webhooks"
    with override_settings(CONFIG=replace(settings.CONFIG, webhook_hosts=(receiver.host,))):
        made = api.post(address, {"url": receiver.url, "kinds": ["pool_closed"], "after": 0}, key="hook")
        again = api.post(address, {"url": receiver.url, "kinds": ["pool_closed"], "after": 0}, key="hook")
    assert made == again
    assert made["secret"] == Webhook.objects.get().secret
    assert made["secret"] not in json.dumps(list(Webhook.objects.values()), default=str)
    (listed,) = api.get(address)["items"]
    assert listed == {name: value for name, value in made.items() if name != "secret"}
    ids = _happen(project, 1, "pool_closed")
    assert api.post(f"/webhooks/{made['id']}/pause")["status"] == "paused"
    assert _send(receiver, datetime.now(NOW.tzinfo)) == 0
    assert api.post(f"/webhooks/{made['id']}/resume")["status"] == "active"
    assert _send(receiver, datetime.now(NOW.tzinfo)) == 1
    assert receiver.ids == ids
    api.post(f"/webhooks/{made['id']}/end")
    assert api.get(address)["items"] == []


def test_a_project_has_ten_webhooks_at_most(sqlite: ServerConfig, receiver: Receiver) -> None:
    project = scene.project()
    for number in range(10):
        _hook(project, receiver, key=str(number))
    with pytest.raises(PalateError, match="has 10 webhooks"):
        _hook(project, receiver, key="another")


def test_a_real_server_sends_and_goes_on_after_it_was_killed(
    database: ServerConfig, receiver: Receiver
) -> None:
    project = scene.project()
    server = Server(replace(database, webhook_hosts=(receiver.host,)))
    _hook(project, receiver)
    ids = _happen(project, 700)
    receiver.answers = [200, 200, 0]  # then it is killed, having been told of 200 events
    server.start()
    _wait(lambda: len(receiver.requests) >= 3)
    server.kill()
    Webhook.objects.update(next_try=NOW)
    ids += _happen(project, 50)
    receiver.answers = []
    server.start()
    try:
        _wait(lambda: set(receiver.ids) >= set(ids))
    finally:
        server.kill()
    first_seen = list(dict.fromkeys(receiver.ids))
    assert first_seen == ids, "none is lost, and a repetition has an id that was there before"


def _wait(until: object, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not until():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
