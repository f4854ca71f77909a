"""Links that let people in. A link carries its code behind ``#``, which browsers keep out of requests and logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db import IntegrityError, transaction
from django.db.models import F

from palate.core.errors import SettingsError
from palate.server.accounts.codes import hash_of, secret_for
from palate.server.accounts.models import Account, Invitation, Membership, Role
from palate.server.projects.models import Project
from palate.server.web.throttling import WrongGuessError, guess, of_address

__all__ = [
    "LONGEST_DAYS",
    "MOST_USES",
    "Invited",
    "LoginTakenError",
    "Terms",
    "accept_as",
    "end_invitations_of",
    "invite",
    "join_with_new_account",
    "revoke_invitation",
]

Invited = Literal["annotator", "reviewer", "manager", "admin"]
LONGEST_DAYS = 90
MOST_USES = 1000
_WRONG = "This invitation does not exist, has expired or was used up. Ask who invited you for a new link."
_RANKS = {Role.ANNOTATOR.value: 0, Role.REVIEWER.value: 1, Role.MANAGER.value: 2}


class LoginTakenError(WrongGuessError):
    """Somebody else has this login. It counts as a wrong guess: an invitation is no list of logins."""


@dataclass(frozen=True)
class Terms:
    """What an invitation says.

    Args:
        role: What those invited become: ``annotator``, ``reviewer`` or ``manager`` of a project; without a project
            ``manager`` (who may create projects) or ``admin``.
        uses: How many people it lets in.
        days: How long it is valid.
        note: What it is for, in the manager's words.

    Raises:
        SettingsError: Uses or days are out of bounds.
    """

    role: Invited
    uses: int = 1
    days: int = 7
    note: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.uses <= MOST_USES:
            raise SettingsError(
                f"An invitation lets in 1 to {MOST_USES:,} people; {self.uses:,} were asked for."
            )
        if not 1 <= self.days <= LONGEST_DAYS:
            raise SettingsError(
                f"An invitation is valid for 1 to {LONGEST_DAYS} days; {self.days} were asked for."
            )


def invite(
    by: Account, terms: Terms, project: Project | None, *, form_key: str = "", now: datetime
) -> tuple[Invitation, str]:
    """Return a new invitation and its code, which is not kept. Who may invite is checked at the view.

    Raises:
        SettingsError: The role is none that can be given with or without a project.
    """
    allowed = ("annotator", "reviewer", "manager") if project else ("manager", "admin")
    if terms.role not in allowed:
        raise SettingsError(f"The role must be one of {', '.join(allowed)}; it is {terms.role!r}.")
    code = secret_for(by, "invitation", form_key)
    invitation, _ = Invitation.objects.get_or_create(
        code_hash=hash_of(code),
        defaults={
            "project": project,
            "role": terms.role,
            "max_uses": terms.uses,
            "note": terms.note,
            "created_by": by,
            "expires_at": now + timedelta(days=terms.days),
        },
    )
    return invitation, code


def revoke_invitation(invitation: Invitation, *, now: datetime) -> None:
    """End an invitation; who came in through it stays."""
    Invitation.objects.filter(pk=invitation.pk, expires_at__gt=now).update(expires_at=now)


def end_invitations_of(account: Account, project: Project | None = None, *, now: datetime) -> None:
    """End what somebody has invited to, in one project or anywhere, so that they cannot let themselves in again."""
    made = Invitation.objects.filter(created_by=account, expires_at__gt=now)
    (made if project is None else made.filter(project=project)).update(expires_at=now)


def join_with_new_account(
    code: str, *, login: str, password: str, name: str, address: str, now: datetime
) -> Account:
    """Make an account through an invitation, one of whose uses it takes.

    Raises:
        WrongGuessError: The invitation is not valid, or the login is taken (:class:`LoginTakenError`).
        TooManyAttemptsError: Wrong attempts came too fast from this address.
    """
    with guess(of_address(address), now=now):
        invitation = _valid(code, now)
        try:
            with transaction.atomic():
                account = Account.objects.create_account(login, password, name=name)
                _use(invitation, now)
                _give_role(invitation, account)
        except IntegrityError:
            raise LoginTakenError("Somebody else has this login. Choose another one.") from None
        return account


def accept_as(account: Account, code: str, *, address: str, now: datetime) -> Invitation:
    """Give an account what an invitation promises; it takes a use unless the account has as much already.

    Raises:
        WrongGuessError: The invitation is not valid.
        TooManyAttemptsError: Wrong attempts came too fast from this address.
    """
    with guess(of_address(address), now=now):
        invitation = _valid(code, now)
        with transaction.atomic():
            Account.objects.select_for_update(no_key=True).get(pk=account.pk)  # one invitation at a time
            if _give_role(invitation, account):
                _use(invitation, now)
        return invitation


def _valid(code: str, now: datetime) -> Invitation:
    rows = Invitation.objects.select_related("project")
    found = rows.filter(code_hash=hash_of(code.strip()), expires_at__gt=now, uses__lt=F("max_uses")).first()
    if found is None:
        raise WrongGuessError(_WRONG)
    return found


def _use(invitation: Invitation, now: datetime) -> None:
    """Count one use: of several people at once, no more than allowed succeed."""
    still = Invitation.objects.filter(pk=invitation.pk, expires_at__gt=now, uses__lt=F("max_uses"))
    if not still.update(uses=F("uses") + 1):
        raise WrongGuessError(_WRONG)


def _give_role(invitation: Invitation, account: Account) -> bool:
    """Give an account the role of an invitation; return whether that is more than it had."""
    if invitation.project is None:
        had = account.is_admin if invitation.role == "admin" else account.is_manager
        account.is_admin = account.is_admin or invitation.role == "admin"
        account.is_manager = True
        account.save(update_fields=["is_admin", "is_manager"])
        return not had
    membership, made = Membership.objects.get_or_create(
        account=account, project=invitation.project, defaults={"role": invitation.role}
    )
    if made or _RANKS[membership.role] >= _RANKS[invitation.role]:
        return made
    membership.role = invitation.role
    membership.save(update_fields=["role"])
    return True
