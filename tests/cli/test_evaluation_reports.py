"""``--report`` and ``--picture`` of ``evaluate``, ``compare``, ``plan`` and ``watch``."""

from __future__ import annotations

import json

import pytest
from html_tree import Tree


def words(path):
    """Return what the page's body says."""
    return Tree(path.read_text()).root.all("body")[0].text


def runs_of(files):
    return ("-r", files / "a.trec", "-r", files / "b.trec", "-j", files / "q.txt", "-m", "RR")


def test_page_of_values_names_its_files_and_not_their_folder(palate, files):
    page = files / "page.html"
    said = palate("evaluate", *runs_of(files), "--report", page)
    assert said.code == 0
    assert f"Report: {page}" in said.err
    assert "a has the highest RR: 1.000" in words(page)
    assert "a.trec, b.trec on q.txt" in words(page)
    assert str(files) not in page.read_text()


def test_page_of_values_comes_from_standard_input_too(palate, files):
    text = "query,item,score\n1,x,3\n2,x,1\n3,z,1\n"
    page = files / "page.html"
    said = palate(
        "evaluate", "-r", "-", "-j", files / "q.txt", "-m", "RR", "--report", page, "--json", stdin=text
    )
    assert said.code == 0
    assert json.loads(said.out)["summary"][0]["value"] == 1.0
    assert "standard input on q.txt" in words(page)


def test_page_of_a_comparison_says_what_the_command_says(palate, files):
    page = files / "page.html"
    said = palate("compare", *runs_of(files), "--report", page)
    assert said.code == 0
    claim = said.out.splitlines()[0].split(" (")[0]
    assert Tree(page.read_text()).root.all("h1")[0].text == claim
    picture = files / "page.svg"
    assert palate("compare", *runs_of(files), "--picture", picture).code == 0
    assert "by query" in picture.read_text()


def test_page_of_a_plan_and_its_picture(palate, tmp_path):
    page, picture = tmp_path / "page.html", tmp_path / "power.png"
    said = palate("plan", "-d", "0.02", "--report", page)
    assert f"{Tree(page.read_text()).root.all('h1')[0].text}." == said.out.splitlines()[0]
    assert palate("plan", "-d", "0.02", "--picture", picture).code == 0
    assert picture.read_bytes()[1:4] == b"PNG"


def test_page_of_a_watched_comparison(palate, files):
    values, page = files / "values.csv", files / "way.html"
    assert palate("evaluate", *runs_of(files), "-o", values).code == 0
    said = palate("watch", "--values", values, "-m", "RR", "--report", page)
    assert said.code == 0
    assert "Go on: a and b differ on RR" in words(page)
    assert "values.csv" in words(page)


@pytest.mark.parametrize("command", [("evaluate",), ("compare",)])
def test_report_that_is_neither_page_nor_picture_is_refused_before_work(palate, files, command):
    said = palate(*command, *runs_of(files), "--report", files / "page.pdf", "-o", files / "out.csv")
    assert said.code == 2
    assert "A page ends in .html, a picture in .svg or .png" in said.err
    assert not (files / "out.csv").exists()
