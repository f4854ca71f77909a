"""The kinds of answers that ``palate aggregate`` takes: how each is told from its columns, and its methods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from palate.core.errors import UnknownNameError
from palate.core.registry import Registry, plain_name

if TYPE_CHECKING:
    from palate.core.tables import Table

__all__ = ["FAMILIES", "Family", "family_of", "method_names"]


@dataclass(frozen=True)
class Family:
    """One kind of answers.

    Args:
        name: Of the package of its methods.
        what: What such answers are called in messages.
        columns: The columns that tell them from others.
        table: The name of their table in :mod:`palate.core.tables`.
        method: The method taken by default.
        result: The field of the result that holds what was found.
        rows: What its rows are called.
        with_golden: Whether known answers can be given.
    """

    name: str
    what: str
    columns: frozenset[str]
    table: str
    method: str
    result: str
    rows: str
    with_golden: bool = False

    @property
    def registry(self) -> Registry[Any]:
        """The methods."""
        from importlib import import_module

        module = import_module(f"palate.aggregation.{self.name}.registry")
        found: Registry[Any] = next(v for v in vars(module).values() if isinstance(v, Registry))
        return found

    @property
    def declared(self) -> Table:
        """The table that such answers are."""
        from palate.core import tables

        found: Table = getattr(tables, self.table)
        return found


FAMILIES = (
    Family(
        "pairs",
        "comparisons",
        frozenset({"left", "right"}),
        "COMPARISONS",
        "bradley_terry",
        "scores",
        "compared",
    ),
    Family(
        "rankings", "rankings", frozenset({"item", "rank"}), "RANKINGS", "borda", "rankings", "ranked items"
    ),
    Family("texts", "texts", frozenset({"text"}), "TEXTS", "rasa", "texts", "texts"),
    Family(
        "multilabel",
        "sets of labels",
        frozenset({"labels"}),
        "ANSWERS_MULTILABEL",
        "binary_relevance",
        "labels",
        "sets of labels",
        with_golden=True,
    ),
    Family(
        "numeric",
        "numbers",
        frozenset({"value"}),
        "ANSWERS_NUMERIC",
        "bayesian",
        "values",
        "values",
        with_golden=True,
    ),
    Family("labels", "labels", frozenset(), "ANSWERS", "auto", "labels", "judgments", with_golden=True),
)
"""In the order in which columns are looked at; the last is taken where nothing tells another."""


def family_of(wanted: str | None, method: str | None, columns: Iterable[str]) -> Family:
    """Return the kind of answers: the one wanted, the only one that has the method, or what the columns tell.

    Raises:
        UnknownNameError: There is no such kind or no such method, or the kind has no such method.
    """
    by_name = {family.name: family for family in FAMILIES}
    if wanted is not None and plain_name(wanted) not in by_name:
        raise UnknownNameError("kind of answers", wanted, by_name)
    having = [f for f in FAMILIES if method is None or plain_name(method) in f.registry.names()]
    if method is not None and not having:
        raise UnknownNameError("aggregator", method, method_names())
    if wanted is not None:
        found = by_name[plain_name(wanted)]
    elif len(having) == 1:
        return having[0]
    else:
        held = set(columns)
        found = next(f for f in FAMILIES if f.columns <= held)
    if found not in having:
        raise UnknownNameError(f"aggregator of {found.what}", str(method), found.registry.names())
    return found


def method_names() -> list[str]:
    """Return the names of the methods of all kinds."""
    return sorted({name for family in FAMILIES for name in family.registry.names()})
