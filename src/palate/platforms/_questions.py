"""A pool's tasks as people see them, by its task template; and what they chose, as labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from palate.core.errors import InputError
from palate.core.hashing import hash_json
from palate.core.randomness import Seed, generator
from palate.platforms.base import Pool
from palate.task_templates import Choice, Json, Option, SidesTemplate, TaskTemplate, TaskView, from_settings

__all__ = ["Questions", "fixed_pages", "pool_mark", "questions_of", "shown_inputs", "shown_template"]


@dataclass(frozen=True)
class Questions:
    """What a pool asks.

    Args:
        template: By which it asks.
        inputs: Each task's checked input, by the task's name as text.
        golden: The known labels, by the same names.
        language: Of the wording.
    """

    template: TaskTemplate
    inputs: Mapping[str, Mapping[str, Json]]
    golden: Mapping[str, str]
    language: str = ""

    @property
    def shuffles_sides(self) -> bool:
        """Whether what stands left and right is drawn by lot."""
        return isinstance(self.template, SidesTemplate) and self.template.shuffled

    @property
    def options(self) -> tuple[Option, ...]:
        """What people choose from; the same at every task."""
        first = next(iter(self.inputs))
        control = self.template.control(self.inputs[first], self.template.wording(self.language), 0)
        return control.options if isinstance(control, Choice) else ()

    def view(self, task: str, seed: str) -> TaskView:
        """Return what is shown of a task; ``seed`` decides over sides."""
        return self.template.view(self.inputs[task], seed=seed, language=self.language)

    def label(self, task: str, chosen: str, seed: str) -> str:
        """Return the label that was chosen, in the task's own terms.

        Raises:
            AnswerError: There is no such option.
        """
        given = self.template.answer_from_form({"answer": [chosen]}, self.inputs[task], seed)
        return self.template.label_of(self.template.check_answer(given, self.inputs[task]))


def questions_of(pool: Pool, language: str = "") -> Questions:
    """Return what a pool asks.

    Raises:
        InputError: It has no template or nothing to show, its template asks for something else than one label, or a
            task does not fit the template.
    """
    template = shown_template(pool)
    values = {label.value for label in template.own_labels()}
    if template.family not in {"labels", "pairs"} or not set(pool.labels) <= values:
        raise InputError(
            f"People elsewhere choose one label a task, one of the pool's: {', '.join(pool.labels)}. The template"
            f" '{pool.template}' asks for {', '.join(sorted(values)) or 'something else'}; ask it on a Palate server.",
            where="pool",
        )
    known = pool.golden.select(pl.col("task").cast(pl.String), "label") if pool.golden is not None else None
    return Questions(
        template, shown_inputs(pool, template), dict(known.iter_rows()) if known is not None else {}, language
    )


def shown_template(pool: Pool) -> TaskTemplate:
    """Return the template by which a pool asks.

    Raises:
        InputError: It has none, or nothing to show.
    """
    if not pool.template:
        raise InputError("A pool for people needs a task template; this one has none.", where="pool")
    if "shown" not in pool.tasks.columns:
        raise InputError(
            "A pool for people needs the column 'shown': what they see of each task, a JSON object by the fields of"
            " the task template.",
            where="tasks",
        )
    return from_settings(pool.template, pool.template_settings)


def shown_inputs(pool: Pool, template: TaskTemplate) -> dict[str, Mapping[str, Json]]:
    """Return each task's checked input, by the task's name as text.

    Raises:
        InputError: A task does not fit the template.
    """
    inputs: dict[str, Mapping[str, Json]] = {}
    rows = pool.tasks.select(pl.col("task").cast(pl.String), "shown").iter_rows()
    for number, (task, shown) in enumerate(rows, start=1):
        try:
            inputs[task] = template.check_input(json.loads(shown))
        except (InputError, ValueError, TypeError) as error:
            raise InputError(str(error), where="tasks", row=number, column="shown") from None
    return inputs


def pool_mark(pool: Pool) -> str:
    """Return a digest of all that a pool asks and pays: under it a platform remembers what was published."""
    golden = [] if pool.golden is None else pool.golden.select("task", "label").rows()
    columns = [name for name in ("task", "shown", "predicted") if name in pool.tasks.columns]
    numbers = [
        pool.overlap,
        pool.overlap_max,
        pool.agreed_share,
        pool.page_size,
        pool.golden_per_page,
        pool.round,
    ]
    words = [pool.title, pool.template, dict(pool.template_settings), pool.instructions, str(pool.reward)]
    tables = [pool.tasks.select(columns).rows(), golden, list(pool.labels)]
    return hash_json(json.loads(json.dumps([tables, numbers, words], default=str)))


def fixed_pages(pool: Pool, questions: Questions, seed: Seed) -> list[list[str]]:
    """Return the pool's tasks on pages that are the same for all annotators, golden ones in turn among them."""
    rng = generator(seed, "pages", pool.title)
    real = _mixed([task for task in questions.inputs if task not in questions.golden], rng)
    golden = _mixed(list(questions.golden), rng)
    n_golden = min(pool.golden_per_page, len(golden))
    size = pool.page_size - n_golden
    pages = []
    for number, start in enumerate(range(0, len(real), size)):
        turn = [golden[(number * n_golden + step) % len(golden)] for step in range(n_golden)]
        pages.append(_mixed([*real[start : start + size], *turn], rng))
    return pages


def _mixed(tasks: list[str], rng: np.random.Generator) -> list[str]:
    return [tasks[place] for place in rng.permutation(len(tasks))]
