"""Every platform where a pool is published and people answer later, with people to answer: for one set of tests."""

from __future__ import annotations

import csv
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import openpyxl
import polars as pl
import pytest
from loopback_service import LoopbackService, serving
from studio_double import StudioDouble
from toloka_double import TolokaDouble
from turk_double import TurkDouble

from palate.platforms import Collected, Pool, WaitingError, platforms

__all__ = ["BENCHES", "GRADES", "PAIRS", "PROMISES", "Bench", "bench_of", "better_side", "wanted_grade"]

PEOPLE = ("ann", "bob", "cy")
PROMISES = {
    "service": "it speaks to a service, which can fail",
    "waiting": "people answer later, and running the same again goes on",
    "pause": "a pool can be paused and resumed",
    "ends when paused": "a run ends while its pool is paused",
    "choices": "people's choices can be scripted",
    "several people": "several people answer",
    "overlap": "tasks get as many answers as are wanted",
    "half pages": "a page that was half answered counts as far as it was",
    "shown": "people see the column 'shown'",
    "one label": "it asks only by templates whose answer is one label",
    "site": "pictures are linked from elsewhere",
    "bonuses": "annotators may be owed a bonus",
    "pages": "it is paid by the page",
    "notes": "what was published is remembered in a file",
    "folder": "it keeps a folder for every pool",
}
"""What the tests of all platforms look at; a bench says what does not apply to its platform, and why."""
_TASKS = pl.DataFrame({"task": range(100, 114)}).with_columns(
    truth=pl.Series([str(number % 3) for number in range(14)]),
    shown=pl.Series(
        [json.dumps({"query": f"wants {n % 3}", "title": f"film <{n}> & more"}) for n in range(14)]
    ),
)
GRADES = Pool(
    _TASKS,
    ("0", "1", "2"),
    golden=_TASKS.tail(4).select("task", label="truth"),
    overlap=2,
    overlap_max=2,
    page_size=4,
    reward=Decimal("0.08"),
    title="Films & more",
    template="graded_relevance",
    template_settings={
        "question": "How good?",
        "labels": [
            *({"value": str(grade), "text": f"Grade {grade}", "grade": grade} for grade in (2, 1, 0)),
            {"value": "cannot_say", "text": "Can't say", "cannot_judge": True},
        ],
    },
    instructions="# Read\n\nWhat is *wanted*?<script>alert(1)</script>",
)
_PAIRS = pl.DataFrame({"task": [f"p{number}" for number in range(16)]}).with_columns(
    truth=pl.Series(["left" if number % 2 else "right" for number in range(16)]),
    shown=pl.Series(
        [
            json.dumps(
                {
                    "query": f"q{n}",
                    "left_title": ("bad", "good")[n % 2],
                    "right_title": ("good", "bad")[n % 2],
                }
            )
            for n in range(16)
        ]
    ),
)
PAIRS = Pool(
    _PAIRS,
    ("left", "right"),
    golden=_PAIRS.tail(6).select("task", label="truth"),
    overlap=2,
    overlap_max=2,
    page_size=5,
    reward=Decimal("0.10"),
    title="Side by side",
    template="side_by_side",
)


def wanted_grade(text: str) -> str:
    """Answer what a task of GRADES wants."""
    found = re.search(r"wants (\d)", text)
    assert found
    return found[1]


def better_side(text: str) -> str:
    """Answer which side of the screen is good."""
    return "left" if text.index("good") < text.index("bad") else "right"


@dataclass
class Bench(ABC):
    """A platform, and people who answer there.

    Args:
        folder: Where the platform remembers.
        service: What it speaks to; None if nothing.
    """

    absent: ClassVar[Mapping[str, str]] = {}
    """Of :data:`PROMISES`, what does not apply, and why."""
    at_once: ClassVar[bool] = False
    """Whether asking brings the answers at once."""
    any_seed: ClassVar[bool] = True
    """Whether the same is asked whatever the seed."""
    answers_a_task: ClassVar[int] = 2
    key_variables: ClassVar[tuple[str, ...]] = ()
    no_key: ClassVar[str] = r"There (is|are) no (key|credentials|token)"
    refuses_key: ClassVar[str] = "401"

    folder: Path
    service: Any = None
    name: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    def platform(self, **settings: Any) -> Any:
        """Return the platform, as a run makes it anew."""
        own = {} if self.at_once else {"hours": 0.0}
        where = {} if "folder" in self.absent else {"folder": str(self.folder)}
        return platforms.create(self.name, {**where, **own, **self.settings, **settings})

    def needs(self, *promises: str) -> None:
        """Skip a test of what does not apply, and say why."""
        for promise in promises:
            assert promise in PROMISES
            if promise in self.absent:
                pytest.skip(f"{self.name}: not that {PROMISES[promise]}; {self.absent[promise]}")

    def publish(self, pool: Pool) -> None:
        """Run until the pool is published."""
        if self.at_once:
            self.platform().publish(pool)
            return
        with pytest.raises(WaitingError):
            self.platform().ask(pool)

    def so_far(self, pool: Pool) -> Collected:
        """Return what came of a pool that is not done."""
        standing = self.platform().standing(pool)
        assert not standing.done
        found: Collected = standing.collected
        return found

    def knows(self, annotator: str) -> bool:
        """Return whether that is somebody who was asked."""
        return annotator in PEOPLE

    def price(self, found: Collected, pool: Pool) -> Decimal:
        """Return what the answers cost, bonuses aside."""
        fee: Decimal = self.platform().page_fee(pool)
        return found.pages * (pool.reward + fee)

    def work(self, annotator: str, choose: Callable[[str], str], pages: int = 1_000) -> int:
        """Have somebody answer; return how many pages they did."""
        found: int = self.service.work(annotator, choose, pages)
        return found

    def refuse(self, patch: pytest.MonkeyPatch) -> str:
        """Have the service refuse for good; return what the error says."""
        raise NotImplementedError

    def pools(self) -> int:
        """Return how many pools there are."""
        return 1

    def bonuses(self) -> list[tuple[str, Decimal]]:
        """Return who was given what, twice where it was given twice."""
        return []

    @abstractmethod
    def published(self) -> int:
        """Return how many pages or tasks people can see; doubled ones count twice."""

    @abstractmethod
    def texts(self) -> str:
        """Return all that an annotator could read, in the page or in its source."""


