"""The tables that cross every public boundary, declared once: columns, types, units and meaning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

__all__ = [
    "ANSWERS",
    "ANSWERS_MULTILABEL",
    "ANSWERS_NUMERIC",
    "CANDIDATES",
    "COMPARISONS",
    "GOLDEN",
    "GOLDEN_MULTILABEL",
    "GOLDEN_NUMERIC",
    "GRADED_TASKS",
    "INTERACTIONS",
    "ITEMS",
    "JUDGMENTS",
    "MASKS",
    "PAIR_TASKS",
    "RANKINGS",
    "RUNS",
    "TABLES",
    "TEXTS",
    "Column",
    "Table",
]

ColumnType = Literal["id", "label", "number", "integer", "text", "time", "array"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Args:
        name: The glossary's word for it.
        type: ``id`` (names a thing; text or whole number, kept as it came), ``label`` (a value of an
            answer; like an id), ``number`` (64-bit float, finite), ``integer``, ``text``, ``time``
            (seconds since 1970 UTC, or a date and time), or ``array`` (kept as it came).
        meaning: What it says, with its unit.
        required: Whether a table without it is refused.
        aliases: Names under which other tools write it.
        minimum: The smallest value allowed, if there is one.
        above: What every value must be greater than, if anything.
        maximum: The largest value allowed, if there is one.
        choices: The only values allowed, if there are few.
    """

    name: str
    type: ColumnType
    meaning: str
    required: bool = True
    aliases: tuple[str, ...] = ()
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table's columns and the columns that identify a row. Further columns pass through untouched.

    Args:
        name: The glossary's word for the table.
        columns: The declared columns.
        key: The columns that together name a row; no two rows may share them. Empty: rows may repeat.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns that must be there."""
        return tuple(c.name for c in self.columns if c.required)

    def column(self, name: str) -> Column:
        """Return the declared column of that name."""
        return next(c for c in self.columns if c.name == name)


USER = Column("user", "id", "the person recommendations are for", aliases=("userId", "user_id", "viewer"))
ITEM = Column(
    "item",
    "id",
    "what is recommended or found",
    aliases=("itemId", "item_id", "movieId", "doc_id", "docid", "document", "docno", "video"),
)
QUERY = Column(
    "query",
    "id",
    "what a ranking answers: a search, or a user to recommend to",
    aliases=("query_id", "qid", "topic"),
)
TASK = Column("task", "id", "one question to people", aliases=("task_id",))
ANNOTATOR = Column(
    "annotator", "id", "who answered, a person or a model", aliases=("worker", "performer", "user_id")
)
SECONDS = Column("seconds", "number", "time taken to answer, seconds", required=False, minimum=0)
SUBMITTED = Column("submitted_at", "time", "when the answer came", required=False)
INCLUSION = Column(
    "inclusion",
    "number",
    "probability that the sampler took this task, in (0, 1]",
    required=False,
    above=0,
    maximum=1,
)

INTERACTIONS = Table(
    "interactions",
    (
        USER,
        ITEM,
        Column(
            "timestamp",
            "time",
            "when: seconds since 1970 UTC or a date",
            required=False,
            aliases=("time", "date"),
        ),
        Column(
            "value",
            "number",
            "watch seconds, rating, click count",
            required=False,
            aliases=("rating", "watch_seconds"),
        ),
    ),
)
ITEMS = Table(
    "items",
    (
        ITEM,
        Column("title", "text", "what people call it", required=False, aliases=("name",)),
        Column("text", "text", "a description", required=False, aliases=("description", "genres")),
        Column("image", "text", "address of a picture", required=False),
        Column("url", "text", "where to look it up", required=False),
    ),
    key=("item",),
)
RUNS = Table(
    "runs",
    (
        Column(
            "system",
            "id",
            "what ranked: a recommender or search engine",
            required=False,
            aliases=("tag", "run"),
        ),
        QUERY,
        ITEM,
        Column("rank", "integer", "place in the ranking, from 1", required=False, minimum=0),
        Column("score", "number", "the system's number; higher is earlier", required=False),
    ),
    key=("system", "query", "item"),
)
CANDIDATES = Table(
    "candidates",
    (replace(QUERY, aliases=(*QUERY.aliases, "user", *USER.aliases)), ITEM),
    key=("query", "item"),
)
GRADED_TASKS = Table("tasks", (TASK, QUERY, ITEM, INCLUSION), key=("task",))
PAIR_TASKS = Table(
    "tasks",
    (
        TASK,
        QUERY,
        Column("left", "id", "what is shown on the left"),
        Column("right", "id", "what is shown on the right"),
        INCLUSION,
    ),
    key=("task",),
)
ANSWERS = Table(
    "answers",
    (
        TASK,
        ANNOTATOR,
        Column("label", "label", "the answer given", aliases=("answer", "grade")),
        SECONDS,
        SUBMITTED,
    ),
    key=("task", "annotator"),
)
GOLDEN = Table("golden", (TASK, Column("label", "label", "the known answer")), key=("task",))
ANSWERS_NUMERIC = Table(
    "numeric answers",
    (
        TASK,
        ANNOTATOR,
        Column(
            "value",
            "number",
            "the number given, whose square a float can hold",
            aliases=("answer", "rating", "score", "label"),
            minimum=-1e100,
            maximum=1e100,
        ),
        SECONDS,
        SUBMITTED,
    ),
    key=("task", "annotator"),
)
GOLDEN_NUMERIC = Table(
    "golden numbers",
    (TASK, Column("value", "number", "the known number", minimum=-1e100, maximum=1e100)),
    key=("task",),
)
ANSWERS_MULTILABEL = Table(
    "multi-label answers",
    (
        TASK,
        ANNOTATOR,
        Column(
            "labels",
            "array",
            "the set of labels given: a list, or text with separators",
            aliases=("label", "answer", "tags"),
        ),
        SECONDS,
        SUBMITTED,
    ),
    key=("task", "annotator"),
)
GOLDEN_MULTILABEL = Table(
    "golden sets",
    (TASK, Column("labels", "array", "the known set of labels", aliases=("label",))),
    key=("task",),
)
COMPARISONS = Table(
    "comparisons",
    (
        Column("left", "id", "what was shown on the left"),
        Column("right", "id", "what was shown on the right"),
        Column(
            "label",
            "label",
            "which was preferred: left, right or tie, or the preferred one itself",
            aliases=("winner",),
        ),
        Column("annotator", "id", "who answered", required=False, aliases=("worker", "performer")),
        Column("task", "id", "the question it answers", required=False),
        Column("query", "id", "what both were shown for", required=False),
        SECONDS,
        SUBMITTED,
    ),
)
RANKINGS = Table(
    "rankings",
    (
        TASK,
        ANNOTATOR,
        ITEM,
        Column("rank", "integer", "place the annotator gave the item, 1 the best", minimum=0),
    ),
    key=("task", "annotator", "item"),
)
TEXTS = Table(
    "texts",
    (
        TASK,
        ANNOTATOR,
        Column("text", "text", "the text given as answer", aliases=("output", "answer")),
    ),
    key=("task", "annotator"),
)
MASKS = Table(
    "masks",
    (
        TASK,
        ANNOTATOR,
        Column("mask", "array", "what is marked: an array of true and false", aliases=("segmentation",)),
    ),
    key=("task", "annotator"),
)
JUDGMENTS = Table(
    "judgments",
    (
        QUERY,
        ITEM,
        Column("grade", "number", "how relevant, higher is more", aliases=("relevance", "rel", "label")),
        Column(
            "probability",
            "number",
            "how sure the aggregator is of the grade",
            required=False,
            minimum=0,
            maximum=1,
        ),
    ),
    key=("query", "item"),
)
TABLES = (
    INTERACTIONS,
    ITEMS,
    RUNS,
    CANDIDATES,
    GRADED_TASKS,
    PAIR_TASKS,
    ANSWERS,
    GOLDEN,
    ANSWERS_NUMERIC,
    GOLDEN_NUMERIC,
    ANSWERS_MULTILABEL,
    GOLDEN_MULTILABEL,
    COMPARISONS,
    RANKINGS,
    TEXTS,
    MASKS,
    JUDGMENTS,
)
