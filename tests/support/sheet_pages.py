"""A sheet's page as a tree of elements, and as words."""

from __future__ import annotations

from html_tree import Element, Tree

from palate.report import render_sheet


def page_of(sheet) -> Element:
    return Tree(render_sheet(sheet)).root


def words(sheet) -> str:
    return page_of(sheet).all("body")[0].text
