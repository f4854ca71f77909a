"""How far projects and pools are, in few queries."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from palate.server.accounts.models import Account, Role
from palate.server.projects.models import Pool, Project, Tally
from palate.server.web.access import projects_of

__all__ = ["PoolState", "ProjectState", "Step", "may_manage", "next_steps", "pool_states", "project_states"]

_SHOWN = 200


@dataclass(frozen=True)
class PoolState:
    """How far a pool is.

    Args:
        pool: The pool.
        tally: Its running sums.
        prepared: Golden and training tasks in it.
    """

    pool: Pool
    tally: Tally
    prepared: int = 0

    @property
    def answers_wanted(self) -> int:
        """Answers to real tasks that are wanted in all."""
        return self.tally.slots_wanted

    @property
    def answers_taken(self) -> int:
        """Of these, how many were given or are being given."""
        return self.tally.slots_wanted - self.tally.slots_open

    @property
    def share(self) -> float:
        """Share of the wanted answers, from 0 to 1."""
        return self.answers_taken / self.answers_wanted if self.answers_wanted else 0.0

    @property
    def n_tasks(self) -> int:
        """Tasks of all kinds."""
        return self.tally.tasks + self.prepared

    @property
    def pages_done(self) -> int:
        """Pages that were submitted, whatever became of them."""
        return self.tally.pages_submitted + self.tally.pages_accepted + self.tally.pages_rejected


@dataclass(frozen=True)
class ProjectState:
    """How far a project is."""

    project: Project
    pools: tuple[PoolState, ...]
    manages: bool

    @property
    def spent(self) -> Decimal:
        """Rewards of accepted pages, and bonuses."""
        return sum((state.tally.spent for state in self.pools), Decimal(0))

    @property
    def waiting(self) -> int:
        """Pages that wait for review."""
        return sum(state.tally.pages_submitted for state in self.pools)


@dataclass(frozen=True)
class Step:
    """One thing to do until a project has results."""

    text: str
    is_done: bool
    is_next: bool = False
    name: str = ""


def may_manage(account: Account, project: Project) -> bool:
    """Return whether an account manages a project, rather than reviews in it."""
    if account.is_admin:
        return True
    return project.memberships.filter(account=account, role=Role.MANAGER).exists()


def pool_states(project: Project, *, archived: bool = False) -> tuple[PoolState, ...]:
    """Return how far a project's pools are, in the order in which annotators go through them."""
    pools = project.pools.select_related("tally", "training", "skill", "project")
    pools = pools.filter(status="archived") if archived else pools.exclude(status="archived")
    found = [
        PoolState(pool, pool.tally, 0 if pool.tally.tasks else pool.tasks.exclude(kind="real").count())
        for pool in pools[:_SHOWN]
    ]
    order = {"training": 0, "exam": 1, "main": 2}
    return tuple(sorted(found, key=lambda state: (order[state.pool.kind], state.pool.pk)))


def project_states(account: Account, *, archived: bool = False) -> list[ProjectState]:
    """Return the projects that an account manages or reviews, the newest first."""
    projects = projects_of(account, "reviewer").filter(archived_at__isnull=not archived).order_by("-pk")
    managed = set(projects_of(account, "manager").values_list("pk", flat=True))
    return [
        ProjectState(project, pool_states(project), project.pk in managed)
        for project in projects.distinct()[:_SHOWN]
    ]


def next_steps(project: Project, pools: tuple[PoolState, ...]) -> list[Step]:
    """Return what there is to do until the project has results, and which of it comes next."""
    has_annotators = project.memberships.filter(role=Role.ANNOTATOR).exists()
    invited = has_annotators or project.invitations.filter(role=Role.ANNOTATOR).exists()
    opened = bool(pools) and all(state.pool.status != "draft" for state in pools)
    main = [state for state in pools if state.pool.kind == "main"]
    steps = [
        ("pool", "Make a pool: what a page pays, how many answers a task gets", bool(main)),
        ("tasks", "Put tasks into every pool", bool(pools) and all(state.n_tasks for state in pools)),
        ("invite", "Invite annotators", invited),
        ("open", "Open the pools", opened),
        ("watch", "Watch the answers come", any(state.share >= 1 for state in main)),
    ]
    first_open = next((name for name, _, is_done in steps if not is_done), "")
    return [Step(text, is_done, name == first_open, name) for name, text, is_done in steps]
