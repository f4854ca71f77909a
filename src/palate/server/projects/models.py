"""Projects, pools and tasks: what is asked, of whom, for how much."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from palate.server.accounts.models import Account

__all__ = ["Exclusion", "Money", "Picture", "Pool", "Project", "Skill", "Tally", "Task"]


class Money(models.DecimalField):  # type: ignore[type-arg]
    """US dollars, exact to a hundredth of a cent."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"max_digits": 14, "decimal_places": 4, **options})  # type: ignore[arg-type]


class Project(models.Model):
    """Instructions and a task template. A breaking change to a project with answers needs a new version."""

    name = models.CharField(max_length=200)  # what managers see
    title = models.CharField(max_length=200)  # what annotators see
    summary = models.CharField(max_length=500, blank=True)
    instructions = models.TextField(blank=True)  # Markdown
    template = models.CharField(max_length=100)
    template_settings = models.JSONField(default=dict)
    language = models.CharField(max_length=20, default="en")
    version = models.PositiveIntegerField(default=1)
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="next_versions")
    max_active_pages = models.PositiveIntegerField(default=1)
    one_account_a_device = models.BooleanField(default=True)
    quality_rules = models.JSONField(default=list)
    created_by = models.ForeignKey(Account, models.PROTECT, related_name="projects_created")
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Picture(models.Model):
    """A picture that tasks may show: what its managers call it, and which file of the media directory it is."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=150)
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=10)  # png, jpeg, gif, webp or avif, by its first bytes
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["project", "name"], name="one_picture_of_a_name")
        ]


class Skill(models.Model):
    """What an annotator can do, 0 to 1; hidden from annotators unless said otherwise."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="skills")
    name = models.CharField(max_length=100)
    hidden = models.BooleanField(default=True)
    valid_days = models.PositiveIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["project", "name"], name="one_skill_of_a_name")
        ]


class Pool(models.Model):
    """Tasks with one price, page mix, overlap, audience and set of quality rules."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="pools")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, default="main")  # main, training, exam
    status = models.CharField(max_length=10, default="draft", db_index=True)
    close_reason = models.CharField(max_length=10, blank=True)
    reward = Money(default=0)
    seconds_per_page = models.PositiveIntegerField(default=600)
    extension_seconds = models.PositiveIntegerField(default=300)  # what an annotator may add once a page
    page_mix = models.JSONField(default=dict)
    overlap = models.JSONField(default=int)  # 3, or {"minimum": 2, "maximum": 5, "confidence": 0.9}
    audience = models.JSONField(default=dict)
    training = models.ForeignKey("self", models.PROTECT, null=True, related_name="trains_for")
    skill = models.ForeignKey(Skill, models.PROTECT, null=True)  # what a training or an exam results in
    retry_days = models.PositiveIntegerField(null=True)
    auto_accept = models.BooleanField(default=True)
    review_days = models.PositiveIntegerField(default=7)
    replace_rejected = models.BooleanField(default=True)
    priority = models.IntegerField(default=0)
    budget = Money(null=True)
    quality_rules = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(reward__gte=0), name="reward_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class Tally(models.Model):
    """Running sums of one pool, changed together with what they count."""

    pool = models.OneToOneField(Pool, models.CASCADE, primary_key=True, related_name="tally")
    tasks = models.PositiveIntegerField(default=0)  # real tasks
    slots_wanted = models.PositiveIntegerField(default=0)  # the sum of overlaps of real tasks
    slots_open = models.IntegerField(default=0)
    pages_active = models.IntegerField(default=0)
    pages_submitted = models.IntegerField(default=0)
    pages_accepted = models.IntegerField(default=0)
    pages_rejected = models.IntegerField(default=0)
    answers = models.PositiveIntegerField(default=0)  # to real tasks
    golden_answers = models.PositiveIntegerField(default=0)
    golden_right = models.FloatField(default=0)
    committed = Money(default=0)  # rewards of pages that are active or submitted
    spent = Money(default=0)  # rewards of accepted pages, and bonuses
    temperature = models.FloatField(
        default=1.0
    )  # flattens the posteriors of dynamic overlap, from golden tasks
    confusions = models.JSONField(null=True)  # how annotators err, as dynamic overlap believes
    calibrated_on = models.PositiveIntegerField(default=0)  # answers that the two come from

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(slots_open__gte=0), name="open_slots_counted"),
            models.CheckConstraint(condition=Q(committed__gte=0), name="committed_not_negative"),
        ]


class Task(models.Model):
    """One question. ``overlap - open_slots`` annotators hold it or have answered it."""

    pool = models.ForeignKey(
        Pool, models.CASCADE, related_name="tasks", db_index=False
    )  # others begin with it
    key = models.CharField(max_length=200)  # the manager's id of the task
    kind = models.CharField(max_length=10, default="real")  # real, golden, training
    input = models.JSONField()
    golden = models.JSONField(null=True)  # [{"answer": …, "weight": …}]
    hint = models.TextField(blank=True)
    overlap = models.PositiveIntegerField(default=0)
    open_slots = models.PositiveIntegerField(default=0)
    raised = models.PositiveIntegerField(default=0)  # of the overlap: answers that are asked for again
    position = models.PositiveIntegerField()  # the order in which tasks are handed out
    reserved_for = models.ForeignKey(Account, models.SET_NULL, null=True)
    repeats = models.ForeignKey(
        "self", models.CASCADE, null=True
    )  # the pair that this one shows again, sides swapped
    attention = models.BooleanField(default=False)  # one side is plainly worse
    pre_labels = models.JSONField(null=True)
    confidence = models.FloatField(null=True)  # the posterior of the leading label, under dynamic overlap
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["pool", "key"], name="one_task_of_a_key"),
            models.CheckConstraint(
                condition=Q(open_slots__lte=F("overlap")), name="open_slots_within_overlap"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["pool", "position"], condition=Q(open_slots__gt=0), name="tasks_to_hand_out"
            ),
            models.Index(fields=["pool", "kind", "position"], name="tasks_of_a_kind"),
        ]


class Exclusion(models.Model):
    """An annotator who is not to see a task."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="exclusions")
    annotator = models.ForeignKey(Account, models.CASCADE, db_index=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["annotator", "task"], name="excluded_once")
        ]