@dataclass
class TurkBench(Bench):
    key_variables: ClassVar[tuple[str, ...]] = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    refuses_key: ClassVar[str] = ""
    name: str = "mturk"

    def refuse(self, patch: pytest.MonkeyPatch) -> str:
        self.service.refuse = "CreateHIT"
        return "refuses"

    def bonuses(self) -> list[tuple[str, Decimal]]:
        return [(one["WorkerId"], Decimal(one["BonusAmount"])) for one in self.service.bonuses]

    def published(self) -> int:
        return len(self.service.hits)

    def texts(self) -> str:
        return "".join(hit["Question"] for hit in self.service.hits.values())


@dataclass
class TolokaBench(Bench):
    key_variables: ClassVar[tuple[str, ...]] = ("TOLOKA_TOKEN",)
    name: str = "toloka"

    def refuse(self, patch: pytest.MonkeyPatch) -> str:
        self.service.refuse = "projects"
        return "refuses"

    def pools(self) -> int:
        return len(self.service.things["pools"])

    def bonuses(self) -> list[tuple[str, Decimal]]:
        given = self.service.things["user-bonuses"].values()
        return [(one["user_id"], Decimal(str(one["amount"]))) for one in given]

    def published(self) -> int:
        return len(self.service.things["tasks"])

    def texts(self) -> str:
        return json.dumps([task["input_values"] for task in self.service.things["tasks"].values()])


@dataclass
class StudioBench(Bench):
    absent: ClassVar[Mapping[str, str]] = {"pause": "Label Studio has no such thing"}
    key_variables: ClassVar[tuple[str, ...]] = ("LABEL_STUDIO_API_KEY",)
    name: str = "label_studio"

    def refuse(self, patch: pytest.MonkeyPatch) -> str:
        self.service.refuse = "/api/projects/"
        return "refuses"

    def pools(self) -> int:
        return len(self.service.projects)

    def published(self) -> int:
        return len(self.service.tasks)

    def texts(self) -> str:
        return json.dumps([[task["data"], task.get("predictions")] for task in self.service.tasks.values()])


@dataclass
class FilesBench(Bench):
    absent: ClassVar[Mapping[str, str]] = {
        "service": "files speak to nothing",
        "pause": "whoever has a file can fill it in",
    }
    name: str = "files"
    settings: dict[str, Any] = field(default_factory=lambda: {"annotators": PEOPLE})

    def work(self, annotator: str, choose: Callable[[str], str], pages: int = 1_000) -> int:
        for path in self.folder.rglob(f"{annotator}.xlsx"):
            book = openpyxl.load_workbook(path)
            sheet = book["Tasks"]
            heading = [cell.value for cell in sheet[1]]
            numbers = set()
            for row in sheet.iter_rows(min_row=2):
                page = int(row[heading.index("page")].value)
                if page <= pages:
                    shown = " ".join(str(cell.value or "") for cell in row[2:-1])
                    row[-1].value = choose(shown) or None
                    numbers.add(page)
            book.save(path)
        return len(numbers)

    def published(self) -> int:
        return len(list(self.folder.rglob("*.xlsx")))

    def bonuses(self) -> list[tuple[str, Decimal]]:
        rows = [row for path in self.folder.rglob("payments.csv") for row in rows_of(path)]
        return [(row["annotator"], Decimal(row["bonus"])) for row in rows if Decimal(row["bonus"])]

    def texts(self) -> str:
        found = []
        for path in self.folder.rglob("*.xlsx"):
            for sheet in openpyxl.load_workbook(path):
                found += [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row]
        return json.dumps(found)


BENCHES: dict[str, tuple[type[Bench], Callable[[], LoopbackService] | None]] = {
    "files": (FilesBench, None),
    "mturk": (TurkBench, TurkDouble),
    "toloka": (TolokaBench, TolokaDouble),
    "label_studio": (StudioBench, StudioDouble),
}


@contextmanager
def bench_of(name: str, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Give a platform's bench, its service running."""
    kind, make = BENCHES[name]
    patch.setattr("time.sleep", lambda _: None)
    for key, value in {
        "TOLOKA_TOKEN": "secret-key",
        "LABEL_STUDIO_API_KEY": "secret-key",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret-key",
        "AWS_MAX_ATTEMPTS": "3",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        patch.setenv(key, value)
    if make is None:
        yield kind(folder)
        return
    with serving(make()) as service:
        bench = kind(folder, service)
        bench.settings = {"endpoint" if name == "mturk" else "url": service.url}
        yield bench


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
