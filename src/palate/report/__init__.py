"""The page of a verdict: one file that opens anywhere, offline."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.report._data import AgreementLine as AgreementLine
    from palate.report._data import CostLine as CostLine
    from palate.report._data import QueryDifference as QueryDifference
    from palate.report._data import RankedItem as RankedItem
    from palate.report._data import ReportData as ReportData
    from palate.report._data import Retrained as Retrained
    from palate.report._data import VerdictLine as VerdictLine
    from palate.report._page import render as render
    from palate.report._page import write_report as write_report

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "AgreementLine": "_data",
        "CostLine": "_data",
        "QueryDifference": "_data",
        "RankedItem": "_data",
        "ReportData": "_data",
        "Retrained": "_data",
        "VerdictLine": "_data",
        "render": "_page",
        "write_report": "_page",
    },
)
