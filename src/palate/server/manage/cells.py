"""Cells of tables that spreadsheets open."""

from __future__ import annotations

__all__ = ["safe_cell"]

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one.

    >>> safe_cell("=1+1"), safe_cell("plain")
    ("'=1+1", 'plain')
    """
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULAS) else value
