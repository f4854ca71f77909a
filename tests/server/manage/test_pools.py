"""Settings of pools, their rules in words, their status, and what their page says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import server_scenes as scene
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from server_browser import browser, text_of

from palate.server.config import ServerConfig
from palate.server.manage import pool_form
from palate.server.manage.live import live_pool
from palate.server.projects.models import Pool, Task
from palate.server.work.claim import claim_page
from palate.server.work.models import Answer, Slot, TaskReport
from palate.server.work.submit import submit_page

XSS = "<script>alert(1)</script>"
NOW = scene.NOW


def form_of(draft: pool_form.PoolDraft, **changed: object) -> dict[str, object]:
    """Return what the form of a pool is sent with if nobody changes anything."""
    values = {name: value for name, value in draft.values.items() if value is not False}
    sent: dict[str, object] = {name: "on" if value is True else value for name, value in values.items()}
    for row in draft.rule_rows:
        sent |= {f"{row.prefix}-event": row.event, f"{row.prefix}-shown": row.event}
        sent |= {f"{row.prefix}-action": row.action}
        sent |= {one.name: one.value for one in [*row.event_inputs, *row.action_inputs]}
        for condition in row.conditions:
            name = condition.name
            sent |= {f"{name}-field": condition.field, f"{name}-is": condition.comparator}
            sent |= {f"{name}-value": condition.value}
    return {**sent, "action": "save", **changed}


def stored(pool: Pool) -> dict[str, object]:
    pool.refresh_from_db()
    return {
        field.name: getattr(pool, field.name) for field in Pool._meta.fields if field.name != "created_at"
    }


ALL_SETTINGS = {
    "name": f"Pool {XSS}",
    "reward": "0.1250",
    "budget": "12.50",
    "seconds_per_page": 900,
    "extension_seconds": 60,
    "page_mix": {
        "real": 8,
        "golden": 2,
        "minimum_real": 2,
        "minimum_golden": 1,
        "last_short_page": False,
        "shuffle": False,
        "golden_rate": [[0, "1/5"], [100, "1/10"]],
    },
    "overlap": {"minimum": 2, "maximum": 6, "confidence": 0.9},
    "audience": {"skills": ["exam >= 0.9"], "languages": ["en", "de"], "devices": ["phone"],
                 "any_of": [{"languages": ["en"]}, {"skills": ["other missing"]}]},
    "training": "Training",
    "skill": "speed",
    "retry_days": 3,
    "auto_accept": False,
    "review_days": 5,
    "replace_rejected": False,
    "priority": -2,
    "closes_at": "2027-01-02T03:04:00Z",
    "quality_rules": [
        {"event": {"name": "golden_answers", "history_size": 20}, "conditions": ["golden_answers >= 3", "golden_right_rate < 0.6"],
         "action": {"name": "restrict", "scope": "project", "duration": "10 days"}},
        {"event": "page_reviewed", "conditions": ["rejected == true"], "action": {"name": "set_skill", "skill": "speed", "value": 0.0}},
        {"event": {"name": "majority_vote", "answers_needed": 3}, "conditions": ["agreeing_rate < 0.5"],
         "action": {"name": "reject_all", "comment": "Too many differ."}},
        {"event": "income", "conditions": ["income >= 20.5"], "action": {"name": "restrict", "scope": "all", "duration": "1 hour"}},
    ],
}  # fmt: skip


def test_saving_the_form_unchanged_changes_nothing(database: ServerConfig) -> None:
    project = scene.project()
    scene.open_pool(
        project,
        kind="training",
        name="Training",
        status="draft",
        tasks=[],
        page_mix={"real": 0, "training": 2},
    )
    pool = scene.open_pool(project, tasks=[], status="draft", **ALL_SETTINGS)
    before = stored(pool)
    client = browser(project.created_by)
    page = text_of(client.get(f"/manage/pools/{pool.pk}/edit/"))
    assert XSS not in page
    response = client.post(f"/manage/pools/{pool.pk}/edit/", form_of(pool_form.from_pool(pool)))
    assert response.status_code == 302, text_of(response)
    assert stored(pool) == before


def test_a_new_pool_is_made_once(database: ServerConfig) -> None:
    project = scene.project()
    client = browser(project.created_by)
    address = f"/manage/projects/{project.pk}/pools/new/"
    for kind in ("main", "training", "exam"):
        assert client.get(f"{address}?kind={kind}").status_code == 200
        form = form_of(pool_form.new_draft(project, kind), form_key=kind)
        for _ in range(2):
            assert client.post(address, form).status_code == 302
    assert sorted(project.pools.values_list("kind", flat=True)) == ["exam", "main", "training"]
    assert project.pools.get(kind="exam").skill.name == "exam"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": ""}, "“Name”"),
        ({"reward": "lots"}, "“Paid for a page”"),
        ({"reward": "-1"}, "“Paid for a page”"),
        ({"reward": "NaN"}, "“Paid for a page”"),
        ({"real": "ten"}, "whole number"),
        ({"real": "0"}, "at least one real task"),
        ({"n": "0"}, "at least 1"),
        ({"overlap_kind": "dynamic", "minimum": "5", "maximum": "2"}, "minimum"),
        ({"overlap_kind": "dynamic", "confidence": "x"}, "0.95"),
        ({"audience_skills": "good people"}, "skill range"),
        ({"any_of": "{"}, "JSON"),
        ({"any_of": "[1]"}, "mapping"),
        ({"golden_rate": "0: 1e999999"}, "1/5"),
        ({"seconds_per_page": "1"}, "“Time for a page”"),
        ({"closes_at": "soon"}, "“Closes at”"),
        ({"training": "none such"}, "“Training first”"),
        ({"kind": "other"}, "kind"),
        ({"r0-event": "sunshine"}, "sunshine"),
        ({"r0-event": "page_submit_time", "r0-action": "sing"}, "sing"),
        ({"r0-event": "page_submit_time", "r0-e-history_size": "many"}, "number"),
        ({"r0-event": "page_submit_time", "r0-action": "restrict"}, "condition"),
        ({"r0-event": "page_submit_time", "r0-c0-field": "pages", "r0-c0-value": "=1"}, "condition"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(
    changed: dict[str, str], words: str, sqlite: ServerConfig
) -> None:
    project = scene.project()
    client = browser(project.created_by)
    form = form_of(pool_form.new_draft(project, "main"), **changed)
    response = client.post(f"/manage/projects/{project.pk}/pools/new/", form)
    assert response.status_code == 400
    assert words in text_of(response).replace("&#x27;", "'")
    assert not Pool.objects.exists()


def test_rules_are_read_from_json_and_toml_and_shown_in_words(sqlite: ServerConfig) -> None:
    project = scene.project()
    client = browser(project.created_by)
    address = f"/manage/projects/{project.pk}/pools/new/"
    toml = '[[rules]]\nevent = "pages_skipped"\nconditions = ["skipped_in_a_row >= 5"]\naction = {name="restrict", duration="1 day"}\n'
    json = '[{"event": "pages_skipped", "conditions": ["skipped_in_a_row >= 5"], "action": {"name": "restrict", "duration": "1 day"}}]'
    found = []
    for text in (toml, json):
        form = form_of(pool_form.new_draft(project, "main"), action="rules_text", rules_text=text)
        response = client.post(address, form)
        page = text_of(response)
        assert response.status_code == 200
        found.append(page.count("restrict the annotator in this pool for 1 day"))
    assert found == [1, 1]
    for wrong in ("[1", "x = ", "[[rules]]\nevent = 3", '{"a": 1}', "[[[[" * 2000):
        form = form_of(pool_form.new_draft(project, "main"), action="rules_text", rules_text=wrong)
        page = text_of(client.post(address, form))
        assert 'role="alert"' in page


def test_a_rule_is_added_and_removed_without_scripts(sqlite: ServerConfig) -> None:
    project = scene.project()
    client = browser(project.created_by)
    address = f"/manage/projects/{project.pk}/pools/new/"
    draft = pool_form.new_draft(project, "main")
    page = text_of(client.post(address, form_of(draft, action="preview", add_rule="1")))
    assert "less than 20 s is at least 2, then restrict the annotator in this pool for 10 days" in page
    rule = {"r0-event": "page_submit_time", "r0-shown": "page_submit_time", "r0-action": "restrict"}
    page = text_of(client.post(address, form_of(draft, action="preview", remove_rule="0", **rule)))
    assert 'class="rule"' not in page


def test_what_people_were_promised_stays(database: ServerConfig) -> None:
    pool = scene.open_pool(name="Old")
    client = browser(pool.project.created_by)
    form = form_of(
        pool_form.from_pool(pool), name="New", reward="9", n="7", kind="exam", seconds_per_page="700"
    )
    assert client.post(f"/manage/pools/{pool.pk}/edit/", form).status_code == 302
    pool.refresh_from_db()
    assert (pool.name, pool.seconds_per_page) == ("New", 700)
    assert (pool.reward, pool.overlap, pool.kind) == (Decimal("0.05"), 3, "main")


def test_status_goes_its_way_and_a_second_click_changes_nothing(database: ServerConfig) -> None:
    pool = scene.open_pool(status="draft")
    client = browser(pool.project.created_by)
    address = f"/manage/pools/{pool.pk}/status/"
    for status in ("open", "open", "paused", "open", "closed", "closed", "archived"):
        assert client.post(address, {"status": status}).status_code == 302
        pool.refresh_from_db()
        assert pool.status == status
    for status in ("open", "", "gone", XSS):
        response = client.post(address, {"status": status})
        assert response.status_code == 400
        assert XSS not in text_of(response)


def test_a_copy_is_a_draft_made_once(database: ServerConfig) -> None:
    pool = scene.open_pool(real=4, golden=2)
    client = browser(pool.project.created_by)
    for _ in range(2):
        response = client.post(f"/manage/pools/{pool.pk}/clone/", {"name": "Copy", "form_key": "k"})
    copy = Pool.objects.get(name="Copy")
    assert response.headers["Location"] == f"/manage/pools/{copy.pk}/"
    assert (copy.status, copy.tasks.count()) == ("draft", 6)
    scene.recount(copy)


def test_reviewers_see_progress_and_change_nothing(sqlite: ServerConfig) -> None:
    pool = scene.open_pool(status="draft")
    client = browser(scene.account("rev", pool.project, "reviewer"))
    page = text_of(client.get(f"/manage/pools/{pool.pk}/"))
    assert "Open to annotators" not in page
    for address in ("edit/", "status/", "clone/"):
        assert client.post(f"/manage/pools/{pool.pk}/{address}", {"status": "open"}).status_code == 404
    assert browser(scene.account(is_manager=True)).get(f"/manage/pools/{pool.pk}/live/").status_code == 404


def test_cost_and_hourly_pay_are_told_before_opening(sqlite: ServerConfig) -> None:
    pool = scene.open_pool(real=50, golden=10, status="draft", reward="0.03", budget="1.00")
    page = text_of(browser(pool.project.created_by).get(f"/manage/pools/{pool.pk}/"))
    assert "$1.14" in page  # 50 tasks × 3 answers, 4 a page: 38 pages at $0.03
    assert "$2.16" in page  # 10 s × 5 tasks: 72 pages an hour
    assert "The budget ends the work" in page


def answered(pool: Pool, names: str, label_of: dict[str, str] | None = None) -> None:
    """Have each of some people answer one page."""
    for name in names.split():
        person = scene.account(name, pool.project)
        page = claim_page(person, pool, now=NOW)
        label = (label_of or {}).get(name, "relevant")
        submit_page(
            person,
            page.pk,
            scene.answers_to(page, lambda _, label=label: label),
            now=NOW + timedelta(seconds=50),
        )


def test_live_figures_are_those_of_the_answers(database: ServerConfig) -> None:
    pool = scene.open_pool(real=4, golden=1, overlap=3, budget="1.00", page_mix={"real": 4, "golden": 1})
    answered(pool, "ana ben cid", {"cid": "irrelevant"})
    pool = Pool.objects.get(pk=pool.pk)
    live = live_pool(pool, now=NOW + timedelta(minutes=5))
    assert (live.state.answers_taken, live.state.answers_wanted, live.tasks_open) == (12, 12, 0)
    assert live.recent.seconds == 10
    assert live.hourly == Decimal("3.60")
    assert live.recent.agreement == pytest.approx(1 / 3)
    assert live.accuracy == pytest.approx(2 / 3)
    assert {note.labels for note in live.recent.disputed} == {"relevant 2, irrelevant 1"}
    assert (live.n_annotators, live.budget_left) == (3, Decimal("0.85"))
    assert [bar.title for bar in live.per_hour.bars if bar.height] == ["12:00: 3 pages"]
    assert sorted(dot.tone for dot in live.annotators.dots) == ["", "", "bad"]


def test_live_shows_no_markup_of_tasks_answers_and_reports(sqlite: ServerConfig) -> None:
    project = scene.project(template="free_text")
    pool = scene.open_pool(project, tasks=[scene.TaskRow({"query": XSS})], page_mix={"real": 1})
    answered(pool, "ana ben", {"ana": f"one {XSS}", "ben": f"two {XSS}"})
    ana = Answer.objects.first().annotator
    report = TaskReport.objects.create(task=pool.tasks.get(), annotator=ana, text=XSS, at=NOW)
    client = browser(project.created_by)
    page = text_of(client.get(f"/manage/pools/{pool.pk}/live/"))
    assert "&lt;script&gt;" in page
    assert XSS not in page
    assert client.post(f"/manage/reports/{report.pk}/resolve/").status_code == 302
    assert client.post(f"/manage/reports/{report.pk}/resolve/").status_code == 302
    assert "Reported tasks" not in text_of(client.get(f"/manage/pools/{pool.pk}/live/"))
    assert browser(ana).post(f"/manage/reports/{report.pk}/resolve/").status_code == 404


def test_progress_takes_as_many_queries_for_many_answers_as_for_few(sqlite: ServerConfig) -> None:
    counts = []
    for n in (20, 3_000):
        pool = scene.open_pool(scene.project(), real=n + 10, page_mix={"real": 5})
        Task.objects.filter(pool=pool).update(open_slots=0)
        Task.objects.filter(pool=pool).order_by("pk").filter(position__lt=5).update(open_slots=1)
        person = f"busy-{n}"
        many_answers_as(pool, n, person)
        with CaptureQueriesContext(connection) as queries:
            live_pool(Pool.objects.select_related("tally", "project").get(pk=pool.pk), now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 25


def many_answers_as(pool: Pool, n: int, login: str) -> None:
    person = scene.account(login, pool.project)
    page = claim_page(person, pool, now=NOW)
    taken = set(page.slots.values_list("task", flat=True))
    free = list(pool.tasks.exclude(pk__in=taken)[:n])
    slots = Slot.objects.bulk_create(
        Slot(assignment=page, task=task, annotator=person, position=1000 + place)
        for place, task in enumerate(free)
    )
    Answer.objects.bulk_create(
        Answer(
            slot=slot,
            pool=pool,
            task=slot.task,
            annotator=person,
            value="x",
            label="x",
            seconds=9,
            submitted_at=NOW,
        )
        for slot in slots
    )


def test_the_form_of_a_stranger_is_not_there(sqlite: ServerConfig) -> None:
    pool = scene.open_pool()
    client: Client = browser(scene.account(is_manager=True))
    for address in (
        "",
        "live/",
        "edit/",
        "tasks/",
        "review/",
        "annotators/",
        "results/",
        "answers/",
        "ledger/",
    ):
        assert client.get(f"/manage/pools/{pool.pk}/{address}").status_code == 404
