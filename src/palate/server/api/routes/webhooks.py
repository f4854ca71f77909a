"""Webhooks: other programs are told what happens in a project."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.conf import settings
from ninja import Router
from pydantic import BaseModel, Field

from palate.server.api.endpoint import Caller, Done, Listed, endpoint
from palate.server.api.paging import After, Limit, page_of
from palate.server.hooks.making import create_webhook as create
from palate.server.hooks.making import set_status
from palate.server.hooks.models import Webhook
from palate.server.projects.models import Project

__all__ = ["router"]

router = Router(tags=["webhooks"])
Kind = Annotated[str, Field(max_length=40)]


class WebhookIn(BaseModel):
    """Where events go. ``after`` is the id of the last event that is not sent; without it, those from now on are."""

    url: Annotated[str, Field(max_length=500)]
    kinds: Annotated[list[Kind], Field(max_length=50)] = []
    after: Annotated[int, Field(ge=0, lt=2**63)] | None = None


class WebhookOut(BaseModel):
    """A webhook, and how far it got; ``problem`` says why the last try failed."""

    id: int
    url: str
    kinds: list[str]
    status: Literal["active", "paused"]
    sent_up_to: int
    sent_at: datetime | None
    failures: int
    next_try: datetime
    problem: str


class WebhookMade(WebhookOut):
    """A new webhook. Its secret is shown now and never again; its receiver checks signatures with it."""

    secret: str


@endpoint(
    router, "GET", "/projects/{int:project}/webhooks", "manager", answer=Listed[WebhookOut], project=Project
)
def list_webhooks(
    caller: Caller,  # noqa: ARG001
    project: Project,
    after: After = 0,
    limit: Limit = 100,
) -> Listed[WebhookOut]:
    """List a project's webhooks, without their secrets."""
    return page_of(project.webhooks.all(), after, limit, _shown)


@endpoint(
    router, "POST", "/projects/{int:project}/webhooks", "manager", answer=WebhookMade, status=201, key="required",
    remembered=False, project=Project,
)  # fmt: skip
def create_webhook(caller: Caller, project: Project, body: WebhookIn) -> WebhookMade:
    """Send a project's events to an address that the server's owner allows; a retry with the same key gets the same one."""
    made = create(
        project,
        body.url,
        body.kinds,
        key=caller.key,
        after=body.after,
        hosts=settings.CONFIG.webhook_hosts,
        now=caller.now,
    )
    return WebhookMade(**_shown(made).model_dump(), secret=made.secret)


@endpoint(
    router, "POST", "/webhooks/{int:webhook}/pause", "manager", answer=WebhookOut, key="optional", webhook=Webhook
)  # fmt: skip
def pause_webhook(caller: Caller, webhook: Webhook) -> WebhookOut:
    """Send nothing until it is resumed; nothing is lost."""
    return _shown(set_status(webhook, "paused", now=caller.now))


@endpoint(
    router, "POST", "/webhooks/{int:webhook}/resume", "manager", answer=WebhookOut, key="optional", webhook=Webhook
)  # fmt: skip
def resume_webhook(caller: Caller, webhook: Webhook) -> WebhookOut:
    """Go on with the event at which it stopped."""
    return _shown(set_status(webhook, "active", now=caller.now))


@endpoint(
    router, "POST", "/webhooks/{int:webhook}/end", "manager", answer=Done, key="optional", webhook=Webhook
)
def end_webhook(caller: Caller, webhook: Webhook) -> Done:  # noqa: ARG001
    """Send nothing more, and forget the webhook."""
    webhook.delete()
    return Done()


def _shown(webhook: Webhook) -> WebhookOut:
    return WebhookOut.model_validate(webhook, from_attributes=True)
