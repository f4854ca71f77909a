"""``palate evaluate``: measure runs on judgments."""

from __future__ import annotations

from palate.cli._options import Confidence, Json, Measures, Output, Qrels, Runs, Seed

__all__ = ["evaluate"]


def evaluate(
    runs: Runs,
    qrels: Qrels,
    *,
    measures: Measures = None,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Measure runs on judgments, with bootstrap intervals over queries.

    A query that a run does not answer counts with the value of an empty ranking; queries without judgments
    and unjudged items are reported. -o writes the values of every query.

    Examples:

        palate evaluate --run a.trec --run b.trec --qrels q.txt --measure nDCG@10 --measure AP

        palate evaluate -r runs.parquet -j judgments.parquet -o per_query.csv

        palate evaluate -r a.trec -j q.txt --json
    """
    from palate.cli._output import notes, save, show_json, show_table
    from palate.measures import DEFAULT_MEASURES
    from palate.measures import evaluate as evaluate_runs

    found = evaluate_runs(
        runs, qrels, measures=measures or DEFAULT_MEASURES, confidence=confidence, seed=seed
    )
    if output is not None:
        save(found.per_query, output, "values")
    if as_json:
        show_json({"summary": found.summary, "coverage": found.coverage, "notes": found.notes})
    elif str(output) != "-":
        show_table(found.summary)
        show_table(found.coverage, "Judgments behind the values")
    notes(found.notes)
