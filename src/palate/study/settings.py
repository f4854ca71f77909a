"""``palate.toml``: every setting of a study, its type, range, default and meaning, declared once."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["StudySettings"]

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Options = dict[str, Any]


class Section(BaseModel):
    """A table of ``palate.toml``: no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class General(Section):
    """What the study is called, the seed on which every random number in it depends, and the rounds of the loop.

    A file that says nothing of ``rounds`` has one: a further round costs money, so it is only run where it is asked for.
    """

    name: str = "study"
    seed: int = 0
    rounds: Annotated[int, Field(ge=1, le=9)] = 1


class Data(Section):
    """Where interactions and items come from; paths are relative to the study's directory."""

    source: Literal["movielens", "files"] = "files"
    interactions: str | None = None
    items: str | None = None

    @model_validator(mode="after")
    def _files_need_a_path(self) -> Data:
        if self.source == "files" and not self.interactions:
            raise ValueError(
                'name a file of interactions: interactions = "interactions.csv" (or source = "movielens")'
            )
        return self


class Split(Section):
    """What is past (learned from) and what is future (the truth), and whom to rank for."""

    future_share: Share = 0.3
    queries: Count = 300
    candidates: Count = 30
    min_candidates: Count = 5
    liked_shown: Count = 5

    @model_validator(mode="after")
    def _enough_candidates(self) -> Split:
        if self.min_candidates > self.candidates:
            raise ValueError(
                f"min_candidates ({self.min_candidates}) must not exceed candidates ({self.candidates})"
            )
        return self


class Grades(Section):
    """The grades people give. ``thresholds`` turn a later interaction's value into its true grade."""

    names: tuple[str, ...] = ("irrelevant", "slightly relevant", "relevant", "highly relevant")
    thresholds: tuple[float, ...] | Literal["quartiles"] = "quartiles"

    @model_validator(mode="after")
    def _ascending(self) -> Grades:
        if self.thresholds == "quartiles":
            if len(self.names) != 4:
                raise ValueError('thresholds = "quartiles" needs four names')
            return self
        if list(self.thresholds) != sorted(set(self.thresholds)):
            raise ValueError(f"thresholds must ascend; they are {list(self.thresholds)}")
        if len(self.thresholds) != len(self.names) - 1:
            raise ValueError(
                f"{len(self.names)} names need {len(self.names) - 1} thresholds; there are {len(self.thresholds)}"
            )
        return self


class Recommend(Section):
    """Which recommenders are compared; ``options`` holds a table of settings for each that wants one."""

    systems: Annotated[tuple[str, ...], Field(min_length=2)] = ("popularity", "item_neighbours", "als")
    options: dict[str, Options] = {}


class Sample(Section):
    """What people are asked: the first ``depth`` items of every run, and pairs of runs side by side."""

    depth: Count = 15
    pairs: Count = 300
    pair_depth: Count = 5


class Ask(Section):
    """Where people are asked, how many of them, and for how much.

    ``hourly_floor`` is the least that an hour pays, US dollars: a study that would pay less stops before it asks, and who needed
    longer than expected gets a bonus up to it. 0: whatever it pays.
    """

    platform: str = "simulated"
    overlap: Count = 3
    overlap_max: Count = 5
    agreed_share: Annotated[float, Field(ge=0, le=1)] = 0.75
    page_size: Count = 10
    reward: Annotated[Decimal, Field(ge=0, strict=False)] = Decimal("0.05")
    golden_per_page: Annotated[int, Field(ge=0)] = 1
    golden_tasks: Annotated[int, Field(ge=0)] = 60
    hourly_floor: Annotated[Decimal, Field(ge=0, strict=False)] = Decimal(0)
    options: dict[str, Options] = {}

    @model_validator(mode="after")
    def _possible_page(self) -> Ask:
        if self.overlap > self.overlap_max:
            raise ValueError(f"overlap ({self.overlap}) must not exceed overlap_max ({self.overlap_max})")
        if self.golden_per_page >= self.page_size:
            raise ValueError(
                f"golden_per_page ({self.golden_per_page}) must leave room on a page of {self.page_size}"
            )
        return self


class Aggregate(Section):
    """How answers become judgments: the first of ``labels`` judges, the others are shown beside it."""

    labels: Annotated[tuple[str, ...], Field(min_length=1)] = ("dawid_skene", "majority_vote")
    pairs: str = "bradley_terry"
    agreement: tuple[str, ...] = ("krippendorff_alpha", "percent_agreement")
    options: dict[str, Options] = {"krippendorff_alpha": {"metric": "ordinal"}}


class Evaluate(Section):
    """How runs are measured; the verdict is about ``headline``."""

    measures: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "nDCG@10",
        "P(rel=2)@10",
        "AP(rel=2)",
        "RR(rel=2)",
    )
    headline: str = "nDCG@10"
    test: str = "paired_bootstrap"
    confidence: Share = 0.95
    resamples: Annotated[int, Field(ge=100)] = 5000

    @model_validator(mode="after")
    def _headline_is_measured(self) -> Evaluate:
        if self.headline not in self.measures:
            raise ValueError(
                f"headline '{self.headline}' must be one of measures: {', '.join(self.measures)}"
            )
        return self


class Learn(Section):
    """How a ranker is trained on the judgments; each query is ranked by one that has not seen it."""

    ranker: str = "lambdamart"
    folds: Annotated[int, Field(ge=2)] = 5
    options: Options = {}


class StudySettings(Section):
    """All of ``palate.toml``."""

    study: General = General()
    data: Data
    split: Split = Split()
    grades: Grades = Grades()
    recommend: Recommend = Recommend()
    sample: Sample = Sample()
    ask: Ask = Ask()
    aggregate: Aggregate = Aggregate()
    evaluate: Evaluate = Evaluate()
    learn: Learn = Learn()
