"""Measure runs by measures of every family: each is asked what it needs, and gets it or says what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from palate.core.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from palate.measures import Evaluation
    from palate.measures._printed import Printed

__all__ = ["Given", "Measured", "measure_runs"]

_OPTIONS = {
    "qrels": "judgments: give --qrels",
    "subtopics": "judgments of subtopics: give --subtopics",
    "interactions": "who interacted with what: give --interactions",
    "items": "the catalogue: give --items (or --interactions, whose items it then holds)",
    "features": "features of the items: give --items with the column 'genres', or columns of numbers",
    "truth": "the numbers that came: give --truth",
}
"""Each table with what to say where it is missing."""


@dataclass(frozen=True)
class Given:
    """The tables that came beside the runs: paths (judgments also as a dataframe), or None."""

    qrels: Any = None
    subtopics: str | None = None
    interactions: str | None = None
    items: str | None = None
    truth: str | None = None


@dataclass(frozen=True, eq=False)
class Measured:
    """What was found, by all families together.

    Args:
        summary: A row a system and measure.
        values: A row a system, query and measure; without a query where a measure has one value a system.
        evaluation: What measures of rankings found, with how much was judged; None if there were none.
        notes: What to know beside, as sentences.
    """

    summary: pl.DataFrame
    values: pl.DataFrame
    evaluation: Evaluation | None
    notes: tuple[str, ...]


@dataclass
class _Parts:
    """What the families found so far."""

    summaries: list[pl.DataFrame] = field(default_factory=list)
    values: list[pl.DataFrame] = field(default_factory=list)
    evaluation: Evaluation | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _How:
    """What is asked of values a query."""

    depth: int | None
    confidence: float
    seed: int


def measure_runs(
    runs: Sequence[Any],
    given: Given,
    texts: list[str] | None,
    *,
    depth: int | None = None,
    judged_only: bool = False,
    relevant_from: float | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Measured:
    """Return the values of measures of any family.

    Raises:
        InputError: A table is not what it should be, or a measure lacks one.
        PalateError: There is no such measure or setting.
    """
    import polars as pl

    from palate.measures import DEFAULT_MEASURES, Measure, parse_any_measure
    from palate.measures.catalogue import CatalogueMeasure
    from palate.measures.pointwise import PointwiseMeasure
    from palate.measures.subtopics import SubtopicMeasure

    named = {text: parse_any_measure(text) for text in texts or DEFAULT_MEASURES}
    chosen = list(dict.fromkeys(named.values()))
    parts, how = _Parts(), _How(depth, confidence, seed)
    for text, measure in named.items():
        if not text.strip().casefold().startswith(measure.name.casefold()):
            parts.notes.append(f"{text} is called {measure} here.")
    chosen = _set_all(chosen, "judged_only", judged_only or None, "--judged-only", parts)
    chosen = _set_all(chosen, "relevant_from", relevant_from, "--relevant-from", parts)
    of_rankings = [m for m in chosen if isinstance(m, Measure)]
    of_subtopics = [m for m in chosen if isinstance(m, SubtopicMeasure)]
    of_catalogue = [m for m in chosen if isinstance(m, CatalogueMeasure)]
    of_numbers = [m for m in chosen if isinstance(m, PointwiseMeasure)]
    if len(of_rankings) + len(of_subtopics) + len(of_catalogue) + len(of_numbers) < len(chosen):
        other = next(m for m in chosen if m not in {*of_rankings, *of_subtopics, *of_catalogue, *of_numbers})
        raise InputError(f"{other} compares two rankings: use palate rank-similarity A B --measure {other}.")
    _refuse_missing(of_rankings, of_subtopics, of_catalogue, of_numbers, given)
    if of_rankings:
        _rankings(runs, given, of_rankings, how, parts)
    if of_subtopics:
        _subtopics(runs, given, of_subtopics, how, parts)
    if of_catalogue:
        _catalogue(runs, given, of_catalogue, parts)
    if of_numbers:
        _numbers(runs, given, of_numbers, parts)
    return Measured(
        pl.concat(parts.summaries, how="diagonal_relaxed"),
        pl.concat(parts.values, how="diagonal_relaxed"),
        parts.evaluation,
        tuple(dict.fromkeys(parts.notes)),
    )


def _set_all(measures: list[Any], name: str, value: Any, option: str, parts: _Parts) -> list[Any]:
    """Return the measures with a setting changed where they have it at its default."""
    if value is None:
        return measures
    having = [m for m in measures if name in {f.name for f in fields(m)}]
    others = [str(m) for m in measures if m not in having]
    if others:
        has = "has" if len(others) == 1 else "have"
        parts.notes.append(f"{option} changes nothing for {', '.join(others)}, which {has} no such setting.")
    default = {m: next(f.default for f in fields(m) if f.name == name) for m in having}
    return list(
        dict.fromkeys(
            replace(m, **{name: value}) if m in default and getattr(m, name) == default[m] else m
            for m in measures
        )
    )


def _refuse_missing(
    of_rankings: Iterable[Printed],
    of_subtopics: Iterable[Printed],
    of_catalogue: Iterable[Any],
    of_numbers: Iterable[Printed],
    given: Given,
) -> None:
    """Refuse measures whose tables did not come, all at once, with the option that brings each."""
    missing: dict[str, list[str]] = {}
    for measures, table in ((of_rankings, "qrels"), (of_subtopics, "subtopics"), (of_numbers, "truth")):
        if getattr(given, table) is None:
            for measure in measures:
                missing.setdefault(table, []).append(str(measure))
    here = {"interactions": given.interactions, "features": given.items, "judgments": given.qrels}
    for measure in of_catalogue:
        for need in sorted(need for need in measure.needs if here[need] is None):
            missing.setdefault("qrels" if need == "judgments" else need, []).append(str(measure))
        if given.items is None and given.interactions is None and not measure.needs - {"judgments"}:
            missing.setdefault("items", []).append(str(measure))
    if missing:
        raise InputError(
            " ".join(
                f"{', '.join(named)} {'needs' if len(named) == 1 else 'need'} {_OPTIONS[table]}."
                for table, named in missing.items()
            )
        )


def _rankings(runs: Sequence[Any], given: Given, measures: list[Any], how: _How, parts: _Parts) -> None:
    from palate.measures import evaluate

    found = evaluate(runs, given.qrels, measures, depth=how.depth, confidence=how.confidence, seed=how.seed)
    parts.summaries.append(found.summary)
    parts.values.append(found.per_query)
    parts.evaluation = found
    parts.notes += found.notes


def _subtopics(runs: Sequence[Any], given: Given, measures: list[Any], how: _How, parts: _Parts) -> None:
    import polars as pl

    from palate.measures import read_runs, summarize_values
    from palate.measures.subtopics import evaluate_subtopics

    values = evaluate_subtopics(runs, given.subtopics, measures, depth=how.depth)
    judged = values["query"].cast(pl.String).unique()
    for (system,), rows in read_runs(runs).group_by("system", maintain_order=True):
        answers = rows["query"].cast(pl.String).unique()
        missing = len(judged) - int(judged.is_in(answers.to_list()).sum())
        if missing:
            parts.notes.append(
                f"{system} does not answer {missing:,} of {len(judged):,} queries with subtopics; they count 0."
            )
        extra = len(answers) - (len(judged) - missing)
        if extra:
            parts.notes.append(
                f"{system} answers {extra:,} of its {len(answers):,} queries without subtopics; not evaluated."
            )
    parts.values.append(values)
    parts.summaries.append(summarize_values(values, confidence=how.confidence, seed=how.seed))


def _catalogue(runs: Sequence[Any], given: Given, measures: list[Any], parts: _Parts) -> None:
    from palate.measures.catalogue import assess_catalogue

    judgments = given.qrels if any("judgments" in m.needs for m in measures) else None
    found = assess_catalogue(runs, given.interactions, measures, features=given.items, judgments=judgments)
    parts.summaries.append(found)
    parts.values.append(found)


def _numbers(runs: Sequence[Any], given: Given, measures: list[Any], parts: _Parts) -> None:
    from palate.measures.pointwise import evaluate_pointwise

    found = evaluate_pointwise(runs, given.truth, measures)
    parts.summaries.append(found.summary)
    parts.values.append(found.summary.drop("pairs"))
    parts.notes += found.notes
