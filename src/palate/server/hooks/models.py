"""Where events of a project are sent, and how far that got."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.crypto import salted_hmac

from palate.server.projects.models import Project

__all__ = ["Webhook"]

_SECRET_SALT = "palate.server.hooks"  # noqa: S105 (names the use of the server's key)


class Webhook(models.Model):
    """An address that is sent a project's events, in order, each at least once."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="webhooks", db_index=False)
    url = models.CharField(max_length=500)
    kinds = models.JSONField(default=list)  # of events; all if empty
    salt = models.CharField(max_length=64)  # its secret is made of it and of the server's key
    key = models.CharField(max_length=150)  # of the request that made it: a retry makes no second one
    status = models.CharField(max_length=10, default="active")  # active, paused
    sent_up_to = models.PositiveBigIntegerField(
        default=0
    )  # the last event that arrived, or that it does not want
    failures = models.PositiveIntegerField(default=0)  # since something arrived
    next_try = models.DateTimeField()
    problem = models.TextField(blank=True)  # why the last try failed
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["project", "key"], name="one_webhook_of_a_key")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_try"], condition=models.Q(status="active"), name="webhooks_to_be_sent")
        ]

    @property
    def secret(self) -> str:
        """What its receiver checks signatures with. It is not stored: who reads the database does not learn it."""
        return f"whsec_{salted_hmac(_SECRET_SALT, self.salt, algorithm='sha256').hexdigest()}"
