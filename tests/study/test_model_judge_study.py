"""A whole study whose only annotator is a model at an endpoint."""

from __future__ import annotations

import json
import re

import polars as pl
from model_endpoint import asked_text, chat_reply, model_endpoint
from small_study import SMALL_SETTINGS, write_small_world

from palate.study import Study
from palate.study.step import Step

SETTINGS = (
    SMALL_SETTINGS.replace("queries = 24", "queries = 8")
    .replace("pairs = 40", "pairs = 12")
    .replace("[ask]\n", '[ask]\nplatform = "model_judge"\n')
    .replace("[ask.options.simulated]\nannotators = 12\n", "")
)


class Told:
    """An observer that keeps what a study says."""

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


def by_number(text: str) -> str:
    """Grade an item by its number; of two lists, name the one whose first item has the lower number."""
    firsts = [int(number) for number in re.findall(r"^1\. Title (\d+)", text, re.MULTILINE)]
    if len(firsts) != 2:
        return str(int(re.findall(r"Title (\d+)", text)[-1]) % 4)
    left, right = firsts
    return "left" if left < right else "right" if right < left else "tie"


def test_a_model_alone_brings_a_study_to_its_verdict(tmp_path):
    write_small_world(tmp_path)
    told = Told()
    with model_endpoint(lambda body, _: chat_reply(by_number(asked_text(body)))) as endpoint:
        options = f'\n[ask.options.model_judge]\nendpoint = "{endpoint.url}"\nmodel = "judge-1"\n'
        (tmp_path / "palate.toml").write_text(SETTINGS.format(seed=5) + options)
        Study(tmp_path).run(observer=told)
    answers = pl.read_parquet(tmp_path / "ask" / "answers.parquet")
    assert answers["annotator"].n_unique() == 1
    assert pl.read_parquet(tmp_path / "aggregate-2" / "agreement.parquet").is_empty()
    assert json.loads((tmp_path / "evaluate-2" / "verdicts.json").read_text())["verdicts"][0]["system"]
    assert any("nothing says how far they agree on grades" in note for note in told.notes)
    assert (tmp_path / "report" / "index.html").exists()
