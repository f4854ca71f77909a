"""What a server answers, typed: projects, pools, tasks, answers, pages, people, money, events.

Fields that a newer server adds are left out; what the fields mean stands in the server's own description of its API.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from palate.client._errors import Problem

__all__ = [
    "AddedTasks",
    "Annotator",
    "Answer",
    "Assignment",
    "Bought",
    "Cost",
    "Event",
    "Invitation",
    "LedgerEntry",
    "Pool",
    "PoolLine",
    "Progress",
    "Project",
    "ProjectLine",
    "Projection",
    "Restriction",
    "Results",
    "Reviewed",
    "Skill",
    "SkillValue",
    "Standing",
    "Task",
]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PoolLine(_Record):
    """A pool in a project."""

    id: int
    name: str
    kind: Literal["main", "training", "exam"]
    status: str


class ProjectLine(_Record):
    """A project in a list."""

    id: int
    name: str
    version: int
    template: str
    archived: bool


class Project(ProjectLine):
    """A project; ``spec`` holds everything that makes it again."""

    spec: dict[str, Any]
    pools: tuple[PoolLine, ...]

    def pool(self, name: str) -> PoolLine:
        """Return the pool of a name.

        Raises:
            UnknownNameError: There is none.
        """
        from palate.core.errors import UnknownNameError

        for one in self.pools:
            if one.name == name:
                return one
        raise UnknownNameError("pool", name, [one.name for one in self.pools])


class Progress(_Record):
    """How far a pool is.

    ``tasks`` counts all tasks, ``real_tasks`` those whose answer is not known; ``wanted`` is how many answers to real
    tasks are wanted, ``open`` how many of these nobody has or gives now, ``answers`` how many were given.
    """

    tasks: int
    real_tasks: int
    wanted: int
    open: int
    answers: int
    golden_answers: int
    golden_accuracy: float | None
    pages_active: int
    pages_submitted: int
    pages_accepted: int
    pages_rejected: int
    spent: Decimal
    committed: Decimal
    hourly_pay: Decimal | None


class Pool(PoolLine):
    """A pool and how far it is; ``spec`` holds everything that makes it again but its tasks."""

    project: int
    close_reason: str
    spec: dict[str, Any]
    progress: Progress


class Cost(_Record):
    """Pages and US dollars."""

    pages: int
    total: Decimal


class Projection(_Record):
    """What a pool will cost if tasks need the fewest and the most answers; None for trainings and exams."""

    least: Cost | None
    most: Cost | None


class AddedTasks(_Record):
    """What became of an upload.

    ``added`` tasks are new, ``there`` ones were in the pool already; ``problems`` says what is wrong with rows that were
    left out.
    """

    added: int
    there: int
    problems: tuple[Problem, ...] = ()


class Bought(_Record):
    """How many tasks get more answers, how many more that are, and whether the pool was opened again for it."""

    tasks: int
    answers: int
    reopened: bool


class Task(_Record):
    """A task as its manager wrote it, and how far it is."""

    id: int
    key: str
    kind: Literal["real", "golden", "training"]
    input: dict[str, Any]
    golden: list[Any] | None
    hint: str
    overlap: int
    open_slots: int
    attention: bool
    pre_labels: Any
    confidence: float | None


class Answer(_Record):
    """One answer. ``judged`` is what aggregators take of it: none where it says nothing, one row, or one an item."""

    id: int
    task: str
    annotator: str
    label: str
    value: Any
    seconds: float
    submitted_at: datetime
    kind: Literal["real", "golden", "training"]
    right: float | None
    page: UUID
    page_status: str
    judged: tuple[dict[str, Any], ...]


class Assignment(_Record):
    """A page given to one annotator."""

    id: UUID
    pool: int
    annotator: str
    status: Literal["active", "submitted", "accepted", "rejected", "skipped", "expired"]
    reward: Decimal
    claimed_at: datetime
    deadline: datetime
    submitted_at: datetime | None
    accepted_at: datetime | None
    rejected_at: datetime | None
    comment: str


class Reviewed(_Record):
    """The pages that changed; ``more`` says whether further pages match."""

    changed: tuple[UUID, ...]
    more: bool


class Annotator(_Record):
    """A member of a project and their skills."""

    id: int
    code: str
    role: Literal["annotator", "reviewer", "manager"]
    skills: dict[str, float]


class Standing(_Record):
    """What an annotator has done in a pool; ``finished_at`` is when they finished a training or an exam."""

    annotator: str
    pages_submitted: int
    pages_accepted: int
    pages_rejected: int
    tasks_answered: int
    golden_answered: int
    golden_right: float
    seconds: float
    finished_at: datetime | None


class Skill(_Record):
    """A skill of a project."""

    id: int
    name: str
    hidden: bool
    valid_days: int | None


class SkillValue(_Record):
    """An entry in the history of a skill, from 0 to 1; None took it away."""

    id: int
    skill: str
    annotator: str
    value: float | None
    reason: str
    at: datetime
    expires_at: datetime | None


class Restriction(_Record):
    """Who may not work, where, why, and until when."""

    id: int
    annotator: str
    scope: Literal["pool", "project", "all"]
    pool: int | None
    reason: str
    created_at: datetime
    until: datetime | None
    lifted_at: datetime | None


class LedgerEntry(_Record):
    """A movement of money, US dollars, exact."""

    id: int
    at: datetime
    annotator: str
    pool: int | None
    page: UUID | None
    kind: str
    amount: Decimal
    note: str


class Event(_Record):
    """Something that happened; ids grow in the order in which events become visible."""

    id: int
    at: datetime
    kind: str
    pool: int | None
    annotator: str | None
    page: UUID | None
    data: dict[str, Any]


class Invitation(_Record):
    """A new invitation; the code is shown now and never again."""

    id: int
    role: str
    uses: int
    max_uses: int
    note: str
    expires_at: datetime
    code: str
    link: str


class Results(_Record):
    """What a pool's answers say, in short; :meth:`palate.Client.results` fetches its tables.

    ``answers`` is how many answers it rests on, ``last_answer`` the highest id among them, ``tables`` what there is:
    judgments or ranking, annotators, training.
    """

    kind: Literal["labels", "pairs", "multilabel", "rankings", "texts"]
    method: str
    answers: int
    last_answer: int
    at: datetime
    reason: str
    agreement: dict[str, Any] | None
    tables: tuple[str, ...]
