"""Write the page of the verdict."""

from __future__ import annotations

from palate.report import write_report
from palate.study.report_data import needed, report_of_study
from palate.study.step import Step, StepContext

__all__ = ["report_step"]


def run(context: StepContext) -> str:
    """Write ``index.html``."""
    page = write_report(report_of_study(context.study), context.out)
    return f"{page.stat().st_size / 1024:,.0f} kB, opens offline"


_SECTIONS = ("study", "split", "grades", "sample", "ask", "aggregate", "evaluate", "learn")


def report_step(rounds: int) -> Step:
    """Return the step of a study of so many rounds."""
    return Step("report", "Write the report", needed(rounds), _SECTIONS, run)
