"""Ready-made projects to start from: everything is filled in, with tasks to try it on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from palate.core.errors import UnknownNameError
from palate.server.accounts.models import Account
from palate.server.manage.example_tasks import pair_tasks, query_tasks, search_tasks, training_pairs
from palate.server.projects.making import create_project
from palate.server.projects.models import Pool, Project
from palate.server.projects.tasks import TaskRow, add_tasks
from palate.task_templates import TaskTemplate

__all__ = ["RECIPES", "Recipe", "example_rows", "make_from_recipe", "recipe_called"]


@dataclass(frozen=True)
class Recipe:
    """A project that is ready to be published.

    Args:
        name: By which forms call it.
        title: What it is.
        summary: When to take it.
        gives: What comes out.
        project: The settings, as ``ProjectSpec`` reads them.
        tasks: Makes the example tasks of each pool, by the pool's name.
    """

    name: str
    title: str
    summary: str
    gives: str
    project: Mapping[str, Any]
    tasks: Callable[[], Mapping[str, list[TaskRow]]]


_SIDE_BY_SIDE = {
    "name": "Complementary products",
    "title": "Which product goes better with it?",
    "summary": "Look at a product and at two others; choose the one that goes better with it.",
    "instructions": """\
You see a product that somebody is about to buy, and two others. Choose the one that is the **better addition**: what
that person is more likely to want or need together with it.

- A good addition is *used together* with the product: socks with shoes, a mug with a kettle.
- The same thing once more is a bad addition.
- Price and brand do not matter. If both fit, choose the one that fits better; if neither does, the one that fits less
  badly.
- If a picture does not load and the title says too little, choose *Can't load*.
""",
    "template": "side_by_side",
    "template_settings": {"question": "Which of the two goes better with it?"},
    "pools": [
        {
            "name": "Training",
            "kind": "training",
            "page_mix": {"real": 0, "training": 2},
            "retry_days": 2,
        },
        {
            "name": "Pairs",
            "reward": "0.05",
            "seconds_per_page": 600,
            "page_mix": {"real": 9, "golden": 1},
            "overlap": 3,
            "training": "Training",
            "quality_rules": [
                {
                    "event": {"name": "attention_check", "history_size": 10},
                    "conditions": ["shown >= 3", "failed_rate > 0.4"],
                    "action": {"name": "restrict", "scope": "project", "duration": "10 days"},
                }
            ],
        },
    ],
}
_SEARCH = {
    "name": "Search relevance",
    "title": "Does the product fit the search?",
    "summary": "Look at a search and a product, and say how well the product fits.",
    "instructions": """\
Somebody typed the search. Say how well the product is what they were looking for.

- **Relevant**: it is what was searched for.
- **Rather relevant**: it comes near, but something does not fit, such as the size, the kind or the material.
- **Irrelevant**: it is something else.

Judge the product, not the picture's quality.
""",
    "template": "graded_relevance",
    "skills": [{"name": "search-exam"}],
    "pools": [
        {
            "name": "Training",
            "kind": "training",
            "page_mix": {"real": 0, "training": 2},
            "retry_days": 2,
        },
        {
            "name": "Exam",
            "kind": "exam",
            "training": "Training",
            "page_mix": {"real": 0, "golden": 10},
            "skill": "search-exam",
        },
        {
            "name": "Search results",
            "reward": "0.03",
            "seconds_per_page": 600,
            "page_mix": {"real": 4, "golden": 1},
            "overlap": 3,
            "training": "Training",
            "audience": {"skills": ["search-exam >= 0.9"], "languages": ["en"]},
            "quality_rules": [
                {
                    "event": {"name": "golden_answers", "history_size": 20},
                    "conditions": ["golden_answers >= 3"],
                    "action": {
                        "name": "set_skill_from_rate",
                        "skill": "search-exam",
                        "rate": "golden_right_rate",
                    },
                },
                {
                    "event": {"name": "page_submit_time", "fast_seconds": 10.0, "history_size": 20},
                    "conditions": ["fast_pages >= 1"],
                    "action": {"name": "restrict", "scope": "pool", "duration": "10 days"},
                },
            ],
        },
    ],
}
_GRADED = {
    **{name: _SEARCH[name] for name in ("title", "summary", "instructions", "template")},
    "name": "Graded relevance",
    "pools": [
        {
            "name": "Search results",
            "reward": "0.05",
            "page_mix": {"real": 9, "golden": 1},
            "overlap": 3,
            "quality_rules": [
                {
                    "event": {"name": "golden_answers", "history_size": 10},
                    "conditions": ["golden_answers >= 5", "golden_wrong_rate > 0.5"],
                    "action": {"name": "restrict", "scope": "project", "duration": "10 days"},
                }
            ],
        }
    ],
}


def _tasks_of_search() -> dict[str, list[TaskRow]]:
    found = search_tasks()
    return {
        "Training": found["training"],
        "Exam": found["exam"],
        "Search results": [*found["real"], *found["golden"]],
    }


RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "complementary",
        "Complementary product, side by side",
        "A product and two recommendations for it: which goes better with it? A short training, then pairs; a few plain"
        " pairs check attention.",
        "A ranked list of recommendations for every product, with intervals (Bradley–Terry).",
        _SIDE_BY_SIDE,
        lambda: {"Training": training_pairs(), "Pairs": pair_tasks()},
    ),
    Recipe(
        "search",
        "Search relevance with training and exam",
        "A query and a product: relevant, rather relevant or irrelevant? Annotators are trained and examined, golden"
        " tasks keep watching.",
        "A grade for every query and product, with its probability (Dawid–Skene and others).",
        _SEARCH,
        _tasks_of_search,
    ),
    Recipe(
        "graded",
        "Graded relevance, one pool",
        "The same question without training and exam, for people whom you know; one golden task a page.",
        "A grade for every query and product, with its probability.",
        _GRADED,
        lambda: {"Search results": query_tasks()},
    ),
)


def recipe_called(name: str) -> Recipe:
    """Return the recipe of a name.

    Raises:
        UnknownNameError: There is none.
    """
    for recipe in RECIPES:
        if recipe.name == name:
            return recipe
    raise UnknownNameError("recipe", name[:100], [recipe.name for recipe in RECIPES])


def make_from_recipe(recipe: Recipe, name: str, account: Account, *, with_tasks: bool) -> Project:
    """Return a new project made from a recipe, with its pools as drafts.

    Args:
        recipe: What it is made from.
        name: What managers call it.
        account: Who manages it.
        with_tasks: Whether the example tasks are put into the pools.
    """
    from palate.server.projects.specs import ProjectSpec, parsed

    with transaction.atomic():
        spec = parsed(ProjectSpec, {**recipe.project, "name": name or recipe.project["name"]})
        project = create_project(spec, account)
        if with_tasks:
            for pool_name, rows in recipe.tasks().items():
                add_tasks(project.pools.get(name=pool_name), rows)
    return project


def example_rows(pool: Pool, template: TaskTemplate) -> list[TaskRow]:
    """Return tasks to try a pool with: the template's own examples, of the kinds that the pool's pages hold."""
    examples = list(template.examples())
    known = [one for one in examples if "golden" in one]
    if pool.kind != "main":
        kind = "training" if pool.kind == "training" else "golden"
        return [
            TaskRow(
                one["input"],
                kind=kind,
                golden=one["golden"],
                hint=one.get("hint", "") if kind == "training" else "",
            )
            for one in known
        ]
    return [TaskRow(one["input"]) for one in examples]
