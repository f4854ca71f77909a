"""Who the token acts for, and what can be set: task templates and quality rules."""

from __future__ import annotations

from typing import Any

from ninja import Router
from pydantic import BaseModel

from palate.quality.rules import rule_schema
from palate.server.api.endpoint import Caller, endpoint
from palate.task_templates import task_templates

__all__ = ["router"]

router = Router(tags=["what can be set"])


class Me(BaseModel):
    """Who calls."""

    code: str
    login: str
    scope: str
    project: int | None
    may_create_projects: bool


class TemplateLine(BaseModel):
    """A task template and the JSON Schemas of its settings, and of tasks and answers with its default settings."""

    name: str
    summary: str
    family: str
    settings_schema: dict[str, Any]
    input_schema: dict[str, Any]
    answer_schema: dict[str, Any]


class Templates(BaseModel):
    """All task templates."""

    items: list[TemplateLine]


class RuleSchema(BaseModel):
    """The JSON Schema of a quality rule."""

    rule: dict[str, Any]


@endpoint(router, "GET", "/me", "account", answer=Me)
def get_me(caller: Caller) -> Me:
    """Return for whom the token acts and what it may."""
    account = caller.account
    may_create = (account.is_manager or account.is_admin) and caller.project_id is None
    return Me(
        code=account.code,
        login=account.login,
        scope=caller.scope,
        project=caller.project_id,
        may_create_projects=may_create,
    )


@endpoint(router, "GET", "/templates", "account", answer=Templates)
def list_templates(caller: Caller) -> Templates:  # noqa: ARG001
    """List the task templates with their schemas."""
    return Templates(items=[_template(name) for name in task_templates.names()])


@endpoint(router, "GET", "/quality-rules", "account", answer=RuleSchema)
def get_rule_schema(caller: Caller) -> RuleSchema:  # noqa: ARG001
    """Return the JSON Schema of a quality rule: every event with its conditions, and every action."""
    return RuleSchema(rule=rule_schema())


def _template(name: str) -> TemplateLine:
    kind = task_templates.get(name)
    template = kind()
    return TemplateLine(
        name=name,
        summary=kind.summary,
        family=kind.family,
        settings_schema=kind.settings_schema(),
        input_schema=template.input_schema(),
        answer_schema=template.answer_schema(),
    )
