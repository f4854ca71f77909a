"""Measures of diverse rankings: how well they serve the several meanings of a query."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.measures.subtopics._evaluate import DEFAULT_SUBTOPIC_MEASURES as DEFAULT_SUBTOPIC_MEASURES
    from palate.measures.subtopics._evaluate import evaluate_subtopics as evaluate_subtopics
    from palate.measures.subtopics._evaluate import parse_subtopic_measure as parse_subtopic_measure
    from palate.measures.subtopics.alpha_dcg import alpha_DCG as alpha_DCG
    from palate.measures.subtopics.alpha_ndcg import alpha_nDCG as alpha_nDCG
    from palate.measures.subtopics.ap_ia import AP_IA as AP_IA
    from palate.measures.subtopics.base import SubtopicGrades as SubtopicGrades
    from palate.measures.subtopics.base import SubtopicMeasure as SubtopicMeasure
    from palate.measures.subtopics.err_ia import ERR_IA as ERR_IA
    from palate.measures.subtopics.nerr_ia import nERR_IA as nERR_IA
    from palate.measures.subtopics.nnrbp import nNRBP as nNRBP
    from palate.measures.subtopics.nrbp import NRBP as NRBP
    from palate.measures.subtopics.p_ia import P_IA as P_IA
    from palate.measures.subtopics.registry import subtopic_registry as subtopic_registry
    from palate.measures.subtopics.st_recall import StRecall as StRecall

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "AP_IA": "ap_ia",
        "DEFAULT_SUBTOPIC_MEASURES": "_evaluate",
        "ERR_IA": "err_ia",
        "NRBP": "nrbp",
        "P_IA": "p_ia",
        "StRecall": "st_recall",
        "SubtopicGrades": "base",
        "SubtopicMeasure": "base",
        "alpha_DCG": "alpha_dcg",
        "alpha_nDCG": "alpha_ndcg",
        "evaluate_subtopics": "_evaluate",
        "nERR_IA": "nerr_ia",
        "nNRBP": "nnrbp",
        "parse_subtopic_measure": "_evaluate",
        "subtopic_registry": "registry",
    },
)
