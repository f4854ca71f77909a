"""Who works on a server: pages, skills, restrictions, bonuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from palate.client._asking import InPool, InProject, pool_id, project_id
from palate.client._connection import Connection
from palate.client.records import (
    Annotator,
    Assignment,
    Invitation,
    LedgerEntry,
    Restriction,
    Reviewed,
    Skill,
    SkillValue,
)
from palate.core.errors import SettingsError

__all__ = ["Annotators", "Assignments", "Bonuses", "Restrictions", "Skills"]

_AT_ONCE = 200


@dataclass(frozen=True)
class Assignments:
    """Pages given to annotators, and what was thought of them."""

    connection: Connection

    def list(self, pool: InPool, status: str | None = None) -> Iterator[Assignment]:
        """Return the pages of a pool, in no particular order; perhaps those of one status only."""
        rows = self.connection.rows(f"/pools/{pool_id(pool)}/pages", status=status)
        return map(Assignment.model_validate, rows)

    def get(self, page: UUID | str) -> Assignment:
        """Return a page."""
        return Assignment.model_validate(self.connection.get(f"/pages/{page}/review"))

    def accept(self, page: UUID | str, comment: str = "") -> Assignment:
        """Accept and pay a submitted page, or one whose rejection was wrong."""
        return Assignment.model_validate(self.connection.post(f"/pages/{page}/accept", {"comment": comment}))

    def reject(self, page: UUID | str, comment: str) -> Assignment:
        """Reject a submitted page: it is not paid, its annotator reads why, others get its tasks."""
        return Assignment.model_validate(self.connection.post(f"/pages/{page}/reject", {"comment": comment}))

    def review(
        self,
        pool: InPool,
        pages: Iterable[UUID | str],
        verdict: Literal["accepted", "rejected"],
        comment: str = "",
    ) -> tuple[UUID, ...]:
        """Accept or reject many pages of a pool, 200 at once, each 200 all or none; return those that changed."""
        keys, changed = [str(page) for page in pages], tuple[UUID, ...]()
        for start in range(0, len(keys), _AT_ONCE):
            body = {"verdict": verdict, "comment": comment, "pages": keys[start : start + _AT_ONCE]}
            found = self.connection.post(f"/pools/{pool_id(pool)}/reviews", body)
            changed += Reviewed.model_validate(found).changed
        return changed


@dataclass(frozen=True)
class Annotators:
    """Members of a project. They are called by their codes."""

    connection: Connection

    def list(self, project: InProject) -> Iterator[Annotator]:
        """Return the members of a project with their skills."""
        rows = self.connection.rows(f"/projects/{project_id(project)}/annotators")
        return map(Annotator.model_validate, rows)

    def invite(
        self,
        project: InProject,
        role: Literal["annotator", "reviewer", "manager"] = "annotator",
        *,
        uses: int = 1,
        days: int = 7,
        note: str = "",
    ) -> Invitation:
        """Make a link that lets people in; its code is shown now and never again."""
        body = {"role": role, "uses": uses, "days": days, "note": note}
        return Invitation.model_validate(
            self.connection.post(f"/projects/{project_id(project)}/invitations", body)
        )


@dataclass(frozen=True)
class Skills:
    """Skills of a project, from 0 to 1, and their history."""

    connection: Connection

    def list(self, project: InProject) -> Iterator[Skill]:
        """Return the skills of a project."""
        return map(Skill.model_validate, self.connection.rows(f"/projects/{project_id(project)}/skills"))

    def create(
        self, project: InProject, name: str, *, hidden: bool = True, valid_days: int | None = None
    ) -> Skill:
        """Return the skill of a name, made or changed to be so.

        Args:
            project: Where.
            name: What pools call it in their audience.
            hidden: Whether annotators do not see theirs.
            valid_days: After how many days a value ends.
        """
        body = {"name": name, "hidden": hidden, "valid_days": valid_days}
        return Skill.model_validate(self.connection.put(f"/projects/{project_id(project)}/skills", body))

    def set(
        self,
        project: InProject,
        annotator: str,
        skill: str,
        value: float | None,
        reason: str = "set by a manager",
    ) -> None:
        """Set an annotator's skill by hand; None takes it away."""
        body = {"annotator": annotator, "skill": skill, "value": value, "reason": reason}
        self.connection.post(f"/projects/{project_id(project)}/skills", body)

    def history(self, project: InProject) -> Iterator[SkillValue]:
        """Return every value that a skill of a project ever had, the oldest first; the last of each counts."""
        rows = self.connection.rows(f"/projects/{project_id(project)}/skills/history")
        return map(SkillValue.model_validate, rows)


@dataclass(frozen=True)
class Restrictions:
    """Who may not work in a project or a pool."""

    connection: Connection

    def list(self, project: InProject) -> Iterator[Restriction]:
        """Return the restrictions in a project and its pools, lifted ones too."""
        rows = self.connection.rows(f"/projects/{project_id(project)}/restrictions")
        return map(Restriction.model_validate, rows)

    def add(
        self,
        annotator: str,
        reason: str,
        *,
        project: InProject | None = None,
        pool: InPool | None = None,
        until: datetime | None = None,
    ) -> Restriction:
        """Keep an annotator from working in a project or a pool.

        Args:
            annotator: Their code.
            reason: Why; they read it.
            project: Where, either this
            pool: or this.
            until: The end, with its time zone; None: for good.

        Raises:
            SettingsError: Neither a project nor a pool is named, or both are.
        """
        if (project is None) == (pool is None):
            raise SettingsError("Name either the 'project' or the 'pool' of a restriction.")
        path = f"/pools/{pool_id(pool)}" if pool is not None else f"/projects/{project_id(project or 0)}"
        body = {"annotator": annotator, "reason": reason, "until": until.isoformat() if until else None}
        return Restriction.model_validate(self.connection.post(f"{path}/restrictions", body))

    def lift(self, restriction: Restriction | int) -> Restriction:
        """Let an annotator work again."""
        number = restriction if isinstance(restriction, int) else restriction.id
        return Restriction.model_validate(self.connection.post(f"/restrictions/{number}/lift"))


@dataclass(frozen=True)
class Bonuses:
    """Payments beside the rewards."""

    connection: Connection

    def list(self, pool: InPool) -> Iterator[LedgerEntry]:
        """Return the bonuses paid in a pool."""
        rows = self.connection.rows(f"/pools/{pool_id(pool)}/ledger")
        return (LedgerEntry.model_validate(row) for row in rows if row["kind"] == "bonus")

    def pay(
        self, pool: InPool, annotator: str, amount: Decimal | float | str, note: str = "", *, key: str = ""
    ) -> None:
        """Pay an annotator a bonus, once: however often the request is sent, and whoever calls again with the same key.

        Args:
            pool: Where it is counted.
            annotator: Their code.
            amount: US dollars.
            note: What for; they read it.
            key: What no other payment has, such as ``march:K7PQ2``, 80 letters at most: then a program that is run again
                pays nothing twice. Empty: every call pays.
        """
        body: dict[str, Any] = {"annotator": annotator, "amount": str(amount), "note": note}
        self.connection.post(f"/pools/{pool_id(pool)}/bonus", body, key=key)
