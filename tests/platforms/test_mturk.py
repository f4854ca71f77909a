"""MTurk: HITs from our templates, review, replacement, bonuses; against a double and against recorded shapes."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import pytest
from botocore.stub import Stubber
from posted_benches import GRADES, PAIRS, Bench, bench_of, wanted_grade

from palate.core.errors import InputError, PalateError, SettingsError
from palate.platforms import MTurk, UnreachableError, WaitingError
from palate.platforms._memory import Memory
from palate.platforms._questions import questions_of
from palate.platforms._turk_calls import Calls, TurkRefusedError
from palate.platforms._turk_page import answers_in
from palate.platforms._turk_review import Review, reviewed

POOL = replace(GRADES, overlap=3, overlap_max=3)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with bench_of("mturk", tmp_path / "asked", monkeypatch) as made:
        yield made


def _publish(bench: Bench, pool: Any = POOL, **settings: Any) -> None:
    with pytest.raises(WaitingError):
        bench.platform(**settings).ask(pool)


@pytest.mark.parametrize(
    ("reward", "overlap", "fee"),
    [
        ("0.05", 3, "0.01"),  # 20% is the least fee, a cent
        ("0.02", 3, "0.01"),
        ("0.50", 9, "0.10"),
        ("0.50", 10, "0.20"),  # from ten people a page on, MTurk takes another 20%
    ],
)
def test_fees_are_those_of_the_price_list(reward: str, overlap: int, fee: str) -> None:
    pool = replace(GRADES, reward=Decimal(reward), overlap=overlap, overlap_max=overlap)
    assert MTurk().page_fee(pool) == Decimal(fee)
    assert MTurk().estimate(pool).fees == MTurk().estimate(pool).pages * Decimal(fee)


def test_pages_are_offered_in_the_sandbox_unless_real_money_is_meant(bench: Bench) -> None:
    _publish(bench)
    for hit in bench.service.hits.values():
        assert "https://workersandbox.mturk.com/mturk/externalSubmit" in hit["Question"]
        assert hit["MaxAssignments"] == 3
        assert hit["Reward"] == "0.08"
    assert any("sandbox" in told for told in MTurk().shortcomings(POOL))
    assert not any("sandbox" in told for told in MTurk(production=True).shortcomings(POOL))
    with pytest.raises(SettingsError, match="was published in the sandbox"):
        bench.platform(production=True).ask(POOL)


def test_who_may_answer_is_said_by_qualifications(bench: Bench) -> None:
    _publish(
        bench,
        production=True,
        countries=("DE", "AT"),
        least_approval=97,
        least_approved=500,
        exam="Q1",
        least_score=90,
    )
    hit = next(iter(bench.service.hits.values()))
    asked = {one["QualificationTypeId"]: one for one in hit["QualificationRequirements"]}
    assert asked["00000000000000000071"]["LocaleValues"] == [{"Country": "DE"}, {"Country": "AT"}]
    assert asked["000000000000000000L0"]["IntegerValues"] == [97]
    assert asked["00000000000000000040"]["IntegerValues"] == [500]
    assert asked["Q1"]["IntegerValues"] == [90]
    assert "https://www.mturk.com/mturk/externalSubmit" in hit["Question"]


def test_scores_of_an_exam_become_a_qualification_once(bench: Bench) -> None:
    number = bench.platform().give_scores("Relevance exam", {"ann": 0.925, "bob": 0.5})
    assert bench.platform().give_scores("Relevance exam", {"cy": 1.0}) == number
    assert bench.service.types == {number: "Relevance exam"}
    assert bench.service.scores[number] == {"ann": 92, "bob": 50, "cy": 100}


def test_too_little_money_is_told_before_anything_is_published(bench: Bench) -> None:
    bench.service.balance = "0.99"
    with pytest.raises(SettingsError, match=r"would cost \$1.15 with fees; the account has \$0.99"):
        bench.platform().ask(POOL)  # 4 pages, 3 people, 8 cents and 20%
    assert not bench.service.hits


def test_pages_that_are_too_large_are_told_before_anything_is_published(bench: Bench) -> None:
    long = GRADES.tasks.with_columns(shown=pl.lit('{"query": "wants 0", "text": "' + "long " * 900 + '"}'))
    with pytest.raises(InputError, match=r"A page of 20 tasks .* MTurk takes 65,535"):
        bench.platform().ask(
            replace(GRADES, tasks=pl.concat([long, long.with_columns(pl.col("task") + 50)]), page_size=20)
        )
    assert not bench.service.hits


def test_parts_of_cents_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"whole cents; 'reward' is \$0.005"):
        MTurk().publish(replace(GRADES, reward=Decimal("0.005")))


def test_who_gets_golden_tasks_wrong_is_rejected_and_somebody_else_is_asked(bench: Bench) -> None:
    pool = replace(PAIRS, overlap=1, overlap_max=1, page_size=4, golden_per_page=3)
    _publish(bench, pool, reject_below=0.6)
    assert (
        bench.work("spam", lambda text: "right" if text.index("good") < text.index("bad") else "left") == 10
    )
    _publish(bench, pool, reject_below=0.6)
    rejected = [one for one in bench.service.assignments.values() if one["AssignmentStatus"] == "Rejected"]
    assert len(rejected) == 10
    assert {hit["MaxAssignments"] for hit in bench.service.hits.values()} == {2}
    _publish(bench, pool, reject_below=0.6)
    assert {hit["MaxAssignments"] for hit in bench.service.hits.values()} == {2}
    bench.work("ann", lambda text: "left" if text.index("good") < text.index("bad") else "right")
    found = bench.platform(reject_below=0.6).ask(pool)
    assert set(found.annotators["annotator"]) == {"ann"}
    assert found.cost == 10 * (pool.reward + Decimal("0.02"))


def test_a_page_that_mturk_extends_no_further_ends_with_fewer_answers(bench: Bench) -> None:
    pool = replace(PAIRS, overlap=9, overlap_max=9, page_size=5, golden_per_page=4)
    _publish(bench, pool, reject_below=0.6)
    bench.work("spam", lambda text: "right" if text.index("good") < text.index("bad") else "left")
    for number in range(8):
        bench.work(
            f"good{number}", lambda text: "left" if text.index("good") < text.index("bad") else "right"
        )
    found = bench.platform(reject_below=0.6).ask(pool)
    assert found.annotators["annotator"].n_unique() == 8


def test_what_mturk_approved_by_itself_meanwhile_is_no_error(bench: Bench) -> None:
    _publish(bench)
    bench.work("ann", wanted_grade, pages=1)
    bench.service.faults = [""] * 1
    calls = Calls(_client(bench))
    number = next(iter(bench.service.assignments))
    calls("approve_assignment", AssignmentId=number)
    with pytest.raises(TurkRefusedError, match="InvalidAssignmentState"):
        calls("approve_assignment", AssignmentId=number)
    assert bench.platform().standing(POOL).collected.pages == 1


def test_pages_whose_time_is_over_are_offered_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _publish(bench, days=1)
    later = time.time() + 2 * 86_400
    monkeypatch.setattr("time.time", lambda: later)
    assert bench.work("ann", wanted_grade) == 0
    _publish(bench, days=1)
    assert bench.work("ann", wanted_grade) == 4


def test_a_golden_task_seen_again_counts_once(bench: Bench) -> None:
    pool = replace(PAIRS, overlap=1, overlap_max=1, page_size=8, golden_per_page=6)
    _publish(bench, pool)
    bench.work("ann", lambda text: "left" if text.index("good") < text.index("bad") else "right")
    answers = bench.platform().ask(pool).answers
    assert not answers.select("task", "annotator").is_duplicated().any()
    assert len(answers) == 16


@pytest.mark.parametrize(
    "settings",
    [
        {"days": 0},
        {"seconds_per_page": 10},
        {"reject_below": 1.0},
        {"least_approval": 101},
        {"endpoint": "http://mturk.example.org"},
        {"site": "http://judge.example.org"},
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        MTurk(**settings)


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "no xml",
        '<!DOCTYPE a [<!ENTITY b "c">]><a><Answer/></a>',
        "<a><Answer><QuestionIdentifier>task1</QuestionIdentifier><FreeText>evil</FreeText></Answer></a>",
        "<a><Answer><QuestionIdentifier>task99</QuestionIdentifier><FreeText>2</FreeText></Answer></a>",
        "<a><Answer><QuestionIdentifier>task1</QuestionIdentifier></Answer></a>",
    ],
)
def test_answers_that_cannot_be_read_are_missing_never_guessed(xml: str) -> None:
    assert answers_in(xml, ["100"], questions_of(GRADES), seed="0") == {}


def test_recorded_answers_are_read_and_approved(tmp_path: Path) -> None:
    client = boto3.client("mturk", "us-east-1", aws_access_key_id="x", aws_secret_access_key="y")  # noqa: S106
    memory = Memory(tmp_path / "published.json")
    memory.note(pages=[["100", "101"]], hits={"0": "HIT1"})
    pool = replace(GRADES, overlap=1, overlap_max=1)
    answer = (
        '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="http://mechanicalturk.amazonaws.com/'
        'AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd"><Answer><QuestionIdentifier>task1'
        "</QuestionIdentifier><FreeText>2</FreeText></Answer><Answer><QuestionIdentifier>task2</QuestionIdentifier>"
        "<FreeText>0</FreeText></Answer></QuestionFormAnswers>"
    )
    recorded = {
        "AssignmentId": "ASG1",
        "WorkerId": "AWORKER",
        "HITId": "HIT1",
        "AssignmentStatus": "Submitted",
        "AutoApprovalTime": datetime(2026, 1, 12, 12, tzinfo=UTC),
        "AcceptTime": datetime(2026, 1, 5, 12, 0, 0, tzinfo=UTC),
        "SubmitTime": datetime(2026, 1, 5, 12, 0, 30, tzinfo=UTC),
        "Answer": answer,
    }
    with Stubber(client) as stub:
        asked = {
            "HITId": "HIT1",
            "MaxResults": 100,
            "AssignmentStatuses": ["Submitted", "Approved", "Rejected"],
        }
        stub.add_response(
            "list_assignments_for_hit", {"NextToken": "next", "NumResults": 0, "Assignments": []}, asked
        )
        stub.add_response(
            "list_assignments_for_hit",
            {"NumResults": 1, "Assignments": [recorded]},
            {**asked, "NextToken": "next"},
        )
        stub.add_response("approve_assignment", {}, {"AssignmentId": "ASG1"})
        review = Review(Calls(client), pool, questions_of(pool), memory, "mark")
        found = reviewed(review, least_right=0.0, fee=Decimal("0.02")).standing(Decimal(0))
        stub.assert_no_pending_responses()
    assert found.done
    assert found.collected.answers.rows() == [
        (100, "AWORKER", "2", 15.0, 1767614430.0, 1),
        (101, "AWORKER", "0", 15.0, 1767614430.0, 1),
    ]
    assert found.collected.cost == Decimal("0.10")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("ServiceFault", 500, UnreachableError),
        ("ThrottlingException", 400, UnreachableError),
        ("RequestError", 400, TurkRefusedError),
        ("AccessDeniedException", 400, TurkRefusedError),
    ],
)
def test_errors_that_pass_are_told_from_those_that_stay(
    code: str, status: int, kind: type[PalateError]
) -> None:
    client = boto3.client("mturk", "us-east-1", aws_access_key_id="x", aws_secret_access_key="y")  # noqa: S106
    with Stubber(client) as stub:
        stub.add_client_error("get_account_balance", code, "No.", http_status_code=status)
        with pytest.raises(kind) as refused:
            Calls(client)("get_account_balance")
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 (errors cross processes)
    assert str(again) == str(refused.value)


def _client(bench: Bench) -> Any:
    return boto3.client("mturk", "us-east-1", endpoint_url=bench.service.url)
