"""Rows, answers and settings of task templates, well meant and hostile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import strategies as st

from palate.task_templates import InputField, Label, LookUp, TaskTemplate, Translation, task_templates

WORDS = st.text(alphabet="abc äß שלום<>&\"'{}", min_size=1, max_size=12).filter(str.strip)
SEEDS = st.integers() | st.text(max_size=8)
LINKS = st.sampled_from(
    [
        "https://example.org/a?b=c#d",
        "http://localhost:8000/x",
        "/media/shoe.jpg",
        "/media/a b.jpg".replace(" ", "%20"),
    ]
)
SCRIPTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//evil.example/x",
    "/\\evil.example/x",
    "https://user:password@evil.example/",
    "/media/../admin/",
    "/media/%2e%2e/admin/",
    "{{7*7}}",
    "</script>",
    "=cmd()",
    "a" * 30_000,
    "[" * 5_000,
    "\x00",
    "1" * 5_000,
]


def _nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


HOSTILE = st.sampled_from(SCRIPTS) | st.sampled_from(
    [
        None,
        True,
        float("nan"),
        float("inf"),
        -1,
        10**5_000,
        b"x",
        object(),
        _nested(3_000),
        [None],
        {"a": {"b": []}},
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def values(field: InputField) -> st.SearchStrategy[Any]:
    """Return values that a field takes."""
    record = st.fixed_dictionaries({"title": WORDS}, optional={"price": WORDS, "link": LINKS, "image": LINKS})
    return {
        "image": LINKS,
        "link": LINKS,
        "price": st.integers(0, 10**6) | st.just("12.50 €"),
        "number": st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6),
        "options": st.lists(WORDS, min_size=1, max_size=4, unique_by=lambda text: " ".join(text.split())),
        "items": st.lists(record | WORDS, min_size=2, max_size=6),
    }.get(field.kind, WORDS)


def rows(template: TaskTemplate) -> st.SearchStrategy[dict[str, Any]]:
    """Return rows that a template takes: any of the fields that are not required may be missing, but for titles."""
    kept = {field.name for field in template.fields() if field.required or field.name.endswith("title")}
    return st.fixed_dictionaries(
        {field.name: values(field) for field in template.fields() if field.name in kept},
        optional={field.name: values(field) for field in template.fields() if field.name not in kept},
    )


def hostile_rows(template: TaskTemplate) -> st.SearchStrategy[dict[str, Any]]:
    """Return rows in which some values are hostile, and perhaps some names."""
    named = st.fixed_dictionaries(
        {}, optional={field.name: HOSTILE | values(field) for field in template.fields()}
    )
    others = st.dictionaries(st.sampled_from(SCRIPTS) | st.text(max_size=5), HOSTILE, max_size=1)
    return st.builds(lambda row, more: {**row, **more}, named, st.just({}) | others)


def answers(template: TaskTemplate, task_input: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return answers that a template takes, by its family."""
    labels = template.own_labels()
    names = [item["id"] for item in task_input.get("items", [])]
    match template.family:
        case "labels" | "pairs":
            return st.sampled_from([label.value for label in labels])
        case "multilabel":
            alone = [[label.value] for label in labels if label.cannot_judge]
            least, most = getattr(template, "least", 0), getattr(template, "most", 0) or None
            known = st.sampled_from(names or list(template.label_values()))
            chosen = st.lists(known, unique=True, min_size=least, max_size=most)
            return chosen | st.sampled_from(alone) if alone else chosen
        case "rankings":
            return st.permutations(names)
        case _:
            return st.text(alphabet="abc äß\n\tשל", min_size=1, max_size=40).filter(str.strip)


def nearly_answers(template: TaskTemplate, task_input: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return JSON of which some is an answer, some nearly one."""
    names = [label.value for label in template.own_labels()]
    names += [item["id"] for item in task_input.get("items", [])]
    one = st.sampled_from([*names, "", "no label", " "])
    return answers(template, task_input) | one | st.lists(one, max_size=4) | JSON


def strings(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the name and text of every string within a view."""
    if is_dataclass(value):
        for field in fields(value):
            inner = getattr(value, field.name)
            if isinstance(inner, str):
                yield field.name, inner
            else:
                yield from strings(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from (("", inner),) if isinstance(inner, str) else strings(inner)


TEMPLATES = [
    *(template() for template in task_templates),
    *(
        task_templates.create(name, {"required": False})
        for name in ("query_type", "multi_label", "list_ranking", "free_text")
    ),
    task_templates.create("multi_label", {"least": 1, "most": 2}),
    task_templates.create("side_by_side", {"shuffled": False}),
    task_templates.create("list_ranking", {"shuffled": False, "grading": "exact"}),
    task_templates.create(
        "graded_relevance",
        {
            "labels": (Label("yes", key="Y"), Label("no", "Nein <b>", "?"), Label("404", cannot_judge=True)),
            "texts": (("query", "Suchanfrage"),),
            "language": "de",
            "translations": (
                Translation(
                    "ar", question="ما مدى صلة المنتج؟", labels=(("yes", "نعم"),), texts=(("item", "منتج"),)
                ),
            ),
            "look_up": (LookUp("Search", "https://example.org/search?q={title}&l={query}"),),
        },
    ),
]
"""Every template with its defaults, the same where answers may be left out, and some with other settings."""


def named(template: TaskTemplate) -> str:
    """Return a template's name, to tell tests apart."""
    return f"{task_templates.name_of(template)}{'' if template.required else '-optional'}"
