"""A pool while somebody edits it: the form's fields, and the settings that they say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.http import QueryDict

from palate.asking import Audience, projected_hourly_pay
from palate.core.errors import PalateError, SettingsError
from palate.server.manage.rule_form import RuleRow, rule_rows, rules_as_text, rules_in
from palate.server.projects.models import Pool, Project
from palate.server.projects.reading import template_of

if TYPE_CHECKING:
    from palate.server.projects.specs import PoolSpec

__all__ = ["PoolDraft", "from_pool", "from_post", "hourly_examples", "new_draft"]

_PLAIN = (
    "name", "kind", "reward", "seconds_per_page", "extension_seconds", "retry_days", "review_days", "priority",
    "budget", "closes_at", "training", "skill",
)  # fmt: skip
_CHECKS = ("auto_accept", "replace_rejected", "last_short_page", "shuffle")
_COUNTS = ("real", "golden", "training_tasks", "minimum_real", "minimum_golden", "minimum_training")
_OVERLAP = ("n", "minimum", "maximum", "confidence")
_LABELS = {
    "name": "Name", "reward": "Paid for a page", "seconds_per_page": "Time for a page",
    "extension_seconds": "More time once", "retry_days": "Again after", "review_days": "Review within",
    "priority": "Priority", "budget": "Budget", "closes_at": "Closes at", "training": "Training first",
    "skill": "Its result is the skill", "overlap": "Answers a task",
}  # fmt: skip
_STEP = re.compile(r"\s*(\d{1,6})\s*:\s*(\d\.\d{1,6}|\d|\d{1,4}/[1-9]\d{0,3})\s*", re.ASCII)
_PER_TASK = (5, 10, 20, 40)
"""Seconds a task for which the form says what an hour pays."""


@dataclass(frozen=True)
class PoolDraft:
    """What a pool's form holds.

    Args:
        values: By the form's names: texts, checks, and the list of devices.
        rules: The quality rules, though they may make no sense yet.
        project: Whose pool it is.
        pool: The pool that is edited; None for a new one.
        problem: Why it was not taken.
    """

    values: dict[str, Any]
    rules: tuple[Mapping[str, Any], ...]
    project: Project
    pool: Pool | None = None
    problem: str = ""

    def spec(self) -> PoolSpec:
        """Return what is stored.

        Raises:
            SettingsError: Something is missing or wrong.
        """
        from palate.server.projects.specs import PoolSpec, parsed

        try:
            return parsed(PoolSpec, _settings(self))
        except SettingsError as error:
            raise SettingsError(_with_labels(str(error))) from None

    def refused(self, problem: str) -> PoolDraft:
        """Return the draft with what is wrong."""
        return replace(self, problem=_with_labels(problem))

    @property
    def is_fixed(self) -> bool:
        """Whether people were promised what the pool pays and asks."""
        return self.pool is not None and self.pool.status != "draft"

    @property
    def rule_rows(self) -> list[RuleRow]:
        """The rules as rows of the form."""
        return rule_rows(self.rules)

    @property
    def rules_text(self) -> str:
        """The rules as JSON."""
        return rules_as_text(self.rules)

    @property
    def may_be_dynamic(self) -> bool:
        """Whether answers are labels, so that a task may stop as soon as one is sure."""
        return bool(template_of(self.project).own_labels())

    @property
    def trainings(self) -> list[str]:
        """Names of the project's trainings."""
        rows = self.project.pools.filter(kind="training").exclude(status="archived")
        return list(rows.values_list("name", flat=True))

    @property
    def skills(self) -> list[str]:
        """Names of the project's skills."""
        return list(self.project.skills.order_by("name").values_list("name", flat=True))

    @property
    def hourly(self) -> list[tuple[int, Decimal]]:
        """What an hour pays, by seconds a task."""
        try:
            size = sum(_whole(self.values[name], name) for name in ("real", "golden", "training_tasks"))
            return hourly_examples(Decimal(str(self.values["reward"])), size)
        except (SettingsError, InvalidOperation):
            return []


