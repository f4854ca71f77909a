"""Projects from recipes and forms, and everything on a project's page."""

from __future__ import annotations

import pytest
import server_scenes as scene
from server_browser import browser, text_of

from palate.server.accounts.models import Membership
from palate.server.config import ServerConfig
from palate.server.manage.recipes import RECIPES
from palate.server.projects.models import Pool, Project, Skill
from palate.server.projects.reading import template_of

XSS = "<script>alert(1)</script>"
NEW = "/manage/projects/new/"


def form_of(project: Project, **changed: str) -> dict[str, str]:
    """Return what the form of a project of graded relevance is sent with."""
    labels = {}
    for number, label in enumerate(template_of(project).to_settings()["labels"]):  # type: ignore[arg-type]
        labels |= {f"s-labels-{number}-{name}": str(value) for name, value in label.items()}
    return {
        "name": project.name,
        "title": project.title,
        "template": "graded_relevance",
        "shown_template": "graded_relevance",
        "s-question": "How relevant is it?",
        "s-language": "en",
        "s-direction": "auto",
        "s-required": "on",
        "max_active_pages": "1",
        "language": "en",
        **labels,
        "action": "save",
        **changed,
    }


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_becomes_a_project_that_can_be_opened_at_once(recipe, database: ServerConfig) -> None:
    manager = scene.account("manager", is_manager=True)
    client = browser(manager)
    assert recipe.title in text_of(client.get(f"{NEW}?recipe={recipe.name}"))
    response = client.post(f"{NEW}?recipe={recipe.name}", {"name": XSS, "with_tasks": "on", "form_key": "k"})
    project = Project.objects.get()
    assert response.headers["Location"] == f"/manage/projects/{project.pk}/"
    page = text_of(client.get(response.headers["Location"]))
    assert XSS not in page
    assert "&lt;script&gt;" in page
    assert client.post(f"/manage/projects/{project.pk}/open/").status_code == 302
    assert set(project.pools.values_list("status", flat=True)) == {"open"}
    assert Membership.objects.get(project=project).account == manager


def test_the_search_recipe_has_eighty_rows(sqlite: ServerConfig) -> None:
    client = browser(scene.account("manager", is_manager=True))
    client.post(f"{NEW}?recipe=search", {"with_tasks": "on"})
    counts = {pool.name: pool.tasks.count() for pool in Pool.objects.all()}
    assert counts == {"Training": 10, "Exam": 10, "Search results": 60}
    main = Pool.objects.get(kind="main")
    assert main.tasks.filter(kind="golden").count() == 10
    assert main.audience == {"skills": ["search-exam >= 0.9"], "languages": ["en"]}


def test_a_form_that_is_sent_twice_makes_one_project(database: ServerConfig) -> None:
    client = browser(scene.account("manager", is_manager=True))
    sent = [client.post(f"{NEW}?recipe=graded", {"form_key": "same"}).headers["Location"] for _ in range(2)]
    assert sent[0] == sent[1]
    assert Project.objects.count() == 1
    client.post(f"{NEW}?recipe=graded", {"form_key": "another"})
    assert Project.objects.count() == 2


def test_only_who_may_make_projects_makes_one(sqlite: ServerConfig) -> None:
    client = browser(scene.account("ana"))
    assert client.get(NEW).status_code == 404
    assert client.post(f"{NEW}?recipe=graded").status_code == 404
    assert not Project.objects.exists()


@pytest.mark.parametrize("address", ["?recipe=nothing", "?template=nothing"])
def test_what_does_not_exist_is_named_with_what_does(address: str, sqlite: ServerConfig) -> None:
    response = browser(scene.account("manager", is_manager=True)).get(NEW + address)
    assert response.status_code == 400
    assert "graded" in text_of(response)


