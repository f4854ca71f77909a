"""Review: accept, reject, undo a wrong mass rejection; and what is done about one annotator."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import server_scenes as scene
from django.test import Client
from server_browser import browser, text_of

from palate.server.accounts.models import Account
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool
from palate.server.work.claim import claim_page
from palate.server.work.ledger import earnings_of
from palate.server.work.models import Answer, Assignment, LedgerEntry, Message, Restriction
from palate.server.work.submit import submit_page

XSS = "<script>alert(1)</script>"
NOW = scene.NOW


@pytest.fixture
def pool(database: ServerConfig) -> Pool:
    made = scene.open_pool(real=10, golden=4, auto_accept=False, overlap=4, reward="0.10")
    for number, name in enumerate(("ana", "ben", "cid")):
        pages_of(made, scene.account(name, made.project), NOW + timedelta(hours=number))
    return made


def pages_of(pool: Pool, person: Account, at) -> None:
    for minute in (0, 10):
        page = claim_page(person, pool, now=at + timedelta(minutes=minute))
        submit_page(person, page.pk, scene.answers_to(page), now=at + timedelta(minutes=minute + 1))


def reviewer(pool: Pool) -> Client:
    return browser(scene.account("rev", pool.project, "reviewer"))


def ids(pool: Pool, **only: object) -> list[str]:
    return [str(key) for key in Assignment.objects.filter(pool=pool, **only).values_list("pk", flat=True)]


def decide(client: Client, pool: Pool, verdict: str, **fields: object):
    return client.post(f"/manage/pools/{pool.pk}/review/", {"verdict": verdict, **fields})


def statuses(pool: Pool) -> dict[str, int]:
    found: dict[str, int] = {}
    for status in Assignment.objects.filter(pool=pool).values_list("status", flat=True):
        found[status] = found.get(status, 0) + 1
    return found


def test_pages_are_listed_with_answers_and_known_ones_marked(pool: Pool) -> None:
    page = text_of(reviewer(pool).get(f"/manage/pools/{pool.pk}/review/"))
    assert page.count('name="page" value=') == 6
    assert "golden 1 of 1 right" in page
    shown = Answer.objects.filter(pool=pool).first().task.input
    assert f"{shown['query']} · {shown['title']}" in page


def test_chosen_pages_are_accepted_and_paid_once(pool: Pool) -> None:
    client, chosen = reviewer(pool), ids(pool)[:2]
    assert decide(client, pool, "accepted", page=chosen).status_code == 302
    assert statuses(pool) == {"submitted": 4, "accepted": 2}
    assert decide(client, pool, "accepted", page=chosen).status_code == 302
    assert sum(entry.amount for entry in LedgerEntry.objects.all()) == Decimal("0.2")
    scene.recount(pool)


def test_a_rejection_needs_a_comment_that_its_annotator_reads(pool: Pool) -> None:
    client, chosen = reviewer(pool), ids(pool)[:1]
    refused = decide(client, pool, "rejected", page=chosen, comment="  ")
    assert refused.status_code == 400
    assert "Say why" in text_of(refused)
    assert decide(client, pool, "rejected", page=chosen, comment=XSS).status_code == 302
    shown = text_of(client.get(f"/manage/pools/{pool.pk}/review/?status=rejected"))
    assert "&lt;script&gt;" in shown
    assert XSS not in shown
    assert Message.objects.get().text == XSS
    scene.recount(pool)


def test_a_wrong_mass_rejection_is_undone_for_a_span_of_time(pool: Pool) -> None:
    client = reviewer(pool)
    assert decide(client, pool, "rejected", reach="all", comment="All wrong.").status_code == 302
    assert statuses(pool) == {"rejected": 6}
    later = NOW + timedelta(days=1)
    Assignment.objects.filter(annotator__login="cid").update(rejected_at=NOW)
    span = {"status": "rejected", "since": f"{later:%Y-%m-%dT%H:%M}"}
    undone = decide(client, pool, "accepted", reach="all", **span)
    assert undone.status_code == 302
    assert statuses(pool) == {"rejected": 2, "accepted": 4}
    assert earnings_of(Account.objects.get(login="ana")).earned == Decimal("0.2")
    assert earnings_of(Account.objects.get(login="cid")).earned == 0
    scene.recount(pool)


def test_all_pages_of_one_annotator_are_decided_on(pool: Pool) -> None:
    ana = Account.objects.get(login="ana")
    client = reviewer(pool)
    decide(client, pool, "rejected", reach="all", annotator=ana.code, comment="Too fast.")
    assert statuses(pool) == {"submitted": 4, "rejected": 2}
    assert set(Assignment.objects.filter(status="rejected").values_list("annotator__login", flat=True)) == {
        "ana"
    }


@pytest.mark.parametrize(
    "sent",
    [
        {"verdict": "accepted"},
        {"verdict": "burnt", "reach": "all"},
        {"verdict": "accepted", "page": ["x", "\0", "3"]},
        {"verdict": "accepted", "reach": "all", "annotator": "NOBODY"},
    ],
)
def test_what_makes_no_sense_changes_nothing(pool: Pool, sent: dict[str, object]) -> None:
    response = reviewer(pool).post(f"/manage/pools/{pool.pk}/review/", sent)
    assert response.status_code == 400
    assert statuses(pool) == {"submitted": 6}


def test_nobody_decides_on_pages_of_another_pool(pool: Pool) -> None:
    other = scene.open_pool(auto_accept=False)
    client = browser(scene.account("other-rev", other.project, "reviewer"))
    assert decide(client, pool, "accepted", reach="all").status_code == 404
    assert decide(client, other, "accepted", page=ids(pool)).status_code == 400
    assert statuses(pool) == {"submitted": 6}
    ana = browser(Account.objects.get(login="ana"))
    assert decide(ana, pool, "accepted", reach="all").status_code == 404
    assert ana.get(f"/manage/pages/{ids(pool)[0]}/").status_code == 404


def test_accepted_pages_stay_accepted(pool: Pool) -> None:
    client, chosen = reviewer(pool), ids(pool)[:1]
    decide(client, pool, "accepted", page=chosen)
    assert decide(client, pool, "rejected", page=chosen, comment="Oh.").status_code == 400
    mixed = ids(pool)
    assert decide(client, pool, "rejected", page=mixed, comment="Oh.").status_code == 400
    assert statuses(pool) == {"submitted": 5, "accepted": 1}


def test_a_page_is_shown_as_it_was_answered(pool: Pool) -> None:
    client = reviewer(pool)
    page = text_of(client.get(f"/manage/pages/{ids(pool)[0]}/"))
    assert page.count(" checked") == 5
    assert "known answer: right" in page


def act(client: Client, pool: Pool, action: str, who: str = "ana", **fields: str):
    code = Account.objects.get(login=who).code
    return client.post(
        f"/manage/pools/{pool.pk}/annotators/", {"action": action, "annotator": code, **fields}
    )


def test_a_bonus_is_paid_once_however_often_it_is_sent(pool: Pool) -> None:
    client = browser(pool.project.created_by)
    for _ in range(3):
        assert act(client, pool, "bonus", amount="0.50", note=XSS, form_key="k").status_code == 302
    assert earnings_of(Account.objects.get(login="ana")).earned == Decimal("0.5")
    pool.tally.refresh_from_db()
    assert pool.tally.spent == Decimal("0.5")
    for amount in ("", "0", "-1", "NaN", "1e9", "0.00001", "much"):
        assert act(client, pool, "bonus", amount=amount, form_key=amount).status_code == 400
    assert LedgerEntry.objects.count() == 1
    scene.recount(pool)


def test_a_message_reaches_its_annotator_once(pool: Pool) -> None:
    client = browser(pool.project.created_by)
    for _ in range(2):
        assert act(client, pool, "message", text=f"Well done {XSS}", form_key="k").status_code == 302
    assert Message.objects.count() == 1
    read = text_of(browser(Account.objects.get(login="ana")).get("/messages/"))
    assert "Well done &lt;script&gt;" in read
    for text in ("", " ", "x" * 2_001):
        assert act(client, pool, "message", text=text).status_code == 400


@pytest.mark.parametrize("scope", ["pool", "project"])
def test_a_restriction_keeps_away_until_it_is_lifted(pool: Pool, scope: str) -> None:
    from palate.server.work.refusals import Refused

    client, ana = browser(pool.project.created_by), Account.objects.get(login="ana")
    for _ in range(2):
        assert act(client, pool, "restrict", scope=scope, days="3", reason=XSS).status_code == 302
    restriction = Restriction.objects.get()
    assert (restriction.scope, restriction.until - restriction.created_at) == (scope, timedelta(days=3))
    with pytest.raises(Refused, match="alert"):
        claim_page(ana, pool, now=restriction.created_at)
    page = text_of(client.get(f"/manage/pools/{pool.pk}/annotators/?annotator={ana.code}"))
    assert "restricted" in page
    assert XSS not in page
    for _ in range(2):
        assert act(client, pool, "lift").status_code == 302
    claim_page(ana, pool, now=restriction.created_at)
    assert act(client, pool, "restrict", reason="").status_code == 400
    assert act(client, pool, "restrict", reason="x", days="soon").status_code == 400


def test_only_managers_deal_with_annotators_of_their_pool(pool: Pool) -> None:
    for client in (reviewer(pool), browser(Account.objects.get(login="ben"))):
        assert act(client, pool, "bonus", amount="1", form_key="k").status_code == 404
    stranger = scene.account("stranger")
    client = browser(pool.project.created_by)
    sent = {"action": "bonus", "annotator": stranger.code, "amount": "1", "form_key": "k"}
    assert client.post(f"/manage/pools/{pool.pk}/annotators/", sent).status_code == 400
    assert act(client, pool, "sing").status_code == 400
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("order", ["pages", "accuracy", "fast", "rejected", "login", ""])
def test_annotators_are_listed_in_any_order(pool: Pool, order: str) -> None:
    page = text_of(browser(pool.project.created_by).get(f"/manage/pools/{pool.pk}/annotators/?order={order}"))
    assert page.count("?annotator=") == 3