def hourly_examples(reward: Decimal, tasks_a_page: int) -> list[tuple[int, Decimal]]:
    """Return what an hour pays if a task takes so many seconds; nothing where pages are not paid.

    >>> hourly_examples(Decimal("0.05"), 10)[1]
    (10, Decimal('1.80'))
    """
    if not (reward.is_finite() and reward > 0 and tasks_a_page > 0):
        return []
    return [(each, projected_hourly_pay(reward, each * tasks_a_page)) for each in _PER_TASK]


def new_draft(project: Project, kind: str) -> PoolDraft:
    """Return what the form of a new pool begins with."""
    from palate.server.projects.specs import PoolSpec

    names = {"main": "Tasks", "training": "Training", "exam": "Exam"}
    settings: dict[str, Any] = {"name": names[kind], "kind": kind}
    if kind == "main":
        settings["page_mix"] = {"real": 10}
    if kind == "exam":
        settings["skill"] = "exam"
    spec = PoolSpec.model_validate(settings)
    return PoolDraft(_values(spec.model_dump()), (), project)


def from_pool(pool: Pool) -> PoolDraft:
    """Return a draft that holds what is stored of a pool."""
    from palate.server.projects.specs import PoolSpec

    names = [name for name in PoolSpec.model_fields if name not in {"training", "skill"}]
    stored: dict[str, Any] = {name: getattr(pool, name) for name in names}
    stored["training"] = pool.training.name if pool.training else None
    stored["skill"] = pool.skill.name if pool.skill else None
    return PoolDraft(_values(stored), tuple(pool.quality_rules), pool.project, pool)


def from_post(post: QueryDict, project: Project, pool: Pool | None = None) -> PoolDraft:
    """Return a draft that holds what a form was sent with.

    Raises:
        PalateError: Its rules name what there is not.
    """
    texts = (
        *_PLAIN,
        *_COUNTS,
        *_OVERLAP,
        "overlap_kind",
        "audience_skills",
        "languages",
        "any_of",
        "golden_rate",
    )
    values: dict[str, Any] = {name: post.get(name, "").replace("\0", "").strip() for name in texts}
    values.update({name: name in post for name in _CHECKS})
    values["devices"] = post.getlist("devices")
    if pool is not None and pool.status != "draft":  # what is disabled in the form is not sent
        stored = from_pool(pool).values
        values.update(
            {name: stored[name] for name in ("kind", "reward", "auto_accept", "overlap_kind", *_OVERLAP)}
        )
    try:
        rules = tuple(rules_in(post))
    except PalateError as error:
        stored_rules = tuple(pool.quality_rules) if pool else ()
        return PoolDraft(values, stored_rules, project, pool, str(error))
    return PoolDraft(values, rules, project, pool)


