from __future__ import annotations

import re
from pathlib import Path

import pytest
from repository import ROOT

DOCS = sorted(
    path
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    if path.exists()
)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINKS = [
    re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+[\"'][^)]*)?\)"),
    re.compile(r"^\[[^\]]+\]:\s*<?([^\s>]+)", re.MULTILINE),
    re.compile(r"\b(?:src|srcset|href)=[\"']([^\"'\s]+)"),
]
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//")


def links(text):
    """Return the links of a Markdown text that lead to files of the repository."""
    plain = CODE.sub("", text)
    found = [target for pattern in LINKS for target in pattern.findall(plain)]
    return [target for target in found if not ELSEWHERE.match(target)]


def headings(path):
    """Return the anchors of a Markdown file's headings, as GitHub makes them."""
    titles = re.findall(r"^#+\s+(.*?)\s*#*$", CODE.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.replace("`", "").lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    broken = []
    for target in links(path.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or not file.is_relative_to(ROOT):
            broken.append(target)
        elif anchor and file.suffix == ".md" and anchor not in headings(file):
            broken.append(f"{target} (no such heading)")
    assert not broken, f"{path.relative_to(ROOT)} links to what is not there: {', '.join(broken)}"


def test_there_are_docs():
    assert ROOT / "README.md" in DOCS
    assert len(DOCS) > 3


def test_links_of_every_form_are_seen():
    text = (
        'See [a](a.md "title"), ![b](<img/b.svg>), [c](https://example.org/c), `[d](d.md)`.\n'
        "[e]: e.md\n<img src='f.png'> [g](#here)\n```\n[h](h.md)\n```\n[mail](mailto:x@example.org)\n"
    )
    assert links(text) == ["a.md", "img/b.svg", "#here", "e.md", "f.png"]
    assert Path("a.md").suffix == ".md"
