"""The page of a verdict, and of what single commands find: one file that opens anywhere, offline."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.report._data import AgreementLine as AgreementLine
    from palate.report._data import CostLine as CostLine
    from palate.report._data import QueryDifference as QueryDifference
    from palate.report._data import RankedItem as RankedItem
    from palate.report._data import ReportData as ReportData
    from palate.report._data import Retrained as Retrained
    from palate.report._data import RoundLine as RoundLine
    from palate.report._data import VerdictLine as VerdictLine
    from palate.report._evaluation_data import ComparisonSheet as ComparisonSheet
    from palate.report._evaluation_data import EvaluationSheet as EvaluationSheet
    from palate.report._evaluation_data import PlanSheet as PlanSheet
    from palate.report._evaluation_data import WatchSheet as WatchSheet
    from palate.report._findings import FindingSheet as FindingSheet
    from palate.report._page import render as render
    from palate.report._page import write_report as write_report
    from palate.report._ranking_curves import ranking_curves as ranking_curves
    from palate.report._sheet_data import AgreementSheet as AgreementSheet
    from palate.report._sheet_data import AnnotatorSheet as AnnotatorSheet
    from palate.report._sheet_data import LabelSheet as LabelSheet
    from palate.report._sheet_data import PairSheet as PairSheet
    from palate.report._sheet_data import Suspicion as Suspicion
    from palate.report._sheets import check_sheet_path as check_sheet_path
    from palate.report._sheets import picture as picture
    from palate.report._sheets import render_sheet as render_sheet
    from palate.report._sheets import write_sheet as write_sheet

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "AgreementLine": "_data",
        "AgreementSheet": "_sheet_data",
        "AnnotatorSheet": "_sheet_data",
        "ComparisonSheet": "_evaluation_data",
        "CostLine": "_data",
        "EvaluationSheet": "_evaluation_data",
        "FindingSheet": "_findings",
        "LabelSheet": "_sheet_data",
        "PairSheet": "_sheet_data",
        "PlanSheet": "_evaluation_data",
        "QueryDifference": "_data",
        "RankedItem": "_data",
        "ReportData": "_data",
        "Retrained": "_data",
        "RoundLine": "_data",
        "Suspicion": "_sheet_data",
        "VerdictLine": "_data",
        "WatchSheet": "_evaluation_data",
        "check_sheet_path": "_sheets",
        "picture": "_sheets",
        "ranking_curves": "_ranking_curves",
        "render": "_page",
        "render_sheet": "_sheets",
        "write_report": "_page",
        "write_sheet": "_sheets",
    },
)
