"""Skills that a caller brings along, one an annotator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from palate.aggregation.labels._coded import CodedAnswers, FloatArray
from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import ANSWERS, Column, Table

__all__ = ["MissingSkill", "filled", "read_skills", "skills_of"]

MissingSkill = Literal["error", "mean", "zero"]

_SHOWN = 5
"""Annotators without a skill that an error shows."""

_SKILLS = Table(
    "skills",
    (
        ANSWERS.column("annotator"),
        Column("skill", "number", "how much an answer counts, from 0 on", aliases=("weight",), minimum=0),
    ),
    key=("annotator",),
)


def skills_of(answers: CodedAnswers, skills: Mapping[Any, float] | IntoTable) -> FloatArray:
    """Return the skill of every annotator, NaN where there is none, shape (n_annotators,).

    Args:
        answers: What people answered.
        skills: A mapping of annotators to skills, or a table (a dataframe or a path) with the columns
            ``annotator, skill``; annotators who answered nothing may be among them.

    Raises:
        InputError: The table cannot be used, or its annotators are of another type than those of the answers.
    """
    where = str(skills) if isinstance(skills, (str, Path)) else _SKILLS.name
    table = read_skills(skills)
    given, wanted = table["annotator"], answers.annotator_ids
    if given.dtype.is_integer() != wanted.dtype.is_integer():
        came, expected = ("whole numbers" if ids.dtype.is_integer() else "text" for ids in (given, wanted))
        raise InputError(
            f"The annotators of skills are {came}, those of the answers {expected}; they would never match."
            " Make them one type.",
            where=where,
            column="annotator",
        )
    found = np.full(len(wanted), np.nan)
    codes = encode_like(given, wanted)
    found[codes[codes >= 0]] = table["skill"].to_numpy()[codes >= 0]
    return found


def read_skills(skills: Mapping[Any, float] | IntoTable) -> pl.DataFrame:
    """Return skills, a mapping or a table, as a checked table.

    Raises:
        InputError: The table cannot be used.
    """
    where = str(skills) if isinstance(skills, (str, Path)) else _SKILLS.name
    if isinstance(skills, Mapping):
        names = pl.Series("annotator", list(skills), dtype=pl.Object if not skills else None, strict=False)
        skills = pl.DataFrame({"annotator": names, "skill": list(skills.values())}, strict=False)
    return read_table(skills, _SKILLS, where=where)


def filled(answers: CodedAnswers, skills: FloatArray, missing: MissingSkill, advice: str) -> FloatArray:
    """Return skills with those that are missing (NaN) replaced.

    Args:
        answers: What people answered.
        skills: Shape (n_annotators,).
        missing: What an unknown skill is: ``zero``, the ``mean`` of the known ones, or an ``error``.
        advice: A sentence on what to do about the error.

    Raises:
        InputError: A skill is missing, and ``missing`` is ``error``; or all are.
    """
    unknown = np.isnan(skills)
    if not unknown.any():
        return skills
    if missing == "error" or unknown.all():
        names = answers.annotator_ids.filter(pl.Series(unknown))
        shown = ", ".join(map(str, names.head(_SHOWN))) + (" …" if len(names) > _SHOWN else "")
        raise InputError(
            f"{'No annotator has' if unknown.all() else f'{len(names):,} annotators have no'} skill: {shown}."
            f" {advice}"
        )
    return np.where(unknown, 0.0 if missing == "zero" else skills[~unknown].mean(), skills)
