"""What the checks of annotators found, in sentences, with the rows to show the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from palate.quality import QualityResult
    from palate.report import Suspicion

__all__ = ["all_evidence", "suspicions"]


def all_evidence(checks: dict[str, QualityResult]) -> pl.DataFrame:
    """Return the evidence of all checks in one table; what one of them does not say is missing."""
    import polars as pl

    tables: list[pl.DataFrame] = [
        result.evidence.select(pl.lit(name).alias("check"), pl.all()) for name, result in checks.items()
    ]
    return pl.concat(tables, how="diagonal")


def suspicions(checks: dict[str, QualityResult]) -> list[Suspicion]:
    """Return everything to talk about, a sentence each."""
    found = _alike(checks["spammer_score"]) + _copies(checks["collusion"])
    return found + (_drifts(checks["drift"]) if "drift" in checks else [])


def _alike(result: QualityResult) -> list[Suspicion]:
    return [
        _suspicion(
            "spammer_score",
            result,
            f"{row['annotator']} answers nearly alike whatever is true: spammer score {row['score']:.2f}, surely below"
            f" {row['high']:.2f} (1 is always right, 0 dice).",
            annotator=row["annotator"],
        )
        for row in result.found.filter("suspect").to_dicts()
    ]


def _copies(result: QualityResult) -> list[Suspicion]:
    return [
        _suspicion(
            "collusion",
            result,
            f"{row['annotator']} and {row['other']} gave the same wrong answer to {row['same_wrong']} of"
            f" {row['shared']} tasks they share; {row['expected']:.1f} would be expected.",
            annotator=row["annotator"],
            other=row["other"],
        )
        for row in result.found.filter("suspect").to_dicts()
    ]


def _drifts(result: QualityResult) -> list[Suspicion]:
    from datetime import UTC, datetime

    return [
        _suspicion(
            "drift",
            result,
            f"{row['annotator']} was right {row['before']:.0%} of the time until"
            f" {datetime.fromtimestamp(row['changed_at'], UTC):%Y-%m-%d %H:%M} UTC, and {row['after']:.0%} since.",
            annotator=row["annotator"],
        )
        for row in result.found.filter("suspect").to_dicts()
    ]


def _suspicion(check: str, result: QualityResult, sentence: str, **who: object) -> Suspicion:
    """Return what a sentence says with its rows of evidence, times as people read them."""
    import polars as pl

    from palate.report import Suspicion

    rows: pl.DataFrame = result.evidence.filter(*(pl.col(name) == value for name, value in who.items()))
    rows = rows.drop(list(who))
    if "submitted_at" in rows.columns:
        times = pl.from_epoch(pl.col("submitted_at").cast(pl.Int64)).dt.strftime("%Y-%m-%d %H:%M")
        rows = rows.with_columns(times)
    return Suspicion(check, tuple(map(str, who.values())), sentence, rows)
