"""A pool of a study as Toloka's project, pool and tasks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from markupsafe import Markup

from palate.core.hashing import hash_json
from palate.platforms._html import STYLE, Drawing, instructions_html
from palate.platforms._questions import Questions
from palate.platforms._right import ENOUGH_GOLDEN
from palate.platforms.base import Pool

__all__ = ["Terms", "pool_body", "project_body", "task_bodies", "task_name"]

_GOLDEN_HISTORY = 20


@dataclass(frozen=True)
class Terms:
    """What a pool of Toloka's has besides a study's own settings.

    Args:
        seconds_per_page: How long people have for a page.
        days: How long the pool may stay open.
        review_days: How long pages may wait for review; 0 accepts them at once.
        confidence: At which a label is sure enough.
        least_right: Share of right golden answers below which somebody is kept from the pool; 0 keeps nobody.
        languages: Which annotators speak, one of them; capital codes. Empty: any.
    """

    seconds_per_page: int
    days: int
    review_days: int
    confidence: float
    least_right: float
    languages: tuple[str, ...]


def project_body(pool: Pool, questions: Questions, mark: str) -> dict[str, Any]:
    """Return the project: our drawing of a task, and the label to choose below it."""
    wording = questions.template.wording(questions.language)
    fields = Markup().join(
        Markup('{{{{field type="radio" name="label" value={} label={} hotkey={}}}}}').format(
            *(Markup(_quoted(text)) for text in (option.value, option.text, option.key))  # noqa: S704 (quoted)
        )
        for option in questions.options
    )
    note = Markup("<p>{}</p>").format(wording.note) if wording.note else Markup()
    heading = Markup("<p><strong>{}</strong></p>").format(wording.question)
    markup = Markup('<div class="palate">{}{}{{{{{{shown}}}}}}{}</div>').format(heading, note, fields)
    values = [option.value for option in questions.options]
    return {
        "public_name": pool.title[:150] or "Judgments",
        "public_description": wording.question[:500],
        "public_instructions": str(instructions_html(pool.instructions)) or "<p></p>",
        "private_comment": f"palate {mark}",
        "assignments_issuing_type": "AUTOMATED",
        "task_spec": {
            "input_spec": {
                "task": {"type": "string", "required": True, "hidden": True},
                "shown": {"type": "string", "required": True},
            },
            "output_spec": {"label": {"type": "string", "required": True, "allowed_values": values}},
            "view_spec": {
                "type": "classic",
                "markup": str(markup),
                "script": "exports.Task = TolokaHandlebarsTask;",
                "styles": STYLE,
                "assets": {"script_urls": ["$TOLOKA_ASSETS/js/toloka-handlebars-templates.js"]},
                "settings": {"showSkip": True, "showTimer": True, "showTitle": True},
            },
        },
    }


def pool_body(
    pool: Pool, project: str, mark: str, terms: Terms, *, skill: str | None, now: float
) -> dict[str, Any]:
    """Return the pool; ``skill`` is the id of the skill that golden answers set, if there are any."""
    expires = datetime.fromtimestamp(now, UTC) + timedelta(days=terms.days)
    golden = pool.golden_per_page if pool.golden is not None else 0
    found: dict[str, Any] = {
        "project_id": project,
        "private_name": f"{pool.title[:200]} {mark[:8]}".strip(),
        "private_comment": f"palate {mark}",
        "may_contain_adult_content": False,
        "will_expire": expires.strftime("%Y-%m-%dT%H:%M:%S"),
        "reward_per_assignment": float(pool.reward),
        "assignment_max_duration_seconds": terms.seconds_per_page,
        "auto_accept_solutions": terms.review_days == 0,
        "auto_close_after_complete_delay_seconds": 0,
        "defaults": {
            "default_overlap_for_new_tasks": pool.overlap,
            "default_overlap_for_new_task_suites": pool.overlap,
        },
        "mixer_config": {
            "real_tasks_count": pool.page_size - golden,
            "golden_tasks_count": golden,
            "training_tasks_count": 0,
            "min_golden_tasks_count": 0,
            "force_last_assignment": True,
        },
        "quality_control": {"configs": [*_golden_rules(skill, terms), *_review_rules(terms)]},
    }
    if terms.review_days:
        found["auto_accept_period_day"] = terms.review_days
    if terms.languages:
        speaks = [
            {"category": "profile", "key": "languages", "operator": "IN", "value": language}
            for language in terms.languages
        ]
        found["filter"] = {"and": [{"or": speaks}]}
    if skill and pool.overlap_max > pool.overlap:
        found["dynamic_overlap_config"] = {
            "type": "BASIC",
            "max_overlap": pool.overlap_max,
            "min_confidence": terms.confidence,
            "answer_weight_skill_id": skill,
            "fields": [{"name": "label"}],
        }
    return found


def task_name(mark: str, task: str) -> str:
    """Return by what a task is known on Toloka: a name of its own could tell that it is golden."""
    return f"t{hash_json([mark, task])[:16]}"


def task_bodies(
    pool: Pool, number: str, questions: Questions, mark: str, drawing: Drawing
) -> Iterator[dict[str, Any]]:
    """Return the tasks of Toloka's pool ``number``; golden ones with their known answer, for everybody."""
    for task in questions.inputs:
        shown = str(drawing.task(questions.view(task, task)))
        values = {"task": task_name(mark, task), "shown": shown}
        body: dict[str, Any] = {"pool_id": number, "input_values": values}
        if task in questions.golden:
            value = _on_screen(questions, task)
            known = {"output_values": {"label": value}, "correctness_weight": 1.0}
            yield {**body, "known_solutions": [known], "infinite_overlap": True}
        else:
            yield {**body, "overlap": pool.overlap}


