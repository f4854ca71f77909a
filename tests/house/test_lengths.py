from __future__ import annotations

import ast

from repository import ROOT, python_files

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60
NESTING = 4

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
FILES = python_files("src", "tests", "bench")


def functions(path):
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, FUNCTIONS)]


def lines(function):
    """Return how many lines a function has without its docstring."""
    found = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        found -= first.end_lineno - first.lineno + 1
    return found


def nesting(node):
    """Return how many blocks stand in each other below ``node``; ``elif`` is no deeper than its ``if``."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS):
            continue
        is_elif = isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If)
        deepest = max(deepest, nesting(child) + (isinstance(child, BLOCKS) and not is_elif))
    return deepest


def offenders(measure, limit):
    found = [(measure(function), function, path) for path in FILES for function in functions(path)]
    return [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name} has {count}"
        for count, function, path in found
        if count > limit
    ]


def test_there_are_files_to_measure():
    assert len(FILES) > 20


def test_files_stay_short():
    counts = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in FILES}
    too_long = [f"{path} has {count} lines" for path, count in counts.items() if count > LINES_OF_A_FILE]
    assert not too_long, f"{LINES_OF_A_FILE} lines are the most of a file: {'; '.join(too_long)}"


def test_functions_stay_short():
    too_long = offenders(lines, LINES_OF_A_FUNCTION)
    limit = f"{LINES_OF_A_FUNCTION} lines without the docstring are the most of a function"
    assert not too_long, f"{limit}: {'; '.join(too_long)}"


def test_functions_stay_flat():
    too_deep = offenders(nesting, NESTING)
    assert not too_deep, f"{NESTING} blocks in each other are the most: {'; '.join(too_deep)}"


def test_lines_and_nesting_are_counted_as_said():
    tree = ast.parse(
        "def outer(x):\n"
        '    """One line.\n\n    More.\n    """\n'
        "    if x:\n"
        "        pass\n"
        "    elif x > 1:\n"
        "        for y in x:\n"
        "            while y:\n"
        "                pass\n"
        "    def inner():\n"
        "        with x:\n"
        "            return 1\n"
    )
    outer, inner = (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS))
    assert (lines(outer), nesting(outer)) == (10, 3)
    assert (lines(inner), nesting(inner)) == (3, 1)