def test_home_shows_only_what_somebody_manages_or_reviews(sqlite: ServerConfig) -> None:
    mine, other = scene.account("mine", is_manager=True), scene.account("other", is_manager=True)
    project = scene.project(mine, name=f"Mine {XSS}")
    scene.project(other, name="Somebody's")
    scene.open_pool(project, name=f"Pool {XSS}")
    page = text_of(browser(mine).get("/manage/"))
    assert "Mine &lt;script&gt;" in page
    assert "Pool &lt;script&gt;" in page
    assert XSS not in page
    assert "Somebody" not in page
    assert "You manage no project" in text_of(browser(scene.account("ana", project)).get("/manage/"))
    assert "Mine" in text_of(browser(scene.account("rev", project, "reviewer")).get("/manage/"))


def test_a_project_of_ones_own_is_made_with_the_form(database: ServerConfig) -> None:
    client = browser(scene.account("manager", is_manager=True))
    template = scene.project()
    form = form_of(template, name="Own", title="", summary=XSS)
    preview = client.post(f"{NEW}?template=graded_relevance", {**form, "action": "preview"})
    assert preview.status_code == 200
    assert "How relevant is it?" in text_of(preview)
    assert not Project.objects.filter(name="Own").exists()
    assert client.post(f"{NEW}?template=graded_relevance", {**form, "name": ""}).status_code == 400
    assert client.post(f"{NEW}?template=graded_relevance", form).status_code == 302
    made = Project.objects.get(name="Own")
    assert (made.title, made.summary) == ("Own", XSS)
    assert made.template_settings["question"] == "How relevant is it?"
    assert [label["value"] for label in made.template_settings["labels"]] == [
        label["value"] for label in template.template_settings["labels"]
    ]


def test_labels_are_added_and_taken_away_without_scripts(sqlite: ServerConfig) -> None:
    client = browser(scene.account("manager", is_manager=True))
    form = {**form_of(scene.project()), "action": ""}
    before = text_of(client.post(f"{NEW}?template=graded_relevance", form)).count('class="setting-row"')
    added = text_of(client.post(f"{NEW}?template=graded_relevance", {**form, "add": "labels"}))
    removed = text_of(client.post(f"{NEW}?template=graded_relevance", {**form, "remove": "labels-0"}))
    assert (before, added.count('class="setting-row"'), removed.count('class="setting-row"')) == (5, 6, 4)
    assert 'value="relevant"' not in removed


def test_the_preview_shows_own_tasks_and_no_markup_of_theirs(sqlite: ServerConfig) -> None:
    manager = scene.account("manager", is_manager=True)
    project = scene.project(manager, instructions=f"**Look** {XSS} [x](javascript:alert(1))")
    scene.open_pool(project, tasks=[scene.TaskRow({"query": XSS, "title": f"a {XSS}"})])
    page = text_of(browser(manager).get(f"/manage/projects/{project.pk}/edit/"))
    assert "a &lt;script&gt;" in page
    assert "<strong>Look</strong>" in page
    assert XSS not in page
    assert 'href="javascript:' not in page


def test_a_change_that_breaks_answers_needs_a_new_version(database: ServerConfig) -> None:
    from palate.server.work.claim import claim_page
    from palate.server.work.submit import submit_page

    manager = scene.account("manager", is_manager=True)
    project = scene.project(manager)
    pool = scene.open_pool(project)
    ana = scene.account("ana", project)
    page = claim_page(ana, pool, now=scene.NOW)
    submit_page(ana, page.pk, scene.answers_to(page), now=scene.NOW)
    client = browser(manager)
    form = {**form_of(project), "s-labels-2-value": "other"}
    refused = client.post(f"/manage/projects/{project.pk}/edit/", form)
    assert refused.status_code == 400
    assert "make a new version" in text_of(refused)
    made = client.post(f"/manage/projects/{project.pk}/edit/", {**form, "action": "version", "form_key": "v"})
    newer = Project.objects.get(previous=project)
    assert made.headers["Location"] == f"/manage/projects/{newer.pk}/"
    assert newer.version == 2
    assert newer.memberships.filter(account=ana, role="annotator").exists()
    again = client.post(
        f"/manage/projects/{project.pk}/edit/", {**form, "action": "version", "form_key": "v"}
    )
    assert again.headers["Location"] == made.headers["Location"]
    assert client.post(f"/manage/projects/{project.pk}/edit/", form_of(project)).status_code == 302


