"""The way in: the work there is, instructions, training, exam, paid pages, earnings and messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import server_scenes as scene
from page_forms import filled_in, page_of, posted_by, words_of
from server_browser import browser, text_of
from work_pages import example_rows, holder, hours_ago

from palate.server.accounts.models import Membership
from palate.server.config import ServerConfig
from palate.server.projects.life import change_status
from palate.server.projects.models import Pool, Project
from palate.server.work.models import Assignment, Message, SkillValue
from palate.server.work.review import pay_bonus, reject_pages


def test_nobody_sees_work_without_logging_in(sqlite: ServerConfig) -> None:
    for path in ("/", "/work/", "/earnings/", "/messages/"):
        assert browser().get(path).headers["Location"].startswith("/login/")


def test_managers_begin_at_their_own_pages(sqlite: ServerConfig) -> None:
    of = scene.project()
    for account in (
        scene.account(is_admin=True),
        scene.account(is_manager=True),
        scene.account(project=of, role="reviewer"),
    ):
        assert browser(account).get("/").headers["Location"] == "/manage/"
        assert browser(account).get("/work/").status_code == 200
    assert browser(scene.account(project=of)).get("/").status_code == 200


def test_the_work_there_is_says_what_it_pays_and_how_long_it_takes(sqlite: ServerConfig) -> None:
    of = scene.project(title="Kettles & pots", summary="Help a shop.")
    scene.open_pool(of, name="October", reward="0.0325", seconds_per_page=90)
    text = words_of(browser(scene.account(project=of)).get("/"))
    for words in ("Kettles & pots", "Help a shop.", "October", "$0.0325", "1½ minutes", "Not known yet"):
        assert words in text


def test_what_an_hour_has_paid_is_the_measured_mean(sqlite: ServerConfig) -> None:
    pool = scene.open_pool(real=50, overlap=1, reward="0.05")
    other = scene.account(project=pool.project)
    for _ in range(5):
        one = holder(pool, other)
        Assignment.objects.filter(pk=one.page.pk).update(claimed_at=datetime.now(UTC) - timedelta(seconds=36))
        one.submit(filled_in(one.opened()) | {"then": ["stop"]})
    text = words_of(browser(scene.account(project=pool.project)).get("/work/"))
    paid = float(text.split("An hour has paid $")[1].split()[0])
    assert 4.5 < paid <= 5.0  # $0.05 in 36 s is $5.00 an hour; the test itself takes a moment


def test_work_of_other_projects_and_drafts_is_not_shown(sqlite: ServerConfig) -> None:
    of = scene.project(title="Mine")
    scene.open_pool(of, status="draft", name="Hidden draft")
    scene.open_pool(scene.project(title="Not mine"))
    text = text_of(browser(scene.account(project=of)).get("/work/"))
    assert "Not mine" not in text
    assert "Hidden draft" not in text
    assert "There is no work for you" in text


def test_work_that_is_not_open_to_somebody_says_why(sqlite: ServerConfig) -> None:
    of = scene.project(title="Arabic queries")
    scene.open_pool(of, audience={"languages": ["ar"]})
    text = words_of(browser(scene.account(project=of)).get("/work/"))
    assert "Not open to you now" in text
    assert "ar" in text.split("Arabic queries", 1)[1]


def test_a_page_that_was_begun_is_offered_first(sqlite: ServerConfig) -> None:
    one = holder(real=10)
    page = page_of(one.client.get("/work/"))
    assert page.all("main")[0].all("a")[0].attributes["href"] == one.address
    Assignment.objects.filter(pk=one.page.pk).update(deadline=hours_ago(1))
    assert one.address not in text_of(one.client.get("/work/"))


def test_instructions_are_clean_html(sqlite: ServerConfig) -> None:
    of = scene.project(
        instructions="# Look\n\nat **both**. <img src=x onerror=alert(1)> [a](javascript:alert(1))"
    )
    pool = scene.open_pool(of)
    page = page_of(browser(scene.account(project=of)).get(f"/pools/{pool.pk}/"))
    prose = next(e for e in page.walk() if e.attributes.get("class") == "prose")
    assert [e.text for e in prose.all("h2")] == ["Look"]
    assert [e.text for e in prose.all("strong")] == ["both"]
    assert not [
        e for e in prose.walk() if "onerror" in e.attributes or "javascript" in e.attributes.get("href", "")
    ]


def test_the_start_button_hands_out_one_page_however_often_it_is_pressed(database: ServerConfig) -> None:
    pool = scene.open_pool(real=10)
    account = scene.account(project=pool.project)
    client = browser(account)
    first, second = (client.post(f"/pools/{pool.pk}/").headers["Location"] for _ in range(2))
    assert first == second
    assert Assignment.objects.filter(annotator=account).count() == 1


def test_starting_what_is_not_open_says_why(database: ServerConfig) -> None:
    pool = change_status(scene.open_pool(), "paused", now=scene.NOW)
    client = browser(scene.account(project=pool.project))
    response = client.post(f"/pools/{pool.pk}/", follow=True)
    assert "This work is paused" in text_of(response)
    assert not Assignment.objects.exists()


def test_others_pools_are_not_there(sqlite: ServerConfig) -> None:
    pool = scene.open_pool()
    stranger = browser(scene.account(project=scene.project()))
    assert stranger.get(f"/pools/{pool.pk}/").status_code == 404
    assert stranger.post(f"/pools/{pool.pk}/").status_code == 404


def prepared() -> tuple[Project, Pool, Pool, Pool]:
    """Return a project with a training of two pages, an exam, and work that needs both."""
    of = scene.project(skills=[{"name": "search", "hidden": False}])
    training = scene.open_pool(
        of,
        name="Learn",
        kind="training",
        tasks=scene.rows(0, 0, 4),
        page_mix={"real": 0, "training": 2},
        reward=0,
    )
    exam = scene.open_pool(
        of,
        name="Exam",
        kind="exam",
        tasks=scene.rows(0, 4),
        page_mix={"real": 0, "golden": 4},
        skill="search",
        reward=0,
    )
    main = scene.open_pool(of, name="Paid", audience={"skills": ["search>=0.7"]})
    return of, training, exam, main


def test_from_training_over_the_exam_to_paid_pages(database: ServerConfig) -> None:
    of, training, exam, main = prepared()
    account = scene.account(project=of)
    client = browser(account)
    assert text_of(client.get("/work/")).count(">Start<") == 2  # training and exam

    location = client.post(f"/pools/{training.pk}/").headers["Location"]
    fields = posted_by(page_of(client.get(location))) | {
        "t0-answer": ["relevant"],
        "t1-answer": ["irrelevant"],
    }
    location = client.post(location, fields).headers["Location"]
    lesson = words_of(client.get(location))
    taught = lesson.split("product ")[1:]
    assert lesson.index("✓ Right") < lesson.index("✗ Not right")
    assert "Your answer Relevant It fits." in taught[0]
    assert "Your answer Irrelevant Right answer Relevant It fits." in taught[1]
    assert not Assignment.objects.filter(annotator=account, status="active").exists()

    location = client.post(f"/pools/{training.pk}/").headers["Location"]
    location = client.post(location, filled_in(page_of(client.get(location)))).headers["Location"]
    finished = words_of(client.get(location))
    assert "You have finished the training" in finished
    assert "Start Exam" in finished

    location = client.post(f"/pools/{exam.pk}/").headers["Location"]
    fields = filled_in(page_of(client.get(location))) | {"t3-answer": ["irrelevant"]}
    location = client.post(location, fields).headers["Location"]
    result = words_of(client.get(location))
    assert "You have finished the exam" in result
    assert "75%" in result
    assert "Right answer" not in result
    assert "Start Paid" in result

    location = client.post(f"/pools/{main.pk}/").headers["Location"]
    client.post(location, filled_in(page_of(client.get(location))) | {"then": "stop"})
    text = words_of(client.get("/work/"))
    assert "Accepted $0.05" in text
    assert "75%" in text


def test_a_hidden_skill_is_not_shown(sqlite: ServerConfig) -> None:
    of = scene.project(skills=[{"name": "hush"}])
    account = scene.account(project=of)
    SkillValue.objects.create(skill=of.skills.get(), annotator=account, value=0.5, reason="", at=hours_ago(1))
    assert "hush" not in text_of(browser(account).get("/work/"))


def test_a_skill_that_expired_is_not_shown(sqlite: ServerConfig) -> None:
    of = scene.project(skills=[{"name": "search", "hidden": False}])
    account = scene.account(project=of)
    value = SkillValue.objects.create(
        skill=of.skills.get(), annotator=account, value=0.5, reason="", at=hours_ago(2)
    )
    assert "50%" in text_of(browser(account).get("/work/"))
    value.expires_at = hours_ago(1)
    value.save()
    assert "50%" not in text_of(browser(account).get("/work/"))


def test_main_pages_never_show_what_was_right(sqlite: ServerConfig) -> None:
    one = holder(real=4, golden=4)
    one.submit(filled_in(one.opened()) | {"then": ["stop"]})
    text = words_of(one.client.get(f"{one.address}result/"))
    assert "Right" not in text
    assert "submitted" in text


def test_the_result_of_a_page_in_work_is_the_page(sqlite: ServerConfig) -> None:
    one = holder(real=5)
    assert one.client.get(f"{one.address}result/").headers["Location"] == one.address


def test_a_rejection_is_told_with_the_managers_words(database: ServerConfig) -> None:
    one = holder(real=5, auto_accept=False)
    one.submit(filled_in(one.opened()) | {"then": ["stop"]})
    assert "Waiting for review</span>" in text_of(one.client.get("/earnings/"))
    assert "Waiting for review $0.05" in words_of(one.client.get("/earnings/"))
    reject_pages([one.page.pk], now=datetime.now(UTC), comment="Look at the <pictures>, please.")
    assert "Look at the &lt;pictures&gt;, please." in text_of(one.client.get("/work/"))
    earnings = words_of(one.client.get("/earnings/"))
    assert "Rejected" in earnings
    assert "Look at the <pictures>, please." in earnings
    assert one.client.post("/messages/").status_code == 302
    assert not Message.objects.filter(annotator=one.account, read_at=None).exists()
    assert "Look at the" not in text_of(one.client.get("/work/"))
    assert "Look at the" in text_of(one.client.get("/messages/"))


def test_messages_of_others_are_neither_shown_nor_marked(sqlite: ServerConfig) -> None:
    me, other = scene.account(), scene.account()
    Message.objects.create(annotator=other, text="For somebody else", at=hours_ago(1))
    client = browser(me)
    assert "For somebody else" not in text_of(client.get("/messages/"))
    client.post("/messages/")
    assert Message.objects.filter(read_at=None).count() == 1


def test_earnings_add_up(database: ServerConfig) -> None:
    one = holder(real=10, reward="0.0325")
    one.submit(filled_in(one.opened()) | {"then": ["stop"]})
    pay_bonus(one.account, Decimal("1.50"), pool=one.pool, note="Thank you", key="k", now=datetime.now(UTC))
    text = words_of(one.client.get("/earnings/"))
    assert "$1.5325" in text
    assert "Thank you" in text
    assert "$1.50" in text


def test_accounts_without_projects_see_an_empty_page(sqlite: ServerConfig) -> None:
    account = scene.account()
    assert not Membership.objects.filter(account=account).exists()
    assert "There is no work for you" in text_of(browser(account).get("/"))


def test_pictures_are_fetched_ahead_of_the_page_that_is_held_and_of_no_other(sqlite: ServerConfig) -> None:
    of = scene.project(template="side_by_side")
    pool = scene.open_pool(of, tasks=example_rows("side_by_side"), page_mix={"real": 2})
    one = holder(pool)
    pictures = sorted(f"/static/examples/{name}.svg" for name in ("kettle", "mug", "shoe"))
    other = browser(scene.account(project=of))
    for address in ("/work/", f"/pools/{pool.pk}/"):
        assert sorted(_fetched_ahead(one.client.get(address))) == pictures
        assert _fetched_ahead(other.get(address)) == []


def _fetched_ahead(response: Any) -> list[str]:
    links = page_of(response).all("link")
    return [link.attributes["href"] for link in links if link.attributes["rel"] == "prefetch"]
