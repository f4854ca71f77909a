"""A study whose annotators are people on a server: two rounds, from interactions to a verdict, stopped in the middle."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import server_scenes as scene
from api_client import token_of
from api_people import Person, working
from server_databases import fresh_database
from server_process import Server, running
from small_study import SMALL_SETTINGS, write_small_world

from palate.core.errors import PalateError
from palate.server.projects.models import Pool, Task
from palate.server.work.models import Answer
from palate.study import Study
from palate.study.step import Step

SETTINGS = SMALL_SETTINGS.replace("queries = 24", "queries = 8").replace("pairs = 40", "pairs = 12").replace(
    "[ask]\n", '[ask]\nplatform = "server"\noverlap = 2\noverlap_max = 2\n'
).replace("depth = 5", "depth = 4")  # fmt: skip


class Told:
    """An observer that keeps what a study says while it asks."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def noted(self, text: str) -> None:
        self.notes.append(text)

    def started(self, step: Step, number: int, total: int) -> None:
        pass

    def progress(self, done: int, total: int) -> None:
        pass

    def finished(self, step: Step, summary: str, seconds: float | None) -> None:
        pass


def by_number(view: dict[str, Any]) -> str:
    """Like items by their number, and lists by their first item: the same for everybody."""
    if any(part["kind"] == "sides" for part in view["parts"]):
        sides = next(part for part in view["parts"] if part["kind"] == "sides")
        left, right = (_number(sides[side]["cards"][0]["title"]) for side in ("left", "right"))
        return "left" if left < right else "right" if right < left else "tie"
    card = next(part for part in view["parts"] if part["kind"] == "item_card")
    return str(_number(card["title"]) % 4)


def _number(title: str) -> int:
    return int(re.findall(r"\d+", title)[-1])


@pytest.mark.timeout(240)
def test_a_study_asks_people_and_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "study").mkdir()
    write_small_world(tmp_path / "study")
    with (
        fresh_database("sqlite", tmp_path / "server", None) as config,
        running(Server(config, workers=1)) as server,
    ):
        monkeypatch.setenv("PALATE_TOKEN", token_of(scene.account("manager", is_manager=True)))
        options = f'\n[ask.options.server]\nurl = "{server.url}"\nseconds_between = 0.3\n'
        settings = (
            re.sub(r"\[ask.options.simulated\]\nannotators = 12\n", "", SETTINGS.format(seed=5)) + options
        )
        toml = tmp_path / "study" / "palate.toml"
        toml.write_text(settings + "hours = 0.0001\n")
        with pytest.raises(PalateError, match="answers are there"):
            Study(toml.parent).run()
        toml.write_text(settings)
        people = [Person(scene.account(f"person-{number}"), by_number) for number in range(3)]
        told = Told()
        with working(server.url, people):
            Study(toml.parent).run(observer=told)
        estimates = [text for text in told.notes if " pages of $0.05: $" in text]
        assert len(estimates) == 4  # before each pool is paid for
        assert Pool.objects.count() == 4  # graded tasks and pairs of lists, in each of two rounds
        assert Pool.objects.values("project").distinct().count() == 2
        assert set(Pool.objects.values_list("close_reason", flat=True)) == {"completed"}
        assert Answer.objects.filter(task__kind="golden").exists()
        asked = list(Task.objects.filter(kind="real").values_list("key", flat=True))
        assert len(asked) == len(set(asked))  # the second round asks nothing again
    answers, tasks = (
        pl.concat(
            [pl.read_parquet(toml.parent / folder / f"{name}.parquet") for folder in (step, f"{step}-2")]
        )
        for step, name in (("ask", "answers"), ("sample", "tasks"))
    )
    assert set(tasks["task"]) < set(asked)
    given = answers.join(tasks, on="task")
    assert (given["label"].cast(pl.Int64) == given["item"].str.extract(r"(\d+)").cast(pl.Int64) % 4).all()
    assert given.group_by("task").len()["len"].to_list() == [2] * len(tasks)
    assert (toml.parent / "report" / "index.html").exists()