def test_managers_of_other_projects_and_reviewers_change_nothing(sqlite: ServerConfig) -> None:
    project = scene.project(scene.account("manager", is_manager=True))
    others = (scene.account("other", is_manager=True), scene.account("rev", project, "reviewer"))
    for one in others:
        client = browser(one)
        for address in ("edit/", "skills/", "open/", "archive/", "pools/new/"):
            assert (
                client.post(f"/manage/projects/{project.pk}/{address}", form_of(project)).status_code == 404
            )
    assert browser(others[0]).get(f"/manage/projects/{project.pk}/").status_code == 404
    shown = text_of(browser(others[1]).get(f"/manage/projects/{project.pk}/"))
    assert "Archive" not in shown
    assert "Edit" not in shown


def test_skills_are_added_and_changed(sqlite: ServerConfig) -> None:
    manager = scene.account("manager", is_manager=True)
    project = scene.project(manager)
    client = browser(manager)
    for hidden in ({"hidden": "on"}, {}):
        client.post(f"/manage/projects/{project.pk}/skills/", {"name": XSS, "valid_days": "30", **hidden})
    skill = Skill.objects.get()
    assert (skill.hidden, skill.valid_days) == (False, 30)
    assert XSS not in text_of(client.get(f"/manage/projects/{project.pk}/"))
    assert client.post(f"/manage/projects/{project.pk}/skills/", {"name": ""}).status_code == 400
    bad = {"name": "x", "valid_days": "soon"}
    assert client.post(f"/manage/projects/{project.pk}/skills/", bad).status_code == 400


def test_an_archived_project_is_closed_and_kept(database: ServerConfig) -> None:
    manager = scene.account("manager", is_manager=True)
    project = scene.project(manager)
    pool, draft = scene.open_pool(project), scene.open_pool(project, status="draft")
    client = browser(manager)
    for _ in range(2):
        assert client.post(f"/manage/projects/{project.pk}/archive/").status_code == 302
    assert set(Pool.objects.filter(pk__in=[pool.pk, draft.pk]).values_list("status", flat=True)) == {
        "archived"
    }
    client.get("/manage/")  # takes the message along
    assert project.name not in text_of(client.get("/manage/"))
    assert project.name in text_of(client.get("/manage/?show=archived"))


def test_drafts_that_lack_tasks_are_not_opened(sqlite: ServerConfig) -> None:
    manager = scene.account("manager", is_manager=True)
    project = scene.project(manager)
    pool = scene.open_pool(project, tasks=[], status="draft")
    response = browser(manager).post(f"/manage/projects/{project.pk}/open/")
    assert response.status_code == 400
    assert "has no real tasks yet" in text_of(response)
    pool.refresh_from_db()
    assert pool.status == "draft"


def test_rules_of_the_whole_project_are_edited_with_it(database: ServerConfig) -> None:
    manager = scene.account("manager", is_manager=True)
    project = scene.project(manager)
    client = browser(manager)
    rule = {
        "r0-event": "page_submit_time",
        "r0-shown": "page_submit_time",
        "r0-e-fast_seconds": "10",
        "r0-e-history_size": "20",
        "r0-c0-field": "fast_pages",
        "r0-c0-is": ">=",
        "r0-c0-value": "1",
        "r0-action": "restrict",
        "r0-a-scope": "project",
        "r0-a-duration": "10 days",
    }
    address = f"/manage/projects/{project.pk}/edit/"
    assert client.post(address, form_of(project, **rule)).status_code == 302
    project.refresh_from_db()
    (stored,) = project.quality_rules
    assert stored["conditions"] == ["fast_pages >= 1"]
    assert "for 10 days" in text_of(client.get(address))
    wrong = client.post(address, form_of(project, **{**rule, "r0-e-history_size": "x"}))
    assert wrong.status_code == 400
    assert "must be a whole number" in text_of(wrong)
    project.refresh_from_db()
    assert project.quality_rules == [stored]
    assert client.post(address, form_of(project)).status_code == 302
    project.refresh_from_db()
    assert project.quality_rules == []
