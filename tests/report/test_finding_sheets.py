"""Pages of verdicts with annotators, samples, bounds, judges, measures and experiments."""

from __future__ import annotations

from finding_examples import (
    policy_sheet,
)
from html_tree import Element, table
from sheet_pages import page_of

SVG = "{http://www.w3.org/2000/svg}"


def chart(page: Element, start: str) -> str:
    """Return what the chart that is introduced so says of itself."""
    (found,) = {
        s.attributes["aria-label"] for s in page.all("svg") if s.attributes["aria-label"].startswith(start)
    }
    return found


def plus(value: float, digits: int = 3) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")


def test_policy_says_how_many_rows_the_log_is_worth():
    sheet = policy_sheet()
    rows = dict(table(page_of(sheet), "Weights"))
    assert (
        rows["Rows of the target policy’s own log with as much noise"] == f"{sheet.found.effective_rows:,.0f}"
    )
    lift = sheet.found.values[-1].lift
    assert table(page_of(sheet), "By method")[-1][3] == plus(lift.estimate, 4)
    assert "the log" in chart(page_of(sheet), "Mean reward")
