"""Between tables and codes: texts come in, aggregated ones go out."""

from __future__ import annotations

import numpy as np
import polars as pl

from palate.aggregation.texts._coded import CodedTexts
from palate.aggregation.texts._found import TextFit, TextResult
from palate.core.coding import encode
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import TEXTS

__all__ = ["code_texts", "result_tables"]


def code_texts(texts: IntoTable) -> CodedTexts:
    """Return texts as flat arrays that do not depend on the order of the rows.

    Raises:
        InputError: The table cannot be read.
    """
    table = read_table(texts, TEXTS)
    tasks, annotators, values = (encode(table[name]) for name in ("task", "annotator", "text"))
    order = np.lexsort((annotators.codes, tasks.codes))
    return CodedTexts(
        offsets=np.append(0, np.cumsum(np.bincount(tasks.codes))).astype(np.int64),
        annotators=annotators.codes[order],
        texts=values.codes[order],
        values=values.values,
        task_ids=tasks.values,
        annotator_ids=annotators.values,
    )


def result_tables(aggregator: object, coded: CodedTexts, fit: TextFit, source: IntoTable) -> TextResult:
    """Return what a method found in the caller's own ids and kind of dataframe."""
    texts = pl.DataFrame({"task": coded.task_ids, "text": pl.Series(fit.texts, dtype=pl.String)})
    found = texts["text"].gather(np.repeat(np.arange(len(texts)), np.diff(coded.offsets)))
    same = (coded.values.gather(coded.texts) == found).to_numpy()
    n_annotators = len(coded.annotator_ids)
    answers = np.bincount(coded.annotators, minlength=n_annotators)
    annotators = pl.DataFrame(
        {
            "annotator": coded.annotator_ids,
            "answers": answers,
            "weight": pl.Series(fit.weights).fill_nan(None),
            "agreement": np.bincount(coded.annotators[same], minlength=n_annotators) / answers,
        }
    )
    return TextResult(
        texts=like(source, texts),
        annotators=like(source, annotators),
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=fit.log_likelihood,
        settings=aggregator,
    )
