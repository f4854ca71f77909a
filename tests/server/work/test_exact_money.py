"""Sums of dollars stay exact on databases that add them as floating point numbers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import server_scenes as scene

from palate.server.config import ServerConfig
from palate.server.projects.models import Tally
from palate.server.work.claim import claim_page
from palate.server.work.models import Assignment
from palate.server.work.submit import submit_page


@pytest.mark.parametrize("reward", ["0.04", "0.07", "0.0011"])
def test_many_pages_at_once_leave_nothing_committed(database: ServerConfig, reward: str) -> None:
    pool = scene.open_pool(
        scene.project(one_account_a_device=False),
        real=1,
        overlap=9,
        page_mix={"real": 1},
        reward=Decimal(reward),
    )
    people = [scene.account(project=pool.project) for _ in range(9)]
    pages: list[Assignment] = [claim_page(person, pool, now=scene.NOW) for person in people]
    for person, page in zip(people, pages, strict=True):
        submit_page(person, page.pk, scene.answers_to(page), now=scene.NOW + timedelta(seconds=60))
    tally = Tally.objects.get()
    assert (tally.committed, tally.spent) == (0, 9 * Decimal(reward))
    scene.recount(pool)


def test_a_budget_is_spent_to_the_last_cent(database: ServerConfig) -> None:
    pool = scene.open_pool(
        scene.project(one_account_a_device=False), real=1, overlap=9, page_mix={"real": 1}, reward=Decimal("0.10"),
        budget=Decimal("0.30"),
    )  # fmt: skip
    for _ in range(3):
        person = scene.account(project=pool.project)
        page = claim_page(person, pool, now=scene.NOW)
        submit_page(person, page.pk, scene.answers_to(page), now=scene.NOW + timedelta(seconds=60))
    assert Tally.objects.get().spent == Decimal("0.30")