def _on_screen(questions: Questions, task: str) -> str:
    """Return the known answer as the form posts it: sides are shuffled on the screen."""
    form = questions.template.form_from_answer(questions.golden[task], questions.inputs[task], task)
    return form["answer"][0]


def _golden_rules(skill: str | None, terms: Terms) -> list[dict[str, Any]]:
    """Return what golden answers do: they set the skill, and keep those away who are often wrong."""
    if skill is None:
        return []
    sets = {
        "conditions": [{"key": "total_answers_count", "operator": "GTE", "value": 1}],
        "action": {
            "type": "SET_SKILL_FROM_OUTPUT_FIELD",
            "parameters": {"skill_id": skill, "from_field": "correct_answers_rate"},
        },
    }
    keeps = {
        "conditions": [
            {"key": "total_answers_count", "operator": "GTE", "value": ENOUGH_GOLDEN},
            {"key": "correct_answers_rate", "operator": "LT", "value": 100 * terms.least_right},
        ],
        "action": {
            "type": "RESTRICTION_V2",
            "parameters": {
                "scope": "PROJECT",
                "duration_unit": "PERMANENT",
                "private_comment": "Too many golden tasks wrong",
            },
        },
    }
    collector = {"type": "GOLDEN_SET", "parameters": {"history_size": _GOLDEN_HISTORY}}
    return [{"collector_config": collector, "rules": [sets, keeps] if terms.least_right else [sets]}]


def _review_rules(terms: Terms) -> list[dict[str, Any]]:
    """Return that somebody else answers a rejected page."""
    if not terms.review_days:
        return []
    rejected = {"key": "assessment_event", "operator": "EQ", "value": "REJECT"}
    again = {"type": "CHANGE_OVERLAP", "parameters": {"delta": 1, "open_pool": True}}
    rule = {"conditions": [rejected], "action": again}
    return [{"collector_config": {"type": "ASSIGNMENTS_ASSESSMENT"}, "rules": [rule]}]


def _quoted(text: str) -> str:
    """Return a literal of Toloka's template language."""
    return json.dumps(text.replace("{", "(").replace("}", ")"), ensure_ascii=False)
