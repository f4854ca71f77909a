"""How projects and pools are written down: one declared model for forms, files and the API.

Pages import it where they use it: it brings pydantic, which annotators' workers can do without.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from palate.core.errors import SettingsError, nearest

__all__ = ["ChecksSpec", "PoolSpec", "ProjectSpec", "SkillSpec", "parsed"]

S = TypeVar("S", bound=BaseModel)
Name = Field(min_length=1, max_length=200)


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class SkillSpec(_Spec):
    """A skill of a project."""

    name: str = Field(min_length=1, max_length=100)
    hidden: bool = True
    valid_days: int | None = Field(default=None, ge=1)


class PoolSpec(_Spec):
    """A pool without its tasks."""

    name: str = Name
    kind: Literal["main", "training", "exam"] = "main"
    reward: Decimal = Field(default=Decimal("0.05"), ge=0, max_digits=14, decimal_places=4)
    seconds_per_page: int = Field(default=600, ge=10, le=7 * 86_400)
    extension_seconds: int = Field(default=300, ge=0, le=86_400)
    page_mix: dict[str, Any] = Field(default_factory=dict)
    overlap: int | dict[str, Any] = 3
    audience: dict[str, Any] = Field(default_factory=dict)
    training: str | None = None
    skill: str | None = None
    retry_days: int | None = Field(default=None, ge=0)
    auto_accept: bool = True
    review_days: int = Field(default=7, ge=1, le=365)
    replace_rejected: bool = True
    priority: int = Field(default=0, ge=-1000, le=1000)
    budget: Decimal | None = Field(default=None, ge=0, max_digits=14, decimal_places=4)
    quality_rules: list[dict[str, Any]] = Field(default_factory=list)
    closes_at: datetime | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        """Give trainings and exams a page mix of their own, and no pay unless one is set."""
        if not isinstance(data, Mapping):
            return data
        filled = dict(data)
        only = {"training": {"real": 0, "training": 2}, "exam": {"real": 0, "golden": 10}}.get(
            str(filled.get("kind", ""))
        )
        if only is not None:
            filled.setdefault("page_mix", only)
            filled.setdefault("reward", Decimal(0))
        return filled


class ChecksSpec(_Spec):
    """Checks of attention for a pool of pairs, in percent of its pairs."""

    attention_pairs: float = Field(default=0, ge=0, le=50, allow_inf_nan=False)
    swapped_repeats: float = Field(default=0, ge=0, le=50, allow_inf_nan=False)
    seed: int = Field(default=1, ge=0, le=2**31)


class ProjectSpec(_Spec):
    """A project, its skills and its pools."""

    name: str = Name
    title: str = Field(default="", max_length=200)
    summary: str = Field(default="", max_length=500)
    instructions: str = Field(default="", max_length=100_000)
    template: str
    template_settings: dict[str, Any] = Field(default_factory=dict)
    language: str = Field(default="en", max_length=20)
    max_active_pages: int = Field(default=1, ge=1, le=100)
    one_account_a_device: bool = True
    quality_rules: list[dict[str, Any]] = Field(default_factory=list)
    skills: list[SkillSpec] = Field(default_factory=list)
    pools: list[PoolSpec] = Field(default_factory=list)


def parsed(spec: type[S], data: object, where: str = "") -> S:
    """Return what data from a file, a form or a request describes.

    Raises:
        SettingsError: Something is missing, unknown or of the wrong kind; the text names every place.
    """
    try:
        return spec.model_validate(data)
    except ValidationError as error:
        problems = [
            _problem(spec, dict(found)) for found in error.errors(include_url=False, include_context=False)
        ]
        raise SettingsError(f"{where}: {'; '.join(problems)}" if where else "; ".join(problems)) from None


def _problem(spec: type[BaseModel], found: dict[str, Any]) -> str:
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in found["loc"])
    if found["type"] == "extra_forbidden":
        guess = nearest(str(found["loc"][-1]), spec.model_fields)
        return f"'{place}' is not known here.{f' Did you mean {guess}?' if guess else ''}"
    came = "" if found["type"] == "missing" else f"; it is {_short(found['input'])}"
    text = found["msg"].removeprefix("Value error, ")
    return f"'{place}': {text[0].lower()}{text[1:]}{came}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
