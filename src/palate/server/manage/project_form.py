"""A project while somebody edits it: what the form holds, what is wrong with it, and how its tasks will look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from django.utils.safestring import SafeString

from palate.core.errors import PalateError, SettingsError
from palate.server.annotate.shown_tasks import ShownTask
from palate.server.manage.rule_form import RuleRow, rule_rows, rules_as_text, rules_in
from palate.server.manage.settings_form import SettingField, setting_fields, settings_in
from palate.server.projects.models import Project
from palate.server.web.markdown import html_of
from palate.task_templates import TaskTemplate, from_settings, task_templates

if TYPE_CHECKING:
    from palate.server.projects.specs import ProjectSpec

__all__ = ["ProjectDraft", "TemplateChoice", "from_post", "from_project", "from_spec", "template_choices"]

_TEXTS = ("name", "title", "summary", "instructions", "language")
_PREVIEWED = 2
_PREVIEW_SEED = "preview"


@dataclass(frozen=True)
class TemplateChoice:
    """A template to choose."""

    name: str
    title: str
    summary: str


@dataclass(frozen=True)
class ProjectDraft:
    """What a project's form holds.

    Args:
        data: As ``ProjectSpec`` reads it.
        own_inputs: Inputs of tasks that the project has, to show instead of the template's examples.
        problem: Why it was not taken.
    """

    data: dict[str, Any]
    own_inputs: tuple[dict[str, Any], ...] = field(default=())
    problem: str = ""

    def spec(self) -> ProjectSpec:
        """Return what is stored.

        Raises:
            SettingsError: Something is missing or wrong.
        """
        from palate.server.projects.specs import ProjectSpec, parsed

        if self.problem:
            raise SettingsError(self.problem)
        return parsed(ProjectSpec, self.data)

    def refused(self, problem: str) -> ProjectDraft:
        """Return the draft with what is wrong."""
        return replace(self, problem=problem)

    @property
    def templates(self) -> list[TemplateChoice]:
        """All templates there are."""
        return template_choices()

    @property
    def fields(self) -> list[SettingField]:
        """The settings of the template."""
        return setting_fields(task_templates.get(self.data["template"]), self.data["template_settings"])

    @property
    def rule_rows(self) -> list[RuleRow]:
        """The quality rules of all pools as rows of the form."""
        return rule_rows(self.data.get("quality_rules", ()))

    @property
    def rules_text(self) -> str:
        """The rules as JSON."""
        return rules_as_text(self.data.get("quality_rules", ()))

    @property
    def instructions_html(self) -> SafeString:
        """The instructions as annotators read them."""
        return html_of(self.data.get("instructions", ""))

    @property
    def preview(self) -> Preview:
        """How tasks will look."""
        try:
            template = from_settings(
                self.data["template"], _without_empty_rows(self.data["template_settings"])
            )
            return Preview(tuple(_shown(template, self.own_inputs)), template=template)
        except PalateError as error:
            return Preview((), str(error))


@dataclass(frozen=True)
class Preview:
    """Tasks as annotators see them, or why there are none."""

    tasks: tuple[ShownTask, ...]
    problem: str = ""
    template: TaskTemplate | None = None


def template_choices() -> list[TemplateChoice]:
    """Return every task template with what it is for."""
    return [
        TemplateChoice(name, name.replace("_", " ").capitalize(), task_templates.get(name).summary)
        for name in task_templates.names()
    ]


def from_spec(spec: Mapping[str, Any]) -> ProjectDraft:
    """Return a draft that holds a project's settings.

    Raises:
        UnknownNameError: There is no such template.
    """
    template = from_settings(spec["template"], spec.get("template_settings", {}))
    plain = {name: spec.get(name, "en" if name == "language" else "") for name in _TEXTS}
    rest = {
        name: spec[name]
        for name in ("max_active_pages", "one_account_a_device", "quality_rules")
        if name in spec
    }
    return ProjectDraft(
        {**plain, **rest, "template": spec["template"], "template_settings": template.to_settings()}
    )


def from_project(project: Project) -> ProjectDraft:
    """Return a draft that holds what is stored of a project."""
    names = (
        *_TEXTS,
        "template",
        "template_settings",
        "max_active_pages",
        "one_account_a_device",
        "quality_rules",
    )
    return ProjectDraft({name: getattr(project, name) for name in names}, _own_inputs(project))


def from_post(post: QueryDict, project: Project | None = None) -> ProjectDraft:
    """Return a draft that holds what a form was sent with.

    Where another template was chosen than the form shows settings of, that one begins with its own settings.

    Raises:
        UnknownNameError: There is no such template.
    """
    name = post.get("template", "") or "graded_relevance"
    template = task_templates.get(name)
    same = post.get("shown_template", name) == name
    settings = settings_in(template, post) if same and "shown_template" in post else template().to_settings()
    data = {
        **{one: post.get(one, "").replace("\r\n", "\n").replace("\0", "") for one in _TEXTS},
        "template": name,
        "template_settings": settings,
        "max_active_pages": post.get("max_active_pages", "1") or "1",
        "one_account_a_device": "one_account_a_device" in post,
    }
    own = _own_inputs(project) if project else ()
    try:
        return ProjectDraft({**data, "quality_rules": rules_in(post)}, own)
    except PalateError as error:
        rules = project.quality_rules if project else []
        return ProjectDraft({**data, "quality_rules": rules}, own, str(error))


def _without_empty_rows(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without the rows that were added and not filled in yet."""
    return {
        name: [row for row in value if row != {}] if isinstance(value, list) else value
        for name, value in settings.items()
    }


def _own_inputs(project: Project) -> tuple[dict[str, Any], ...]:
    for pool in project.pools.exclude(status="archived").order_by("kind", "-pk")[:5]:
        found = tuple(pool.tasks.order_by("position").values_list("input", flat=True)[:_PREVIEWED])
        if found:
            return found
    return ()


def _shown(template: TaskTemplate, own_inputs: tuple[dict[str, Any], ...]) -> list[ShownTask]:
    try:
        inputs = [template.check_input(one) for one in own_inputs]
    except PalateError:  # tasks of another template
        inputs = []
    inputs = inputs or [one["input"] for one in template.examples()[:_PREVIEWED]]
    return [
        ShownTask(position, template.view(task_input, seed=_PREVIEW_SEED))
        for position, task_input in enumerate(inputs)
    ]
