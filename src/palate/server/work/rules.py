"""Quality rules: what they look at is read from the database, what they decide is done in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from palate.server.accounts.models import Account
from palate.server.projects.models import Pool
from palate.server.work.writing import Writing

__all__ = ["apply_due_rules", "apply_rules"]


def apply_rules(account: Account, pool: Pool, noted: Writing, events: Sequence[str] | None = None) -> None:
    if not (pool.quality_rules or pool.project.quality_rules):
        return


def apply_due_rules(now: datetime) -> int:
    return 0
