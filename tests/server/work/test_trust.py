"""Dynamic overlap trusts those who agree with golden tasks and with the others, and learns it while it runs."""

from __future__ import annotations

from datetime import timedelta

from server_scenes import NOW, account, answers_to, open_pool, recount

from palate.server.config import ServerConfig
from palate.server.projects.models import Tally, Task
from palate.server.work.claim import claim_page
from palate.server.work.housekeeping import tick
from palate.server.work.submit import submit_page


def test_who_errs_on_golden_tasks_weighs_less_from_the_next_round_on(database: ServerConfig) -> None:
    pool = open_pool(
        real=40,
        golden=20,
        overlap={"minimum": 2, "maximum": 5, "confidence": 0.95},
        page_mix={"real": 10, "golden": 10},
    )
    good, careless = (account(project=pool.project) for _ in range(2))
    for round_ in range(2):
        for person, label in ((good, "relevant"), (careless, "irrelevant")):
            page = claim_page(person, pool, now=NOW + timedelta(minutes=round_))
            answers = answers_to(page, lambda _, label=label: label)
            submit_page(person, page.pk, answers, now=NOW + timedelta(minutes=round_))
    tick(NOW + timedelta(minutes=5))
    tally = Tally.objects.get(pool=pool)
    believed = tally.confusions["annotators"]
    assert believed[str(good.pk)]["relevant"]["relevant"] > 0.8
    assert believed[str(careless.pk)]["relevant"]["relevant"] < 0.3
    assert tally.calibrated_on == 80
    third = account(project=pool.project)
    page = claim_page(third, pool, now=NOW + timedelta(minutes=6))
    submit_page(third, page.pk, answers_to(page), now=NOW + timedelta(minutes=6))
    overlaps = Task.objects.filter(kind="real", answers__annotator=third).values_list("overlap", flat=True)
    assert set(overlaps) <= {2, 3, 4}
    recount(pool)


def test_trust_is_learned_again_only_when_a_fifth_more_was_answered(sqlite: ServerConfig) -> None:
    pool = open_pool(
        real=50, golden=5, overlap={"minimum": 1, "maximum": 3}, page_mix={"real": 4, "golden": 1}
    )
    ann = account(project=pool.project)
    learned = []
    for minute in range(8):
        page = claim_page(ann, pool, now=NOW + timedelta(minutes=minute))
        submit_page(ann, page.pk, answers_to(page), now=NOW + timedelta(minutes=minute))
        before = Tally.objects.get(pool=pool).calibrated_on
        tick(NOW + timedelta(minutes=minute))
        learned.append(Tally.objects.get(pool=pool).calibrated_on != before)
    assert learned == [True, True, True, True, True, True, False, True]
