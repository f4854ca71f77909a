"""The recipe for complementary products, from its file to a ranking a product: training, pairs, Bradley–Terry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from api_client import token_of
from recipe_people import finish, palate, people_of, published, texts_of

from palate.client import Client
from palate.server.projects.models import Pool
from palate.server.work.models import Assignment, Restriction

TITLES = {
    "kettle": "Electric kettle, 1.7 l, steel",
    "mug": "Stoneware mug, 0.3 l",
    "lamp": "Desk lamp",
    "shoe": "White running shoe",
    "socks": "Sports socks, two pairs",
}
TASTE = {
    "kettle": ["mug", "lamp", "socks", "shoe"],
    "mug": ["kettle", "lamp", "socks", "shoe"],
    "lamp": ["mug", "kettle", "socks", "shoe"],
    "shoe": ["socks", "lamp", "mug", "kettle"],
    "socks": ["shoe", "lamp", "mug", "kettle"],
}
"""What everybody prefers with each product, best first."""
NAMES = {title: name for name, title in TITLES.items()}


def by_taste(view: dict[str, Any]) -> str:
    """Choose the side of the screen on which the better addition stands."""
    sides = next(part for part in view["parts"] if part["kind"] == "sides")
    order = TASTE[NAMES[texts_of(view)]]
    left, right = (order.index(NAMES[sides[side]["title"]]) for side in ("left", "right"))
    return "left" if left < right else "right"


def against_taste(view: dict[str, Any]) -> str:
    return "right" if by_taste(view) == "left" else "left"


def test_the_recipe_runs_from_its_file_to_rankings(tmp_path: Path) -> None:
    with published("complementary-product", tmp_path) as (server, project):
        training, main = Pool.objects.get(name="Training"), Pool.objects.get(name="Pairs")
        people = people_of(
            project, ana=by_taste, ben=by_taste, cleo=by_taste, dan=by_taste, contrary=against_taste
        )
        for person in people.values():
            finish(person, server, training)
        assert {one["right"] for one in people["ana"].feedback} == {1.0}
        assert {one["right"] for one in people["contrary"].feedback} == {0.0}

        finish(people["contrary"], server, main)
        restriction = Restriction.objects.get()
        assert (restriction.annotator.login, restriction.scope) == ("contrary", "project")
        assert (
            Assignment.objects.filter(pool=main, annotator__login="contrary", status="accepted").count() == 2
        )
        for name in ("ana", "ben", "cleo", "dan"):
            finish(people[name], server, main)
        main.refresh_from_db()
        assert (main.status, main.close_reason) == ("closed", "completed")
        manager = Client(server.url, token_of(project.created_by)).connection
        inputs = {task["key"]: task["input"] for task in manager.rows(f"/pools/{main.pk}/tasks")}
        rows = [
            {**row, **{name: inputs[row["task"]][name] for name in ("query", "left", "right")}}
            for row in manager.rows(f"/pools/{main.pk}/answers", golden=False)
        ]
        kept_out = {one["annotator"] for one in manager.rows(f"/projects/{project.pk}/restrictions")}
    assert len(rows) == 90  # 30 pairs, 3 answers each
    assert kept_out == {people["contrary"].account.code}
    rows = [row for row in rows if row["annotator"] not in kept_out]
    assert {row["task"] for row in rows} == {f"pair-{number:02d}" for number in range(1, 31)}
    for title in TITLES.values():
        assert _ranking(title, rows, tmp_path) == TASTE[NAMES[title]]


def _ranking(title: str, rows: list[dict[str, Any]], directory: Path) -> list[str]:
    """Return the ranking for a product, as ``palate aggregate`` makes it of the comparisons."""
    own = pl.DataFrame([row for row in rows if row["query"] == title])
    path, result = directory / "comparisons.csv", directory / "scores.csv"
    own.select("task", "annotator", "left", "right", "label").write_csv(path)
    palate("aggregate", str(path), "-M", "bradley-terry", "-o", str(result))
    return pl.read_csv(result).sort("score", descending=True)["item"].to_list()
