"""Answers of a server as dataframes of the caller's kind, their columns as the aggregators take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from palate.client.records import Answer
from palate.core.errors import SettingsError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["answer_table", "as_kind", "check_kind"]

_KINDS = ("polars", "pandas", "pyarrow")


def check_kind(kind: Any) -> None:
    """Refuse a word that names no kind of dataframe.

    Raises:
        SettingsError: It does not.
    """
    if isinstance(kind, str) and kind not in _KINDS:
        raise SettingsError(f"'like' must be one of {', '.join(_KINDS)}, or a dataframe; it is {kind!r}.")


def as_kind(frame: pl.DataFrame, kind: Any) -> Any:
    """Return a table as the kind of dataframe that is wanted.

    Args:
        frame: The table.
        kind: ``polars``, ``pandas`` or ``pyarrow``, or a dataframe of that kind.

    Raises:
        SettingsError: There is no such kind.
    """
    from palate.core.frames import like

    check_kind(kind)
    if isinstance(kind, str):
        if kind == "pandas":
            import pandas as pd

            kind = pd.DataFrame()
        elif kind == "pyarrow":
            kind = frame.head(0).to_arrow()
    return like(kind, frame)


def answer_table(answers: Iterable[Answer]) -> pl.DataFrame:
    """Return answers that judge: one row each, or one an item of a ranking.

    Columns are ``task, annotator``, then those of the template's family (``label``; ``label, query, left, right``;
    ``labels``; ``item, rank``; ``text``), then ``seconds, submitted_at, kind, correct, page, page_status, answer``.
    """
    import polars as pl

    pairs = [(one, judged) for one in answers for judged in one.judged]
    of_family = list(pairs[0][1]) if pairs else ["label"]
    own = {name: [judged[name] for _, judged in pairs] for name in of_family}
    types: dict[str, Any] = {"labels": pl.List(pl.String), "rank": pl.Int64}
    columns = [
        pl.Series("task", [one.task for one, _ in pairs], pl.String),
        pl.Series("annotator", [one.annotator for one, _ in pairs], pl.String),
        *(pl.Series(name, cells, types.get(name, pl.String)) for name, cells in own.items()),
        pl.Series("seconds", [one.seconds for one, _ in pairs], pl.Float64),
        pl.Series("submitted_at", [one.submitted_at for one, _ in pairs], pl.Datetime("us", "UTC")),
        pl.Series("kind", [one.kind for one, _ in pairs], pl.String),
        pl.Series("correct", [one.right for one, _ in pairs], pl.Float64),
        pl.Series("page", [str(one.page) for one, _ in pairs], pl.String),
        pl.Series("page_status", [one.page_status for one, _ in pairs], pl.String),
        pl.Series("answer", [one.id for one, _ in pairs], pl.Int64),
    ]
    return pl.DataFrame(columns)
