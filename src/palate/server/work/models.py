"""What annotators did: pages, answers, skills, restrictions, the ledger and the stream of events.

A foreign key has no index of its own where it is the first field of another one: each index is written with every row.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from palate.server.accounts.models import Account
from palate.server.projects.models import Money, Pool, Project, Skill, Task

__all__ = [
    "Answer",
    "Assignment",
    "Event",
    "LedgerEntry",
    "Message",
    "Reply",
    "Restriction",
    "RuleAction",
    "SkillValue",
    "Slot",
    "Standing",
    "TaskReport",
]


class Assignment(models.Model):
    """One page given to one annotator."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="assignments", db_index=False)
    annotator = models.ForeignKey(Account, models.PROTECT, related_name="assignments", db_index=False)
    status = models.CharField(max_length=10, default="active")
    reward = Money()
    seed = models.PositiveBigIntegerField()  # orders the page and the sides of pairs
    claimed_at = models.DateTimeField()
    deadline = models.DateTimeField()
    extended = models.BooleanField(default=False)
    submitted_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    rejected_at = models.DateTimeField(null=True)
    skipped_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    comment = models.TextField(blank=True)  # public: the annotator reads it
    draft = models.JSONField(default=dict)
    drafted_at = models.DateTimeField(null=True)
    next_page = models.UUIDField(null=True)  # what the answer to the submission pointed to

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["annotator", "pool"], condition=Q(status="active"), name="one_active_page_a_pool"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["deadline"], condition=Q(status="active"), name="leases"),
            models.Index(fields=["pool", "status", "submitted_at"], name="pages_to_review"),
            models.Index(fields=["annotator", "-claimed_at"], name="pages_of_an_annotator"),
        ]


class Slot(models.Model):
    """A task's place on a page. Nobody gets a task twice."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="slots", db_index=False)
    task = models.ForeignKey(Task, models.PROTECT, related_name="slots")
    annotator = models.ForeignKey(Account, models.PROTECT, db_index=False)
    position = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=0)  # a training may be begun again
    held = models.BooleanField(default=True)  # whether it counts towards the task's overlap
    raised = models.BooleanField(default=False)  # whether the task's overlap is one more because of it

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["annotator", "task", "round"], name="nobody_sees_a_task_twice"),
            models.UniqueConstraint(fields=["assignment", "position"], name="one_task_a_place"),
        ]


class Answer(models.Model):
    """One annotator's answer to one task; never changed once it is here."""

    slot = models.OneToOneField(Slot, models.PROTECT, related_name="answer")
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="answers", db_index=False)
    task = models.ForeignKey(Task, models.PROTECT, related_name="answers", db_index=False)
    annotator = models.ForeignKey(Account, models.PROTECT, related_name="answers", db_index=False)
    value = models.JSONField()
    label = models.TextField()
    round = models.PositiveSmallIntegerField(default=0)
    right = models.FloatField(null=True)  # share right, of answers to golden and training tasks
    seconds = models.FloatField()  # the page's time, divided by its tasks
    submitted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["task", "annotator", "round"], name="one_answer_each")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["pool", "id"], name="answers_of_a_pool"),
            models.Index(fields=["annotator", "pool", "-id"], name="answers_of_an_annotator"),
        ]


class Standing(models.Model):
    """What one annotator has done in one pool; its row is the lock under which they act there."""

    annotator = models.ForeignKey(Account, models.PROTECT, related_name="standings", db_index=False)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="standings")
    pages_submitted = models.PositiveIntegerField(default=0)
    pages_accepted = models.PositiveIntegerField(default=0)
    pages_rejected = models.PositiveIntegerField(default=0)
    skipped_in_a_row = models.PositiveIntegerField(default=0)
    tasks_answered = models.PositiveIntegerField(default=0)
    golden_answered = models.PositiveIntegerField(default=0)
    golden_right = models.FloatField(default=0)
    seconds = models.FloatField(default=0)
    round = models.PositiveIntegerField(default=0)  # how often the training was begun again
    finished_at = models.DateTimeField(null=True)  # of a training or exam
    rules_due = models.BooleanField(default=False)  # others' answers changed what the quality rules look at

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["annotator", "pool"], name="one_standing_a_pool")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=Q(rules_due=True), name="standings_with_rules_due")
        ]


class SkillValue(models.Model):
    """The history of a skill: the last row counts."""

    skill = models.ForeignKey(Skill, models.CASCADE, related_name="values")
    annotator = models.ForeignKey(Account, models.CASCADE, related_name="skill_values")
    value = models.FloatField(null=True)  # None: taken away
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["annotator", "skill", "-id"], name="last_skill")
        ]


class Restriction(models.Model):
    """An annotator who may not work in a pool, a project or anywhere, until a time or for good."""

    annotator = models.ForeignKey(Account, models.CASCADE, related_name="restrictions")
    scope = models.CharField(max_length=10)  # pool, project, all
    pool = models.ForeignKey(Pool, models.CASCADE, null=True)
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="restrictions")
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)


class LedgerEntry(models.Model):
    """One movement of money, exact; entries are only ever added, a balance is their sum."""

    annotator = models.ForeignKey(Account, models.PROTECT, related_name="ledger")
    project = models.ForeignKey(Project, models.PROTECT, null=True)
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, related_name="ledger", db_index=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT, null=True, related_name="ledger")
    kind = models.CharField(max_length=12)  # reward, bonus, adjustment, payout
    amount = Money()
    note = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=100, unique=True)  # the same payment is not entered twice
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["pool", "kind"], name="payments_of_a_kind")
        ]


class Event(models.Model):
    """Something that happened. Ids grow in the order in which events become visible."""

    kind = models.CharField(max_length=40)
    project = models.ForeignKey(Project, models.CASCADE, null=True, db_index=False)
    pool = models.ForeignKey(Pool, models.CASCADE, null=True, db_index=False)
    annotator = models.ForeignKey(Account, models.CASCADE, null=True)
    assignment = models.ForeignKey(Assignment, models.CASCADE, null=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["pool", "id"], name="events_of_a_pool"),
            models.Index(fields=["project", "id"], name="events_of_a_project"),
        ]


class RuleAction(models.Model):
    """An action of a quality rule that was taken, so that the same facts do not cause it twice."""

    key = models.CharField(max_length=200, unique=True)
    pool = models.ForeignKey(Pool, models.CASCADE, related_name="rule_actions")
    annotator = models.ForeignKey(Account, models.CASCADE)
    rule = models.JSONField()
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()


class Reply(models.Model):
    """The first answer to a request with an idempotency key; a retry gets it again."""

    account = models.ForeignKey(Account, models.CASCADE)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "key"], name="one_reply_a_key")
        ]


class Message(models.Model):
    """Words from a manager to an annotator."""

    annotator = models.ForeignKey(Account, models.CASCADE, related_name="messages")
    pool = models.ForeignKey(Pool, models.CASCADE, null=True)
    text = models.TextField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)


class TaskReport(models.Model):
    """An annotator says that a task is broken."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="reports")
    annotator = models.ForeignKey(Account, models.CASCADE)
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["task", "annotator"], name="one_report_each")
        ]
