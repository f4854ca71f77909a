"""What happens when nobody clicks: reviews fall due, pools close, old sessions and replies go."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from server_scenes import NOW, account, answers_to, open_pool, recount

from palate.server.config import ServerConfig
from palate.server.work.claim import claim_page
from palate.server.work.housekeeping import tick
from palate.server.work.ledger import earnings_of
from palate.server.work.models import Reply
from palate.server.work.submit import submit_page


def test_pages_that_nobody_reviewed_in_time_are_accepted_and_paid(database: ServerConfig) -> None:
    pool = open_pool(real=5, auto_accept=False, review_days=3)
    ann = account(project=pool.project)
    page = claim_page(ann, pool, now=NOW)
    submit_page(ann, page.pk, answers_to(page), now=NOW)
    assert tick(NOW + timedelta(days=3, seconds=-1)).pages_accepted == 0
    assert not earnings_of(ann).earned
    assert tick(NOW + timedelta(days=3)).pages_accepted == 1
    assert earnings_of(ann).earned == pool.reward
    assert tick(NOW + timedelta(days=3)).pages_accepted == 0
    recount(pool)


def test_a_pool_closes_when_its_time_is_over(database: ServerConfig) -> None:
    pool = open_pool(real=5, closes_at=NOW + timedelta(days=1))
    assert tick(NOW + timedelta(hours=23)).pools_closed == 0
    assert tick(NOW + timedelta(hours=25)).pools_closed == 1
    pool.refresh_from_db()
    assert (pool.status, pool.close_reason) == ("closed", "expired")


def test_pages_whose_time_is_over_end_though_nobody_asks_for_work(database: ServerConfig) -> None:
    pool = open_pool(real=5)
    claim_page(account(project=pool.project), pool, now=NOW)
    assert tick(NOW + timedelta(hours=1)).pages_ended == 1
    recount(pool)


def test_old_sessions_and_replies_go_and_new_ones_stay(database: ServerConfig) -> None:
    someone = account()
    for name, age in (("old", 1), ("new", -1)):
        Session.objects.create(session_key=name, session_data="", expire_date=NOW - timedelta(days=age))
    for name, age in (("old", 3), ("new", 1)):
        Reply.objects.create(
            account=someone, key=name, request_hash="", status=200, body="", at=NOW - timedelta(days=age)
        )
    tick(NOW)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
    assert list(Reply.objects.values_list("key", flat=True)) == ["new"]
