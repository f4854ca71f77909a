"""Measures of rankings: values that print, parse, compare and compute."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.measures._evaluate import DEFAULT_MEASURES as DEFAULT_MEASURES
    from palate.measures._evaluate import Evaluation as Evaluation
    from palate.measures._evaluate import evaluate as evaluate
    from palate.measures._parse import parse_measure as parse_measure
    from palate.measures._rankings import code_judgments as code_judgments
    from palate.measures._rankings import code_run as code_run
    from palate.measures._rankings import grade_rankings as grade_rankings
    from palate.measures._runs import read_runs as read_runs
    from palate.measures._win_rate import win_rates as win_rates
    from palate.measures.ap import AP as AP
    from palate.measures.base import GradedRankings as GradedRankings
    from palate.measures.base import Measure as Measure
    from palate.measures.ndcg import nDCG as nDCG
    from palate.measures.precision import P as P
    from palate.measures.recall import R as R
    from palate.measures.registry import measure_registry as measure_registry
    from palate.measures.rr import RR as RR

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "AP": "ap",
        "DEFAULT_MEASURES": "_evaluate",
        "Evaluation": "_evaluate",
        "GradedRankings": "base",
        "Measure": "base",
        "P": "precision",
        "R": "recall",
        "RR": "rr",
        "code_judgments": "_rankings",
        "code_run": "_rankings",
        "evaluate": "_evaluate",
        "grade_rankings": "_rankings",
        "measure_registry": "registry",
        "nDCG": "ndcg",
        "parse_measure": "_parse",
        "read_runs": "_runs",
        "win_rates": "_win_rate",
    },
)
