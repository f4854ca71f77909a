"""Annotators' pages speak seven languages, each of them completely."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import server_scenes as scene
from django.test import Client, RequestFactory
from server_browser import text_of

from palate.server.accounts.models import Account
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool
from palate.server.web.texts import (
    LANGUAGES,
    REFUSALS,
    SCRIPT_TEXTS,
    catalogue,
    direction_of,
    nearest_language,
    said,
    said_again,
)
from palate.server.work.claim import claim_page

SERVER = Path(__file__).parents[3] / "src" / "palate" / "server"
FRAMED = [*(SERVER / "annotate").rglob("*.html"), *(SERVER / "web" / "templates" / "web").glob("*.html")]
SCRIPTS = sorted((SERVER / "web" / "static" / "palate").glob("*.js"))
OTHERS = [language for language in LANGUAGES if language != "en"]


def shown_texts() -> set[str]:
    """Return the texts that templates and views say."""
    found: set[str] = set()
    for template in FRAMED:
        for tag in re.findall(r"{% (?:say|say_count) .*?%}", template.read_text()):
            found |= set(re.findall(r'(?<=[ ])"([^"]+)"', tag.partition("=")[0]))
    for path in (SERVER / "annotate").rglob("*.py"):
        found |= set(re.findall(r'\bsaid\(\s*\w+,\s*"([^"]+)"', path.read_text()))
    return found | {f"{{n}} {unit}" for unit in ("second", "seconds", "minute", "minutes")}


def test_the_texts_of_scripts_are_known() -> None:
    written = {text for script in SCRIPTS for text in re.findall(r'\bsaid\(\s*"([^"]+)"', script.read_text())}
    assert written == set(SCRIPT_TEXTS)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_every_text_and_no_other(language: str) -> None:
    shown = shown_texts()
    assert len(shown) > 90
    assert set(catalogue(language)) == shown | set(SCRIPT_TEXTS) | set(REFUSALS)


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_values_and_no_markup(language: str) -> None:
    for text, translated in catalogue(language).items():
        assert sorted(re.findall(r"{\w*}", translated)) == sorted(re.findall(r"{\w*}", text)), text
        assert not re.search(r"[<>&]", translated)
        assert translated.strip() == translated != ""
        assert translated[-1:] in ".؟。" or text[-1] != ".", text


def test_no_text_stands_in_annotators_templates_untranslated() -> None:
    for template in FRAMED:
        if template.name in {"base.html", "problem.html"}:
            continue
        plain = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", " ", template.read_text(), flags=re.DOTALL)
        assert set(re.findall(r"[A-Za-z]{2,}", plain)) <= {"UTC"}, template.name
        for value in re.findall(r'(?:aria-label|title|alt|placeholder)="([^"{]*)', template.read_text()):
            assert value == "", template.name


def test_what_rules_say_is_recognized() -> None:
    assert said_again("de", "Finish the training “A “good” start” first.") == (
        "Schließen Sie zuerst das Training „A “good” start“ ab."
    )
    assert said_again("de", "Something else.") == "Something else."
    assert said_again("en", REFUSALS[0]) == REFUSALS[0]


def test_what_rules_say_stands_in_the_code() -> None:
    """A refusal that is worded anew would no longer be recognized."""
    written = "".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text())
        for folder in (SERVER / "work", SERVER / "annotate", SERVER.parent / "task_templates")
        for path in folder.rglob("*.py")
    )
    composed = {
        "You have finished this training",
        "You have finished this exam",
        "You cannot work here until",
        "You cannot work here any more",
    }
    for text in REFUSALS:
        piece = max(re.split(r"{\w+}", text), key=len).strip(" .:")
        assert piece in written or piece in composed, text


@pytest.mark.parametrize(
    ("accepted", "wanted", "language"),
    [
        ("", "", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "", "de"),
        ("pl, ar;q=0.7, fr;q=0.9", "", "fr"),
        ("en;q=0, tr", "", "tr"),
        ("nonsense;;;q=x", "", "en"),
        ("de", "ru", "ru"),
        ("de", "pl-PL", "de"),
        ("de", "AR-eg", "ar"),
    ],
)
def test_the_project_decides_then_the_browser(accepted: str, wanted: str, language: str) -> None:
    request = RequestFactory().get("/", headers={"accept-language": accepted})
    assert nearest_language(request, wanted) == language


def _visited(account: Account, path: str, accepted: str = "de-DE,de;q=0.9") -> str:
    client = Client(headers={"host": "localhost", "accept-language": accepted})
    client.force_login(account)
    return text_of(client.get(path))


@pytest.fixture
def pool(sqlite: ServerConfig) -> Pool:
    project = scene.project(template_settings={"language": "ar"})
    return scene.open_pool(project, real=5)


def test_pages_of_a_project_are_in_its_language(pool: Pool) -> None:
    account = scene.account(project=pool.project)
    page = claim_page(account, pool, now=scene.NOW.now(scene.NOW.tzinfo))
    for path in (f"/pools/{pool.pk}/", f"/pages/{page.pk}/"):
        shown = _visited(account, path)
        assert '<html lang="ar" dir="rtl">' in shown
        assert said("ar", "Instructions") in shown
        assert "Instructions" not in shown
    assert "data-texts" in shown
    assert "متبقٍ {time}" in shown


def test_pages_of_no_project_are_in_the_browsers_language(pool: Pool) -> None:
    account = scene.account(project=pool.project)
    for path, word in (("/work/", "Beginnen"), ("/earnings/", "Ausgezahlt"), ("/messages/", "Nachrichten")):
        shown = _visited(account, path)
        assert '<html lang="de" dir="ltr">' in shown
        assert word in shown
        assert "Abmelden" in shown


def test_managers_pages_are_in_english(pool: Pool) -> None:
    manager = scene.account(project=pool.project, role="manager")
    shown = _visited(manager, f"/manage/pools/{pool.pk}/")
    assert '<html lang="en" dir="ltr">' in shown
    assert "Log out" in shown


def test_refusals_are_in_the_projects_language(pool: Pool) -> None:
    account = scene.account(project=pool.project)
    Pool.objects.filter(pk=pool.pk).update(status="paused")
    assert said("ar", "This work is paused. Look again later.") in _visited(account, f"/pools/{pool.pk}/")


def test_directions() -> None:
    assert {
        language: direction_of(language) for language in LANGUAGES if direction_of(language) == "rtl"
    } == {"ar": "rtl"}
