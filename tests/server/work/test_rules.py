"""Quality rules against real histories: each event sets off its action, once, and again the same after a restart."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from server_scenes import NOW, account, answers_to, open_pool, project, recount

from palate.core.errors import SettingsError
from palate.server.accounts.models import Account
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool, Task
from palate.server.projects.tasks import TaskRow
from palate.server.work.claim import claim_page
from palate.server.work.housekeeping import tick
from palate.server.work.leave import skip_page
from palate.server.work.models import Assignment, Event, Restriction, RuleAction, SkillValue, Standing
from palate.server.work.refusals import Refused
from palate.server.work.restricting import lift, restrict
from palate.server.work.review import accept_pages, reject_pages
from palate.server.work.submit import submit_page


def _rule(event: object, conditions: list[str], action: object) -> dict[str, Any]:
    return {"event": event, "conditions": conditions, "action": action}


def _answer(
    person: Account, pool: Pool, label: str = "relevant", seconds: float = 60, at: Any = NOW
) -> Assignment:
    page = claim_page(person, pool, now=at)
    answers = dict.fromkeys(answers_to(page), label)
    return submit_page(person, page.pk, answers, now=at + timedelta(seconds=seconds)).assignment


def test_wrong_golden_answers_restrict(database: ServerConfig) -> None:
    rule = _rule(
        {"name": "golden_answers", "history_size": 4},
        ["answers >= 2", "wrong_rate > 0.5"],
        {"name": "restrict", "scope": "project", "duration": "10 days"},
    )
    pool = open_pool(real=20, golden=4, quality_rules=[rule])
    good, bad = account(project=pool.project), account(project=pool.project)
    for _ in range(2):
        _answer(good, pool)
        _answer(bad, pool, "irrelevant")
    restriction = Restriction.objects.get()
    assert (restriction.annotator, restriction.scope) == (bad, "project")
    assert restriction.until == NOW + timedelta(seconds=60, days=10)
    with pytest.raises(Refused, match="until"):
        claim_page(bad, pool, now=NOW)
    claim_page(bad, pool, now=NOW + timedelta(days=11))
    claim_page(good, pool, now=NOW)
    recount(pool)


def test_the_golden_rate_becomes_a_skill(database: ServerConfig) -> None:
    rule = _rule(
        "golden_answers",
        ["answers >= 2"],
        {"name": "set_skill_from_rate", "skill": "q", "rate": "right_rate"},
    )
    pool = open_pool(real=20, golden=4, quality_rules=[rule])
    ann = account(project=pool.project)
    for label in ("relevant", "irrelevant", "irrelevant"):
        _answer(ann, pool, label)
    assert [round(value.value, 4) for value in SkillValue.objects.order_by("pk")] == [0.5, 0.3333]


def test_a_fast_page_restricts_and_ends_what_is_held_elsewhere(database: ServerConfig) -> None:
    rule = _rule(
        {"name": "page_submit_time", "fast_seconds": 10},
        ["fast_pages >= 1"],
        {"name": "restrict", "scope": "all"},
    )
    of = project(max_active_pages=2)
    pool, other = open_pool(of, real=10, quality_rules=[rule]), open_pool(of, real=5, overlap=1)
    ann = account(project=of)
    held = claim_page(ann, other, now=NOW)
    _answer(ann, pool, seconds=9)
    held.refresh_from_db()
    assert held.status == "expired"
    assert Restriction.objects.get().until is None
    recount(pool)
    recount(other)


def test_ten_seconds_are_not_fast(sqlite: ServerConfig) -> None:
    rule = _rule({"name": "page_submit_time", "fast_seconds": 10}, ["fast_pages >= 1"], "restrict")
    pool = open_pool(real=10, quality_rules=[rule])
    _answer(account(project=pool.project), pool, seconds=10)
    assert not Restriction.objects.exists()


def test_pages_skipped_in_a_row_restrict(database: ServerConfig) -> None:
    rule = _rule("pages_skipped", ["skipped_in_a_row >= 2"], {"name": "restrict", "duration": "1 hour"})
    pool = open_pool(real=50, quality_rules=[rule])
    ann = account(project=pool.project)
    skip_page(ann, claim_page(ann, pool, now=NOW).pk, now=NOW)
    _answer(ann, pool, at=NOW + timedelta(seconds=1))
    later = NOW + timedelta(seconds=100)
    skip_page(ann, claim_page(ann, pool, now=later).pk, now=later)
    assert not Restriction.objects.exists()
    later += timedelta(seconds=1)
    skip_page(ann, claim_page(ann, pool, now=later).pk, now=later)
    assert Restriction.objects.get().until == later + timedelta(hours=1)


def test_a_minority_of_one_is_restricted_when_others_have_answered(database: ServerConfig) -> None:
    rule = _rule(
        {"name": "majority_vote", "answers_needed": 2},
        ["answers >= 5", "disagreeing_rate >= 0.8"],
        "restrict",
    )
    pool = open_pool(real=5, overlap=3, quality_rules=[rule])
    odd, *others = (account(project=pool.project) for _ in range(3))
    _answer(odd, pool, "irrelevant")
    for other in others:
        _answer(other, pool)
    assert not Restriction.objects.exists()
    assert tick(NOW + timedelta(seconds=60)).rules_looked_at >= 1
    assert Restriction.objects.get().annotator == odd
    tick(NOW + timedelta(seconds=61))
    assert tick(NOW + timedelta(seconds=62)).rules_looked_at == 0
    assert Restriction.objects.count() == 1


def test_income_of_a_day_restricts(database: ServerConfig) -> None:
    rule = _rule("income", ["income >= 0.1"], {"name": "restrict", "duration": "1 day"})
    pool = open_pool(real=50, quality_rules=[rule])
    ann = account(project=pool.project)
    _answer(ann, pool)
    _answer(ann, pool, at=NOW + timedelta(days=1, seconds=1))
    assert not Restriction.objects.exists()
    _answer(ann, pool, at=NOW + timedelta(days=1, seconds=100))
    assert Restriction.objects.get().annotator == ann


def test_accepted_pages_set_a_skill_once(database: ServerConfig) -> None:
    rule = _rule("pages_accepted", ["pages >= 2"], {"name": "set_skill", "skill": "regular", "value": 1.0})
    pool = open_pool(real=50, quality_rules=[rule], auto_accept=False)
    ann = account(project=pool.project)
    pages = [_answer(ann, pool, at=NOW + timedelta(minutes=i)) for i in range(3)]
    assert not SkillValue.objects.exists()
    accept_pages([page.pk for page in pages[:2]], now=NOW + timedelta(hours=1))
    tick(NOW + timedelta(hours=1))
    assert [value.value for value in SkillValue.objects.all()] == [1.0]


def test_a_low_acceptance_rate_restricts(database: ServerConfig) -> None:
    rule = _rule("acceptance_rate", ["pages >= 2", "rejected_rate > 0.9"], "restrict")
    pool = open_pool(real=50, quality_rules=[rule], auto_accept=False)
    ann = account(project=pool.project)
    pages = [_answer(ann, pool, at=NOW + timedelta(minutes=i)) for i in range(3)]
    for page in pages[:2]:
        assert not Restriction.objects.exists()
        reject_pages([page.pk], now=NOW + timedelta(hours=1), comment="Wrong.")
        tick(NOW + timedelta(hours=1))
    assert Restriction.objects.get().annotator == ann


def test_wrong_golden_answers_reject_what_was_done_and_it_can_be_taken_back(database: ServerConfig) -> None:
    rule = _rule(
        "golden_answers",
        ["answers >= 2", "wrong_rate > 0.9"],
        {"name": "reject_all", "comment": "Too often wrong."},
    )
    pool = open_pool(real=50, golden=4, quality_rules=[rule], auto_accept=False)
    ann = account(project=pool.project)
    pages = [_answer(ann, pool, "irrelevant", at=NOW + timedelta(minutes=i)) for i in range(2)]
    assert set(Assignment.objects.values_list("status", flat=True)) == {"rejected"}
    assert [message.text for message in ann.messages.all()] == ["Too often wrong."] * 2
    recount(pool)
    accept_pages([page.pk for page in pages], now=NOW + timedelta(hours=2))
    assert set(Assignment.objects.values_list("status", flat=True)) == {"accepted"}
    recount(pool)


def test_rejected_pages_return_the_annotators_tasks_to_others(database: ServerConfig) -> None:
    rule = _rule("page_reviewed", ["rejected == true"], "change_overlap")
    pool = open_pool(real=10, overlap=1, quality_rules=[rule], auto_accept=False)
    ann, bob = account(project=pool.project), account(project=pool.project)
    pages = [_answer(ann, pool, at=NOW + timedelta(minutes=i)) for i in range(2)]
    accept_pages([pages[0].pk], now=NOW + timedelta(hours=1))
    reject_pages([pages[1].pk], now=NOW + timedelta(hours=1, seconds=1), comment="Wrong.")
    tick(NOW + timedelta(hours=1, seconds=2))
    assert sorted(Task.objects.values_list("overlap", flat=True)) == [1] * 5 + [2] * 5
    for minute in range(2):
        _answer(bob, pool, at=NOW + timedelta(hours=2, minutes=minute))
    recount(pool)


def test_lost_access_accepts_what_was_done(database: ServerConfig) -> None:
    rule = _rule("access_revoked", ["by_restriction == true"], "accept_all")
    pool = open_pool(real=10, quality_rules=[rule], auto_accept=False)
    ann = account(project=pool.project)
    _answer(ann, pool)
    found = restrict(ann, reason="Taking turns.", now=NOW + timedelta(hours=1), pool=pool)
    tick(NOW + timedelta(hours=1))
    assert set(Assignment.objects.values_list("status", flat=True)) == {"accepted"}
    lift(found, now=NOW + timedelta(hours=2))
    claim_page(ann, pool, now=NOW + timedelta(hours=2))
    recount(pool)


def test_too_many_wrong_golden_answers_pause_the_pool(database: ServerConfig) -> None:
    rule = _rule("golden_answers", ["wrong_rate >= 0.9"], "pause_pool")
    pool = open_pool(real=10, golden=2, quality_rules=[rule])
    _answer(account(project=pool.project), pool, "irrelevant")
    pool.refresh_from_db()
    assert pool.status == "paused"


def _pairs(*, attention: bool) -> list[TaskRow]:
    def pair(number: int) -> dict[str, str]:
        return {"query_title": f"query {number}", "left_title": f"a {number}", "right_title": f"b {number}"}

    if attention:
        check = TaskRow(pair(9), key="check", kind="golden", golden="left", attention=True)
        return [*(TaskRow(pair(i), key=str(i)) for i in range(4)), check]
    return [TaskRow(pair(0), key="0"), TaskRow(pair(1), key="1"), TaskRow(pair(0), key="again", repeats="0")]


@pytest.mark.parametrize(("label", "restricted"), [("left", False), ("right", True), ("cannot_load", False)])
def test_a_failed_attention_check_restricts(database: ServerConfig, label: str, restricted: bool) -> None:
    rule = _rule("attention_check", ["failed_rate > 0.5"], "restrict")
    of = project(template="side_by_side")
    pool = open_pool(
        of, tasks=_pairs(attention=True), page_mix={"real": 4, "golden": 1}, quality_rules=[rule]
    )
    _answer(account(project=of), pool, label)
    assert Restriction.objects.exists() is restricted
    checked = int(label != "cannot_load")  # what does not load is no golden answer either
    assert Standing.objects.get().golden_answered == pool.tally.golden_answers == checked


@pytest.mark.parametrize("rule", [
    _rule("golden_answers", ["wrong_rate > 0.5"], "restrict"),
    _rule("majority_vote", ["answers > 0"], "nonsense"),
    _rule("income", ["income > 1"], "reject_all"),
])  # fmt: skip
def test_rules_that_make_no_sense_are_refused_when_they_are_written(
    sqlite: ServerConfig, rule: dict[str, Any]
) -> None:
    with pytest.raises((SettingsError, Exception), match="sense|no action|comment"):
        open_pool(project(template="side_by_side"), tasks=_pairs(attention=True), quality_rules=[rule])
    assert not Pool.objects.exists()


def test_the_same_facts_act_once(database: ServerConfig) -> None:
    rule = _rule("golden_answers", ["wrong_rate >= 0.9"], {"name": "restrict", "duration": "1 minute"})
    pool = open_pool(real=30, golden=2, quality_rules=[rule])
    ann = account(project=pool.project)
    _answer(ann, pool, "irrelevant")
    later = NOW + timedelta(hours=1)
    skip_page(ann, claim_page(ann, pool, now=later).pk, now=later)
    assert RuleAction.objects.count() == Restriction.objects.count() == 1
    assert Event.objects.filter(kind="rule_fired").count() == 1


def test_a_projects_rule_counts_all_its_pools(database: ServerConfig) -> None:
    rule = _rule("income", ["income >= 0.1"], {"name": "restrict", "scope": "project"})
    of = project(quality_rules=[rule])
    pools = [open_pool(of, real=10, reward=Decimal("0.05")) for _ in range(2)]
    ann = account(project=of)
    for pool in pools:
        _answer(ann, pool)
    assert Restriction.objects.get().scope == "project"
