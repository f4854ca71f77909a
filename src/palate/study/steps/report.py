"""Write the page of the verdict."""

from __future__ import annotations

from palate.report import write_report
from palate.study.report_data import NEEDED, report_of_study
from palate.study.step import Step, StepContext

__all__ = ["REPORT"]


def run(context: StepContext) -> str:
    """Write ``index.html``."""
    page = write_report(report_of_study(context.study), context.out)
    return f"{page.stat().st_size / 1024:,.0f} kB, opens offline"


_SECTIONS = ("study", "split", "grades", "sample", "ask", "aggregate", "evaluate", "learn")
REPORT = Step("report", "Write the report", NEEDED, _SECTIONS, run)
