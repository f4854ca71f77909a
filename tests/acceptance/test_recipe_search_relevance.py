"""The recipe for search relevance, from its file to judgments: training, exam, paid pages, rules, Dawid–Skene."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from api_client import token_of
from django.utils import timezone
from recipe_people import RECIPES, claimed_and_answered, finish, palate, people_of, published, texts_of

from palate.client import Client
from palate.server.projects.models import Pool
from palate.server.work.models import Assignment, LedgerEntry, Restriction, RuleAction, SkillValue

RELEVANT = {
    ("electric kettle", "Electric kettle, 1.7 l, steel"), ("water boiler steel", "Electric kettle, 1.7 l, steel"),
    ("tea mug", "Stoneware mug, 0.3 l"), ("stoneware cup", "Stoneware mug, 0.3 l"),
    ("gift for tea lovers", "Stoneware mug, 0.3 l"), ("desk lamp", "Desk lamp"), ("reading light", "Desk lamp"),
    ("office lighting", "Desk lamp"), ("running shoes", "White running shoe"),
    ("white sneakers", "White running shoe"), ("sports socks", "Sports socks, two pairs"),
}  # fmt: skip
RATHER = {
    ("kettle for a gas stove", "Electric kettle, 1.7 l, steel"), ("floor lamp", "Desk lamp"),
    ("gift for tea lovers", "Electric kettle, 1.7 l, steel"), ("leather boots", "White running shoe"),
    ("wool socks", "Sports socks, two pairs"), ("gym clothes", "Sports socks, two pairs"),
    ("gym clothes", "White running shoe"),
}  # fmt: skip


def grade(query: str, title: str) -> str:
    """Say what a person with sense answers: the yardstick, written apart from the recipe's tables."""
    if (query, title) in RELEVANT:
        return "relevant"
    return "rather_relevant" if (query, title) in RATHER else "irrelevant"


def sensible(view: dict[str, Any]) -> str:
    card = next(part for part in view["parts"] if part["kind"] == "item_card")
    return grade(texts_of(view), card["title"])


def hurried(view: dict[str, Any]) -> str:
    return "relevant"


def test_the_recipe_runs_from_its_file_to_judgments(tmp_path: Path) -> None:
    with published("search-relevance", tmp_path) as (server, project):
        training, exam, main = (
            Pool.objects.get(name=name) for name in ("Training", "Exam", "Search results")
        )
        people = people_of(project, ana=sensible, ben=sensible, cleo=sensible, dora=sensible, hasty=hurried)
        for name, person in people.items():
            before = finish(person, server, exam)
            assert all("Finish the training" in _why_not(before, pool) for pool in (exam, main))
            finish(person, server, training)
            assert len(person.feedback) == 10, name
            assert {one["right"] for one in person.feedback} == ({1.0} if name != "hasty" else {0.0, 1.0})
            assert all(one["hint"] for one in person.feedback)
            finish(person, server, exam)
        exams = {
            value.annotator.login: value.value
            for value in SkillValue.objects.filter(skill__name="search-exam")
        }
        assert exams == {"ana": 1.0, "ben": 1.0, "cleo": 1.0, "dora": 1.0, "hasty": 0.2}
        assert _why_not(_work(server, people["hasty"]), main)

        page_of(server, people["dora"], main)  # at once: nobody has read five tasks
        restriction = Restriction.objects.get()
        assert (restriction.annotator.login, restriction.scope, restriction.pool) == ("dora", "pool", main)
        assert restriction.until - restriction.created_at == timedelta(days=10)

        for name in ("ana", "ben", "cleo"):
            while page_of(server, people[name], main, seconds=30):
                pass
        main.refresh_from_db()
        assert (main.status, main.close_reason) == ("closed", "completed")
        paid = Assignment.objects.filter(pool=main, status="accepted").count()
        entries = LedgerEntry.objects.filter(pool=main)
        assert [entry.amount for entry in entries] == [Decimal("0.03")] * paid
        actions = {(one.annotator.login, one.rule["action"]["name"]) for one in RuleAction.objects.all()}
        assert ("dora", "restrict") in actions
        assert {("ana", "set_skill_from_rate"), ("ben", "set_skill_from_rate")} <= actions

        manager = Client(server.url, token_of(project.created_by)).connection
        rows = list(manager.rows(f"/pools/{main.pk}/answers"))
    _check_judgments(rows, tmp_path)


def _check_judgments(rows: list[dict[str, Any]], directory: Path) -> None:
    """Aggregate as a user does, and compare with what a person with sense says."""
    real = _tasks("real")
    answers = pl.DataFrame(rows).select("task", "annotator", "label")
    answers.write_csv(directory / "answers.csv")
    golden = [{"task": key, "label": row["golden"]} for key, row in _tasks("golden").items()]
    pl.DataFrame(golden).write_csv(directory / "golden.csv")
    palate(
        "aggregate", str(directory / "answers.csv"), "--golden", str(directory / "golden.csv"), "-M", "dawid-skene",
        "-o", str(directory / "labels.csv"),
    )  # fmt: skip
    labels = dict(pl.read_csv(directory / "labels.csv").select("task", "label").iter_rows())
    assert {key: labels[key] for key in real} == {
        key: grade(row["query"], row["title"]) for key, row in real.items()
    }
    counts = answers.filter(pl.col("task").str.starts_with("real")).group_by("task").len()
    assert counts["len"].to_list() == [3] * 50


def _tasks(part: str) -> dict[str, dict[str, str]]:
    with (RECIPES / f"search-relevance-{part}.csv").open(encoding="utf-8", newline="") as table:
        return {row["key"]: row for row in csv.DictReader(table)}


def _work(server: Any, person: Any) -> list[dict[str, Any]]:
    return list(Client(server.url, person.token).connection.get("/work")["items"])


def _why_not(items: list[dict[str, Any]], pool: Pool) -> str:
    return " ".join(next(one["why_not"] for one in items if one["pool"] == pool.pk))


def page_of(server: Any, person: Any, pool: Pool, *, seconds: float = 0) -> bool:
    """Have somebody answer one page, which they took so many seconds ago as the server's clock goes."""

    def earlier(page: str) -> None:
        moved = timezone.now() - timedelta(seconds=seconds)
        Assignment.objects.filter(pk=page).update(claimed_at=moved)

    return claimed_and_answered(server, person, pool, earlier)
