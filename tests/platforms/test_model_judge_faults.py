"""A model judge at an endpoint that behaves badly: nothing is guessed, lost or paid twice."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from decimal import Decimal
from email.utils import formatdate

import pytest
from judge_pools import graded_pool
from model_endpoint import Act, asked_text, chat_reply, model_endpoint, reset, status, then
from repository import ROOT

from palate.core.errors import InputError, OutputError, PalateError, SettingsError
from palate.platforms import ModelJudge
from palate.platforms._judging._kept import Kept
from palate.platforms.base import UnreachableError

GOOD = chat_reply("2")


@pytest.fixture
def judge(tmp_path):
    """Return a maker of judges that keep replies in a file of their own and do not wait long."""

    def made(endpoint, **settings):
        own = {"cache": str(tmp_path / "replies.sqlite"), "backoff": 0.01, "attempts": 3, "timeout": 5.0}
        return ModelJudge(endpoint=endpoint.url, model="judge-1", **{**own, **settings})

    return made


@pytest.mark.parametrize(
    "fault",
    [
        status(500),
        status(503),
        status(429, retry_after="0"),
        reset(),
        Act(body=GOOD, cut=40),
        Act(body=b'{"choices": [{"mess'),
        Act(body=b"<html>busy</html>"),
        Act(body={"choices": []}),
        Act(body={"choices": [{"message": {}}]}),
        Act(body={"error": "overloaded"}),
        Act(body=[1, 2]),
        Act(body=b"[" * 100_000),
        Act(body=b"\xff\xfe"),
    ],
    ids=lambda act: f"{act.code}-{str(act.body)[:12]}-{act.cut}-{act.reset}",
)
def test_what_may_pass_is_asked_again(judge, fault):
    with model_endpoint(then(fault, GOOD)) as endpoint:
        found = judge(endpoint).judge(graded_pool(1))
    assert found.answers["label"].to_list() == ["2"]
    assert len(endpoint.requests) == 2


def test_what_does_not_pass_is_missing_and_asked_again_the_next_time(judge):
    def bad(body, _before):
        return status(500) if "Item 1" in asked_text(body) else Act(body=GOOD)

    with model_endpoint(bad) as endpoint:
        found = judge(endpoint).judge(graded_pool(3))
        assert found.answers["task"].to_list() == ["t0", "t2"]
        assert found.reasons == "no reply 1"
        assert "500" in found.missing["said"][0]
        endpoint.answer = then(GOOD)
        before = len(endpoint.requests)
        assert len(judge(endpoint).judge(graded_pool(3)).answers) == 3
    assert len(endpoint.requests) == before + 1


def test_slow_replies_end_at_the_timeout_even_if_they_drip(judge):
    with model_endpoint(then(Act(body=GOOD, wait=2.0), GOOD)) as endpoint:
        started = time.monotonic()
        found = judge(endpoint, timeout=0.3).judge(graded_pool(1))
    assert time.monotonic() - started < 2.0
    assert found.answers["label"].to_list() == ["2"]


@pytest.mark.parametrize("as_date", [False, True])
def test_who_wants_to_be_left_alone_is_by_all_threads(judge, as_date):
    after = formatdate(time.time() + 2.0, usegmt=True) if as_date else "0.8"

    def busy(_body, _before):
        return status(429, retry_after=after) if len(endpoint.requests) == 1 else Act(body=GOOD)

    with model_endpoint(busy) as endpoint:
        found = judge(endpoint, concurrency=1).judge(graded_pool(3))
    assert len(found.answers) == 3
    assert endpoint.times[1] - endpoint.times[0] > (0.2 if as_date else 0.7)


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (status(404, "no such model"), "no such address or model"),
        (status(403), "does not accept the key"),
        (status(402), "used up"),
        (Act(429, {"error": {"code": "insufficient_quota", "message": "pay"}}), "used up"),
        (Act(301, b"", {"Location": "https://evil.example.org/"}), "elsewhere"),
        (status(429, retry_after="4000"), "left alone for 4,000 s"),
    ],
)
def test_what_holds_for_all_requests_stops_at_once(judge, act, problem):
    with model_endpoint(then(act)) as endpoint, pytest.raises(PalateError, match=problem):
        judge(endpoint).judge(graded_pool(60))
    assert len(endpoint.requests) <= 8


def test_a_request_that_is_too_long_is_missing_alone(judge):
    def fussy(body, _before):
        return status(400, "too long") if "Item 2" in asked_text(body) else Act(body=GOOD)

    with model_endpoint(fussy) as endpoint:
        found = judge(endpoint).judge(graded_pool(4))
    assert found.reasons == "rejected by the endpoint 1"
    assert "too long" in found.missing["said"][0]
    assert len(endpoint.requests) == 4


def test_an_endpoint_that_takes_nothing_is_not_asked_for_ever(judge):
    with (
        model_endpoint(then(status(400, "logprobs not supported"))) as endpoint,
        pytest.raises(PalateError, match="None of 2. questions .*logprobs not supported"),
    ):
        judge(endpoint).judge(graded_pool(500))
    assert len(endpoint.requests) < 40


def test_who_cannot_be_reached_now_may_be_later(judge):
    with model_endpoint(then(status(503))) as endpoint:
        with pytest.raises(UnreachableError, match="answered none of 3 tasks: no reply 3"):
            judge(endpoint, attempts=1).ask(graded_pool(3))
        with pytest.raises(UnreachableError, match="None of 2. questions got a reply"):
            judge(endpoint, attempts=1).ask(graded_pool(60))


def test_only_so_many_requests_are_under_way(judge):
    with model_endpoint(then(Act(body=GOOD, wait=0.02))) as endpoint:
        judge(endpoint, concurrency=3).judge(graded_pool(12))
    assert endpoint.most_at_once == 3


def test_nothing_is_asked_twice(judge):
    with model_endpoint(then(chat_reply(None, refusal="no"))) as endpoint:
        first = judge(endpoint).judge(graded_pool(5))
        again = judge(endpoint).judge(graded_pool(5))
    assert len(endpoint.requests) == 5  # a refusal was paid for, too
    assert (first.sent, first.reused, again.sent, again.reused) == (5, 0, 0, 5)
    assert first.reasons == again.reasons == "refused 5"


@pytest.mark.parametrize(
    "change",
    [{"temperature": 0.5}, {"prompt": "reasoned"}, {"round": "2026-11-24"}, {"model": "judge-2"}],
    ids=str,
)
def test_another_question_is_asked_anew(judge, change):
    with model_endpoint(then(GOOD)) as endpoint:
        judge(endpoint).judge(graded_pool(2))
        own = judge(endpoint)
        ModelJudge(
            **{**{name: getattr(own, name) for name in ("endpoint", "model", "cache")}, **change}
        ).judge(graded_pool(2))
        judge(endpoint).judge(graded_pool(2), seed=1)
    assert len(endpoint.requests) == 6


def test_the_budget_is_never_exceeded(judge):
    priced = {"input_price": "1000", "output_price": "1000", "concurrency": 4}
    with model_endpoint(then(GOOD)) as endpoint:  # 101 tokens cost $0.101
        most = judge(endpoint, **priced).estimate(graded_pool(1)).most
        budget = most + Decimal("0.55")
        found = judge(endpoint, budget=budget, **priced).judge(graded_pool(20))
        assert 1 <= len(found.answers) <= 6
        assert found.cost == len(found.answers) * Decimal("0.101") <= budget
        assert found.reasons == f"budget used up {20 - len(found.answers)}"
        sent = len(endpoint.requests)
        judge(endpoint, budget=found.cost, **priced).judge(graded_pool(20))
        assert len(endpoint.requests) == sent  # what was spent before counts
        with pytest.raises(SettingsError, match="needs prices"):
            judge(endpoint, budget="1")


def test_tokens_that_nobody_counted_cost_the_most_they_can(judge):
    priced = {"input_price": "1", "output_price": "1"}
    with model_endpoint(then(chat_reply("2", usage=None))) as endpoint:
        own = judge(endpoint, **priced)
        found = own.judge(graded_pool(2))
        assert found.uncounted == 2
        assert found.cost == own.estimate(graded_pool(2)).most


def test_lost_replies_count_against_the_budget(judge):
    priced = {"input_price": "1000", "output_price": "1000", "concurrency": 1}
    with model_endpoint(then(reset(), GOOD)) as endpoint:
        most = judge(endpoint, **priced).estimate(graded_pool(1)).most
        found = judge(endpoint, **priced).judge(graded_pool(1))
        assert found.unsure == most
        assert found.cost == Decimal("0.101")
        assert any("may have cost up to" in line for line in found.sentences)
    with model_endpoint(then(reset(), GOOD)) as endpoint:
        late = judge(endpoint, round="2", budget=2 * most + Decimal("0.101"), **priced).judge(graded_pool(1))
        assert late.reasons == "budget used up 1"  # one attempt was lost; another could exceed it
        assert len(endpoint.requests) == 1


CHILD = """
import sys
sys.path[:0] = [{support!r}]
from judge_pools import graded_pool
from palate.platforms import ModelJudge
from palate.platforms._judging._kept import Kept
from palate.platforms.base import UnreachableError
judge = ModelJudge(endpoint={url!r}, model="judge-1", cache={cache!r}, concurrency=3, input_price=1, output_price=1)
judge.judge(graded_pool(60))
"""


def test_after_kill_9_nothing_is_lost_and_nothing_is_paid_twice(tmp_path):
    cache = str(tmp_path / "replies.sqlite")
    with model_endpoint(then(Act(body=GOOD, wait=0.03))) as endpoint:
        code = CHILD.format(support=str(ROOT / "tests" / "support"), url=endpoint.url, cache=cache)
        child = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": ""})
        until = time.monotonic() + 60
        while len(endpoint.requests) < 20 and time.monotonic() < until:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        child.wait()
        time.sleep(0.1)
        before = len(endpoint.requests)
        with closing(sqlite3.connect(cache)) as base:
            kept = base.execute("SELECT count(*) FROM replies").fetchone()[0]
        assert kept >= before - 3 - 1  # what was under way is all that is lost
        found = ModelJudge(
            endpoint=endpoint.url, model="judge-1", cache=cache, input_price=1, output_price=1
        ).judge(graded_pool(60))
        assert len(found.answers) == 60
        assert len(endpoint.requests) == before + 60 - kept
        assert (found.unsure > 0) == (before > kept)


def test_one_process_at_a_time_uses_the_cache(judge, tmp_path):
    with (
        Kept(tmp_path / "replies.sqlite"),
        model_endpoint(then(GOOD)) as endpoint,
        pytest.raises(OutputError, match="Another run has"),
    ):
        judge(endpoint).judge(graded_pool(1))


def test_a_file_that_is_no_cache_is_refused(judge, tmp_path):
    (tmp_path / "replies.sqlite").write_text("something else that is long enough to be read as a header" * 4)
    with model_endpoint(then(GOOD)) as endpoint, pytest.raises(OutputError, match="cannot be kept"):
        judge(endpoint).judge(graded_pool(1))


def test_a_batch_goes_out_and_its_results_come_back(judge, tmp_path):
    priced = {"input_price": "1", "output_price": "1"}
    out, back = tmp_path / "batch.jsonl", tmp_path / "results.jsonl"
    with model_endpoint(then(GOOD)) as endpoint:
        own = judge(endpoint, **priced)
        own.judge(graded_pool(2))
        files, count, most = own.write_batch(graded_pool(6), out)
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        assert (files, count) == ([out], 4)  # two are kept
        assert most == own.estimate(graded_pool(6)).most - own.estimate(graded_pool(2)).most
        assert {line["url"] for line in lines} == {"/v1/chat/completions"}
        assert {line["method"] for line in lines} == {"POST"}
        sent = endpoint.requests[0]
        assert {**lines[0]["body"], "messages": 0} == {**sent, "messages": 0}
        results = [
            {"custom_id": line["custom_id"], "response": {"status_code": 200, "body": chat_reply("3")}}
            for line in lines[:2]
        ]
        results.append({"custom_id": lines[2]["custom_id"], "response": None, "error": {"code": "expired"}})
        results.append({"custom_id": "strange", "response": {"status_code": 200, "body": GOOD}})
        back.write_text("\n".join(map(json.dumps, results)))
        kept, problems = own.read_batch(graded_pool(6), back)
        assert kept == 2
        assert len(problems) == 2
        assert "status is None" in problems[0]
        assert "do not ask" in problems[1]
        before = len(endpoint.requests)
        found = own.judge(graded_pool(6), kept_only=True)
        assert len(endpoint.requests) == before
    assert found.answers["label"].to_list() == ["2", "2", "3", "3"]
    assert found.reasons == "not asked 2"
    assert found.answers["seconds"].null_count() == 2


def test_a_batch_beyond_the_budget_is_not_written(judge, tmp_path):
    with model_endpoint(then(GOOD)) as endpoint, pytest.raises(SettingsError, match="more than is left"):
        judge(endpoint, input_price=9, output_price=9, budget="0.0001").write_batch(
            graded_pool(3), tmp_path / "b.jsonl"
        )
    assert not (tmp_path / "b.jsonl").exists()


@pytest.mark.parametrize("line", ["no JSON", "[1]", '{"response": {}}', "[" * 100_000])
def test_a_file_that_holds_no_results_is_refused_by_its_row(judge, tmp_path, line):
    (tmp_path / "r.jsonl").write_text("\n" + line)
    with model_endpoint(then(GOOD)) as endpoint, pytest.raises(InputError, match="row 2"):
        judge(endpoint).read_batch(graded_pool(1), tmp_path / "r.jsonl")


def test_a_broken_result_is_told_of_and_the_others_are_kept(judge, tmp_path):
    with model_endpoint(then(GOOD)) as endpoint:
        own = judge(endpoint)
        own.write_batch(graded_pool(2), tmp_path / "b.jsonl")
        keys = [json.loads(line)["custom_id"] for line in (tmp_path / "b.jsonl").read_text().splitlines()]
        bodies = [{"choices": []}, GOOD]
        lines = [
            {"custom_id": key, "response": {"status_code": 200, "body": body}}
            for key, body in zip(keys, bodies, strict=True)
        ]
        (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, lines)))
        assert own.read_batch(graded_pool(2), tmp_path / "r.jsonl") == (
            1,
            ["Line 1 holds no reply: The reply holds no choices."],
        )
        with pytest.raises(InputError, match="cannot be read"):
            own.read_batch(graded_pool(2), tmp_path / "none.jsonl")


def test_a_cache_of_a_later_version_is_refused(judge, tmp_path):
    with closing(sqlite3.connect(tmp_path / "replies.sqlite")) as base:
        base.execute("PRAGMA user_version = 99")
    with model_endpoint(then(GOOD)) as endpoint, pytest.raises(OutputError, match="of version 99"):
        judge(endpoint).judge(graded_pool(1))
