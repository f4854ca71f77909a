"""The least that an hour pays: a study that pays less stops, and who needed longer gets the rest."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from small_study import write_small_study

from palate.core.errors import SettingsError
from palate.platforms import Collected, Files, Pool, Simulated
from palate.study import Study
from palate.study.fair_pay import check_floor, pay_to_floor
from palate.study.settings import StudySettings
from palate.study.step import StepContext

SHOWN = [json.dumps({"query": "q", "title": f"t{n}"}) for n in range(4)]
POOL = Pool(
    pl.DataFrame({"task": [f"t{n}" for n in range(4)], "shown": SHOWN}),
    ("0", "1"),
    overlap=1,
    overlap_max=1,
    page_size=4,
    reward=Decimal("0.05"),
    golden_per_page=0,
    title="Films",
    template="graded_relevance",
    template_settings={"labels": [{"value": grade, "text": f"Grade {grade}"} for grade in ("0", "1")]},
)
COLLECTED = Collected(
    pl.DataFrame(
        {
            "task": [f"t{n}" for n in range(4)] * 3,
            "annotator": ["ann"] * 4 + ["ben"] * 4 + ["ann"] * 4,
            "label": ["1"] * 12,
            "page": [1] * 4 + [2] * 4 + [3] * 4,
            "seconds": [10.0] * 4
            + [20.0] * 4
            + [15.0] * 4,  # pages of 40, 80 and 60 seconds; the median is 60
        }
    ),
    pl.DataFrame({"annotator": ["ann", "ben"]}),
    3,
    Decimal("0.15"),
)


def context_of(directory: Path, floor: str) -> tuple[StepContext, list[str]]:
    data = {"data": {"source": "movielens"}, "ask": {"hourly_floor": floor}}
    said: list[str] = []
    settings = StudySettings.model_validate(data)
    return StepContext(directory, directory, settings, lambda *_: None, note=said.append), said


def test_a_study_that_would_pay_less_than_the_floor_stops_before_it_asks(tmp_path):
    study = Study(write_small_study(tmp_path / "study"))
    file = study.directory / "palate.toml"
    file.write_text(file.read_text().replace("[ask]\n", "[ask]\nhourly_floor = 9.50\n"))
    with pytest.raises(SettingsError, match=r"An hour would pay \$1\.80, below the floor of \$9\.50"):
        study.run(last="ask")
    assert not (study.directory / "ask").exists()
    # A guess of 25 s for two lists, ten of them: 250 s a page; $9.50 an hour is $0.6598 for 250 s.
    file.write_text(file.read_text().replace("hourly_floor = 9.50", "hourly_floor = 9.50\nreward = 0.6598"))
    study.run(last="ask")
    assert pl.read_parquet(study.directory / "ask" / "bonuses.parquet").is_empty()


def test_annotators_get_what_lifts_them_to_the_floor_at_the_median_time_of_a_page(tmp_path):
    context, said = context_of(tmp_path, "6.00")
    platform = Files(annotators=("ann", "ben"), format="csv").within(tmp_path)
    platform.publish(POOL)
    rows, paid = pay_to_floor(context, platform, POOL, COLLECTED)
    # $6 an hour for 60 seconds is $0.10 a page, of which $0.05 was paid.
    assert dict(rows.select("annotator", pl.col("dollars").cast(pl.Decimal(8, 2))).iter_rows()) == {
        "ann": Decimal("0.10"),
        "ben": Decimal("0.05"),
    }
    assert paid == Decimal("0.15")
    assert "2 annotators got $0.15" in said[0]
    _, again = pay_to_floor(context, platform, POOL, COLLECTED)
    assert again == 0, "what was paid is not paid again"


def test_simulated_annotators_are_owed_nothing(tmp_path):
    context, said = context_of(tmp_path, "6.00")
    rows, paid = pay_to_floor(context, Simulated(), POOL, COLLECTED)
    assert (len(rows), paid, said) == (0, 0, [])


def test_in_a_later_round_pay_is_projected_from_measured_pages(tmp_path):
    COLLECTED.answers.write_parquet(tmp_path / "answers.parquet")
    (tmp_path / "ask").mkdir()
    COLLECTED.answers.write_parquet(tmp_path / "ask" / "answers.parquet")
    first, said = context_of(tmp_path, "4.00")
    second = replace(first, round=2)
    files = Files(annotators=("ann", "ben"), format="csv").within(tmp_path)
    check_floor(first, files, POOL, "answers")  # a guess: 40 s for four tasks, so $4.50 an hour
    with pytest.raises(SettingsError, match=r"An hour would pay \$3\.00.*60 s \(as measured\)"):
        check_floor(second, files, POOL, "answers")
    assert said[0].startswith("Films: 4 answers on 1 pages of $0.05")
    assert any("golden" in text or "time" in text for text in said[1:]), "what files cannot do is said"