def _values(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as the form's fields hold them."""
    from palate.asking import DynamicOverlap, PageMix, overlap_from_mapping

    mix = PageMix.from_mapping({**settings["page_mix"], "kind": settings["kind"]})
    overlap = overlap_from_mapping(settings["overlap"])
    audience = Audience.from_mapping(settings["audience"])
    closes = settings["closes_at"]
    dynamic = (
        overlap if isinstance(overlap, DynamicOverlap) else DynamicOverlap(max(1, overlap.least - 1), 5, 0.95)
    )
    plain = {name: "" if settings[name] is None else settings[name] for name in _PLAIN}
    return {
        **plain,
        "reward": f"{Decimal(settings['reward']):f}".rstrip("0").rstrip(".") or "0",
        "budget": "" if settings["budget"] is None else f"{Decimal(settings['budget']):.2f}",
        "closes_at": f"{closes:%Y-%m-%dT%H:%M}" if closes else "",
        "auto_accept": settings["auto_accept"],
        "replace_rejected": settings["replace_rejected"],
        "last_short_page": mix.last_short_page,
        "shuffle": mix.shuffle,
        "real": mix.real,
        "golden": mix.golden,
        "training_tasks": mix.training,
        "minimum_real": mix.minimum_real,
        "minimum_golden": mix.minimum_golden,
        "minimum_training": mix.minimum_training,
        "golden_rate": "\n".join(f"{start}: {rate}" for start, rate in mix.golden_rate),
        "overlap_kind": "dynamic" if isinstance(overlap, DynamicOverlap) else "fixed",
        "n": overlap.least,
        "minimum": dynamic.minimum,
        "maximum": max(dynamic.maximum, dynamic.minimum),
        "confidence": dynamic.confidence,
        "audience_skills": "\n".join(map(str, audience.skills)),
        "languages": ", ".join(audience.languages),
        "devices": list(audience.devices),
        "any_of": json.dumps([one.as_mapping() for one in audience.any_of]) if audience.any_of else "",
    }


def _settings(draft: PoolDraft) -> dict[str, Any]:
    """Return what the form's fields say, as ``PoolSpec`` reads it."""
    if draft.problem:
        raise SettingsError(draft.problem)
    values = draft.values
    found: dict[str, Any] = {name: values[name] for name in _PLAIN if values[name] not in ("", None)}
    if "closes_at" in found:
        found["closes_at"] = f"{found['closes_at']}Z"
    mix: dict[str, Any] = {name: _whole(values[name], name) for name in _COUNTS if name != "training_tasks"}
    mix["training"] = _whole(values["training_tasks"], "training tasks a page")
    mix["golden_rate"] = _golden_rate(values["golden_rate"])
    overlap: Any = _whole(values["n"], "overlap", 1)
    if values["overlap_kind"] == "dynamic":
        overlap = {
            "minimum": _whole(values["minimum"], "minimum", 1),
            "maximum": _whole(values["maximum"], "maximum", 1),
            "confidence": _number(values["confidence"]),
        }
    audience: dict[str, Any] = {
        "skills": [line.strip() for line in values["audience_skills"].splitlines() if line.strip()],
        "languages": [code.strip() for code in values["languages"].split(",") if code.strip()],
        "devices": list(values["devices"]),
        "any_of": _any_of(values["any_of"]),
    }
    return {
        **found,
        "page_mix": {**mix, "last_short_page": values["last_short_page"], "shuffle": values["shuffle"]},
        "overlap": overlap,
        "audience": audience,
        "auto_accept": values["auto_accept"],
        "replace_rejected": values["replace_rejected"],
        "quality_rules": [dict(rule) for rule in draft.rules],
    }


def _whole(value: Any, name: str, default: int = 0) -> int:
    text = str(value).strip()
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise SettingsError(f"'{name}' must be a whole number from 0; it is {text[:30]!r}.")
    return int(text)


def _number(value: Any) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise SettingsError(
            f"'confidence' must be a number such as 0.95; it is {str(value)[:30]!r}."
        ) from None


def _golden_rate(text: str) -> list[list[Any]]:
    steps = []
    for line in str(text).replace(",", "\n").splitlines():
        if line.strip():
            step = _STEP.fullmatch(line)
            if step is None:
                raise SettingsError(
                    "'golden_rate' has a line a step, tasks done and the golden share of a page, such as '0: 1/5';"
                    f" here is {line[:50]!r}."
                )
            steps.append([int(step[1]), step[2]])
    return steps


def _any_of(text: str) -> list[Any]:
    try:
        found = json.loads(text) if str(text).strip() else []
    except (ValueError, RecursionError):
        raise SettingsError("'any_of' is a JSON list of audiences.") from None
    return found if isinstance(found, list) else [found]


def _with_labels(text: str) -> str:
    for name, label in _LABELS.items():
        text = text.replace(f"'{name}'", f"“{label}”")
    return text
