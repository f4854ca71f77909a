"""A page is handed out, answered, and paid, each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from server_scenes import NOW, account, answers_to, open_pool, project, recount, rows

from palate.server.accounts.models import Account, Membership
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool, Task
from palate.server.work.claim import claim_page
from palate.server.work.leave import end_overdue, extend_deadline, save_draft, skip_page
from palate.server.work.ledger import earnings_of
from palate.server.work.models import Answer, Assignment, Event, Standing
from palate.server.work.refusals import Refused
from palate.server.work.submit import submit_page


def test_a_page_is_answered_and_paid(database: ServerConfig) -> None:
    pool = open_pool(real=5, overlap=2)
    ann = account(project=pool.project)
    page = claim_page(ann, pool, now=NOW)
    assert page.deadline == NOW + timedelta(seconds=600)
    recount(pool)
    done = submit_page(ann, page.pk, answers_to(page), now=NOW + timedelta(seconds=50))
    assert done.assignment.status == "accepted"
    assert earnings_of(ann).balance == Decimal("0.05")
    assert {answer.seconds for answer in Answer.objects.all()} == {10.0}
    assert {answer.label for answer in Answer.objects.all()} == {"relevant"}
    recount(pool)


def _removed(ann: Account, pool: Pool) -> None:
    Membership.objects.filter(account=ann).delete()


def _moved(ann: Account, pool: Pool) -> None:
    Membership.objects.filter(account=ann).update(project=project())


def _closed(ann: Account, pool: Pool) -> None:
    Account.objects.filter(pk=ann.pk).update(is_active=False)


@pytest.mark.parametrize("leave", [_removed, _moved, _closed])
def test_who_has_left_meanwhile_gets_no_page(
    database: ServerConfig, leave: Callable[[Account, Pool], None]
) -> None:
    pool = open_pool(real=5)
    ann = account(project=pool.project)
    leave(ann, pool)
    with pytest.raises(Refused) as caught:
        claim_page(ann, pool, now=NOW)
    assert caught.value.code == "not_admitted"
    assert not Assignment.objects.exists()
    recount(pool)


@pytest.mark.parametrize("role", ["annotator", "reviewer", "manager"])
def test_every_role_may_answer(sqlite: ServerConfig, role: str) -> None:
    pool = open_pool(real=5)
    assert claim_page(account(project=pool.project, role=role), pool, now=NOW).slots.count() == 5


def test_an_admin_may_answer_everywhere(sqlite: ServerConfig) -> None:
    assert claim_page(account(is_admin=True), open_pool(real=5), now=NOW).slots.count() == 5


def test_claiming_again_gives_the_page_that_is_held(database: ServerConfig) -> None:
    pool = open_pool(real=10)
    ann = account(project=pool.project)
    assert claim_page(ann, pool, now=NOW).pk == claim_page(ann, pool, now=NOW).pk
    assert Assignment.objects.count() == 1


def test_a_page_sent_twice_is_stored_and_paid_once(database: ServerConfig) -> None:
    pool = open_pool(real=5)
    ann = account(project=pool.project)
    page = claim_page(ann, pool, now=NOW)
    first = submit_page(ann, page.pk, answers_to(page), now=NOW)
    second = submit_page(ann, page.pk, answers_to(page, lambda _: "irrelevant"), now=NOW)
    assert (first.again, second.again) == (False, True)
    assert set(Answer.objects.values_list("label", flat=True)) == {"relevant"}
    assert earnings_of(ann).earned == Decimal("0.05")
    recount(pool)


@pytest.mark.parametrize(
    ("answers", "problem"),
    [({}, "missing"), ({0: "nonsense"}, "nonsense"), ({0: ""}, ""), ({0: None}, ""), ({0: ["relevant"]}, "")],
)
def test_answers_outside_the_template_are_refused_with_their_places(
    sqlite: ServerConfig, answers: dict[int, object], problem: str
) -> None:
    pool = open_pool(real=5)
    ann = account(project=pool.project)
    page = claim_page(ann, pool, now=NOW)
    with pytest.raises(Refused) as caught:
        submit_page(ann, page.pk, {**answers_to(page), 0: None, **answers}, now=NOW)
    assert caught.value.code == "invalid"
    assert list(caught.value.problems) == [0]
    assert not Answer.objects.exists()
    page.refresh_from_db()
    assert page.status == "active"


def test_an_answer_to_a_place_that_is_not_on_the_page_is_refused(sqlite: ServerConfig) -> None:
    pool = open_pool(real=5)
    ann = account(project=pool.project)
    page = claim_page(ann, pool, now=NOW)
    with pytest.raises(Refused, match="position 5"):
        submit_page(ann, page.pk, {**answers_to(page), 5: "relevant"}, now=NOW)


def test_somebody_elses_page_is_as_if_it_were_not_there(database: ServerConfig) -> None:
    pool = open_pool(real=5)
    ann, bob = account(project=pool.project), account(project=pool.project)
    page = claim_page(ann, pool, now=NOW)
    for act in (
        lambda: submit_page(bob, page.pk, answers_to(page), now=NOW),
        lambda: skip_page(bob, page.pk, now=NOW),
        lambda: extend_deadline(bob, page.pk, now=NOW),
        lambda: save_draft(bob, page.pk, {"0-answer": ["relevant"]}, now=NOW),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "not_yours"


def test_late_answers_are_refused_and_the_tasks_go_to_others(database: ServerConfig) -> None:
    pool = open_pool(real=5, overlap=1)
    ann, bob = account(project=pool.project), account(project=pool.project)
    page = claim_page(ann, pool, now=NOW)
    late = NOW + timedelta(seconds=601)
    with pytest.raises(Refused) as caught:
        submit_page(ann, page.pk, answers_to(page), now=late)
    assert caught.value.code == "late"
    assert claim_page(bob, pool, now=late).slots.count() == 5
    recount(pool)


def test_a_closed_tab_gives_its_tasks_back_when_somebody_asks_for_work(database: ServerConfig) -> None:
    pool = open_pool(real=5, overlap=1)
    ann, bob = account(project=pool.project), account(project=pool.project)
    claim_page(ann, pool, now=NOW)
    with pytest.raises(Refused) as caught:
        claim_page(bob, pool, now=NOW + timedelta(seconds=599))
    assert caught.value.code == "no_tasks"
    assert claim_page(bob, pool, now=NOW + timedelta(seconds=601)).slots.count() == 5
    recount(pool)


def test_more_time_is_given_once(database: ServerConfig) -> None:
    pool = open_pool(real=5, extension_seconds=300)
    ann = account(project=pool.project)
    page = extend_deadline(ann, claim_page(ann, pool, now=NOW).pk, now=NOW)
    assert page.deadline == NOW + timedelta(seconds=900)
    with pytest.raises(Refused, match="more time already"):
        extend_deadline(ann, page.pk, now=NOW)
    submit_page(ann, page.pk, answers_to(page), now=NOW + timedelta(seconds=899))


def test_skipped_tasks_go_to_others_and_do_not_come_back(database: ServerConfig) -> None:
    pool = open_pool(real=5, overlap=1)
    ann, bob = account(project=pool.project), account(project=pool.project)
    skip_page(ann, claim_page(ann, pool, now=NOW).pk, now=NOW)
    with pytest.raises(Refused):
        claim_page(ann, pool, now=NOW)
    assert claim_page(bob, pool, now=NOW).slots.count() == 5
    recount(pool)


def test_nobody_gets_a_task_twice_and_every_task_gets_its_overlap(database: ServerConfig) -> None:
    pool = open_pool(real=12, overlap=3)
    people = [account(project=pool.project) for _ in range(5)]
    for _ in range(20):
        for person in people:
            try:
                page = claim_page(person, pool, now=NOW)
            except Refused:
                continue
            submit_page(person, page.pk, answers_to(page), now=NOW)
    assert all(task.answers.count() == 3 for task in Task.objects.all())
    assert Answer.objects.values("task", "annotator").distinct().count() == 36
    pool.refresh_from_db()
    assert (pool.status, pool.close_reason) == ("closed", "completed")
    recount(pool)


def test_golden_tasks_stand_on_every_page_until_all_were_seen(database: ServerConfig) -> None:
    pool = open_pool(real=20, golden=2, page_mix={"real": 4, "golden": 1})
    ann = account(project=pool.project)
    kinds = []
    for _ in range(4):
        page = claim_page(ann, pool, now=NOW)
        kinds.append(sorted(page.slots.values_list("task__kind", flat=True)))
        submit_page(ann, page.pk, answers_to(page), now=NOW)
    assert kinds == [["golden", *["real"] * 4]] * 2 + [["real"] * 5] * 2
    standing = Standing.objects.get(annotator=ann, pool=pool)
    assert (standing.golden_answered, standing.golden_right) == (2, 2)
    recount(pool)


def test_the_budget_is_never_exceeded_and_closes_the_pool(database: ServerConfig) -> None:
    pool = open_pool(real=50, budget=Decimal("0.12"))
    people = [account(project=pool.project) for _ in range(3)]
    for person in people[:2]:
        claim_page(person, pool, now=NOW)
    with pytest.raises(Refused) as caught:
        claim_page(people[2], pool, now=NOW)
    assert caught.value.code == "budget"
    pool.refresh_from_db()
    assert (pool.status, pool.close_reason) == ("closed", "budget")
    recount(pool)


def test_drafts_are_kept_until_the_page_is_sent(database: ServerConfig) -> None:
    pool = open_pool(real=5)
    ann = account(project=pool.project)
    page = claim_page(ann, pool, now=NOW)
    save_draft(ann, page.pk, {"0-answer": ["relevant"]}, now=NOW)
    assert claim_page(ann, pool, now=NOW).draft == {"0-answer": ["relevant"]}
    submit_page(ann, page.pk, answers_to(page), now=NOW)
    with pytest.raises(Refused):
        save_draft(ann, page.pk, {"0-answer": ["irrelevant"]}, now=NOW)


def test_a_training_teaches_and_an_exam_sets_a_skill(database: ServerConfig) -> None:
    of = project()
    training = open_pool(
        of, real=0, teaching=4, kind="training", page_mix={"real": 0, "training": 2}, name="training"
    )
    exam = open_pool(
        of, real=0, golden=4, kind="exam", page_mix={"real": 0, "golden": 4}, skill="search", name="exam", retry_days=2,
        reward=Decimal(0),
    )  # fmt: skip
    main = open_pool(of, real=5, training="training", name="main")
    ann = account(project=of)
    with pytest.raises(Refused, match="training"):
        claim_page(ann, main, now=NOW)
    for _ in range(2):
        page = claim_page(ann, training, now=NOW)
        feedback = submit_page(ann, page.pk, answers_to(page, lambda _: "irrelevant"), now=NOW).feedback
        assert [(one.right, one.hint) for one in feedback] == [(0.0, "It fits.")] * 2
    with pytest.raises(Refused, match="finished this training"):
        claim_page(ann, training, now=NOW)
    page = claim_page(ann, exam, now=NOW)
    wrong = {0: "irrelevant"}
    assert submit_page(ann, page.pk, {**answers_to(page), **wrong}, now=NOW).feedback == ()
    assert ann.skill_values.get().value == 0.75
    skip_page(ann, claim_page(ann, main, now=NOW).pk, now=NOW)
    with pytest.raises(Refused, match="finished this exam"):
        claim_page(ann, exam, now=NOW + timedelta(days=1))
    assert claim_page(ann, exam, now=NOW + timedelta(days=2)).slots.count() == 4


def test_an_exam_waits_for_its_training(database: ServerConfig) -> None:
    of = project()
    training = open_pool(
        of, real=0, teaching=2, kind="training", page_mix={"real": 0, "training": 2}, name="training"
    )
    exam = open_pool(
        of, real=0, golden=2, kind="exam", page_mix={"real": 0, "golden": 2}, training="training"
    )
    ann = account(project=of)
    with pytest.raises(Refused, match="Finish the training"):
        claim_page(ann, exam, now=NOW)
    page = claim_page(ann, training, now=NOW)
    submit_page(ann, page.pk, answers_to(page), now=NOW)
    claim_page(ann, exam, now=NOW)


def test_tasks_reserved_for_somebody_reach_nobody_else(database: ServerConfig) -> None:
    of = project()
    ann, bob = account(project=of), account(project=of)
    mine, theirs = rows(10)[:5], rows(10)[5:]
    tasks = [*(type(row)(row.input, key=row.key, reserved_for=ann.code) for row in mine),
             *(type(row)(row.input, key=row.key, unavailable_for=[bob.code]) for row in theirs)]  # fmt: skip
    pool = open_pool(of, tasks=tasks)
    with pytest.raises(Refused):
        claim_page(bob, pool, now=NOW)
    assert claim_page(ann, pool, now=NOW).slots.count() == 5


def test_dynamic_overlap_asks_on_only_where_answers_differ(database: ServerConfig) -> None:
    dynamic = {"minimum": 2, "maximum": 4, "confidence": 0.9}
    pool = open_pool(real=4, golden=6, overlap=dynamic, page_mix={"real": 4, "golden": 6})
    disputed = Task.objects.get(key="query 0")

    def choose(slot: object) -> str:
        wrong = slot.task_id == disputed.pk and slot.annotator_id == people[1].pk
        return "irrelevant" if wrong else "relevant"

    people = [account(project=pool.project) for _ in range(3)]
    for person in people:
        page = claim_page(person, pool, now=NOW)
        submit_page(person, page.pk, answers_to(page, choose), now=NOW)
        recount(pool)
    overlaps = dict(Task.objects.filter(kind="real").values_list("key", "overlap"))
    assert overlaps == {"query 0": 3, "query 1": 2, "query 2": 2, "query 3": 2}
    assert Task.objects.get(key="query 1").confidence > 0.9


def test_what_happened_can_be_read_in_order(database: ServerConfig) -> None:
    pool = open_pool(real=5, overlap=1)
    ann = account(project=pool.project)
    page = claim_page(ann, pool, now=NOW)
    submit_page(ann, page.pk, answers_to(page), now=NOW)
    kinds = list(Event.objects.filter(pool=pool).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["pool_opened", "page_claimed", "page_submitted", "page_accepted", "pool_closed"]


def test_ending_overdue_pages_twice_ends_them_once(database: ServerConfig) -> None:
    pool = open_pool(real=5)
    claim_page(account(project=pool.project), pool, now=NOW)
    later = NOW + timedelta(hours=1)
    assert (end_overdue(later), end_overdue(later)) == (1, 0)
    recount(pool)
    assert Pool.objects.get().tally.pages_active == 0


def test_a_page_whose_time_is_over_does_not_keep_from_other_pools(database: ServerConfig) -> None:
    of = project()
    ann = account(project=of)
    first, second = open_pool(of, real=5), open_pool(of, real=5)
    claim_page(ann, first, now=NOW)
    with pytest.raises(Refused, match="begun first"):
        claim_page(ann, second, now=NOW)
    claim_page(ann, second, now=NOW + timedelta(seconds=601))
