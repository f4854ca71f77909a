from __future__ import annotations

import re

import pytest
from repository import ROOT, python_files, tracked_files
from requirements import require

# Written in pieces, so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.",
    "ghcr" + ".io",
    "docker" + ".io",
    "ana" + "conda.",
]
MACHINE_PATHS = [
    rf"(?<![\w.])/{folder}/\w" for folder in ("wo" + "rk", "ho" + "me", "ro" + "ot", "Us" + "ers")
]
UNFINISHED = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "WI" + "P"]
UNFINISHED_WORDS = ["st" + "ub", "place" + "holder", "coming so" + "on", "not implem" + "ented"]


def finds(pattern, path):
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []
    places = enumerate(text.splitlines(), 1)
    return [
        f"{path.relative_to(ROOT)}:{row}: {line.strip()[:80]}" for row, line in places if pattern.search(line)
    ]


@pytest.mark.parametrize(
    "patterns", [list(map(re.escape, REGISTRY_HOSTS)), MACHINE_PATHS], ids=["hosts", "paths"]
)
def test_nothing_depends_on_one_machine_or_host(patterns):
    files = tracked_files()
    require(files, "this is no clone: git does not say which files are the project's")
    pattern = re.compile("|".join(patterns))
    found = [place for path in files for place in finds(pattern, path)]
    assert not found, "\n".join(found)


def test_no_word_speaks_of_unfinished_work():
    words = [rf"\b{word}\b" for word in UNFINISHED] + [rf"(?i:\b{word}\b)" for word in UNFINISHED_WORDS]
    pattern = re.compile("|".join(words))
    found = [place for path in python_files("src") for place in finds(pattern, path)]
    assert not found, "\n".join(found)


def test_what_is_looked_for_would_be_found():
    paths = re.compile("|".join(MACHINE_PATHS))
    assert paths.search('open("/ho' + 'me/ann/x")')
    assert not paths.search("https://example.org/wo" + "rk/x")
    assert not paths.search("a/ho" + "me/b")
