"""Accounts and what they may do: roles in projects, invitations, tokens."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

__all__ = [
    "Account",
    "ApiToken",
    "Device",
    "Invitation",
    "LoginFailure",
    "Membership",
    "PasswordReset",
    "Role",
]

_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_code() -> str:
    """Return ten letters and digits that are hard to mistake for each other."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(10))


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts."""

    def create_account(self, login: str, password: str | None, **fields: Any) -> Account:
        """Return a new account; without a password nobody can log in to it."""
        account: Account = self.model(login=login.strip().casefold(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str | None) -> Account:
        """Return the account with this login, whatever its capitals."""
        account: Account = self.get(login=(username or "").strip().casefold())
        return account


class Account(AbstractBaseUser):
    """One person or program that logs in. ``code`` is what exports and charts call an annotator."""

    login = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=150, blank=True)
    code = models.CharField(max_length=20, unique=True, default=new_code)
    is_admin = models.BooleanField(default=False)
    is_manager = models.BooleanField(default=False)  # may create projects
    is_active = models.BooleanField(default=True)
    languages = models.JSONField(default=list)
    single_keys = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "login"

    def __str__(self) -> str:
        return self.name or self.login


class Role(models.TextChoices):
    """What an account is in one project."""

    MANAGER = "manager"
    REVIEWER = "reviewer"
    ANNOTATOR = "annotator"


class Membership(models.Model):
    """The role of an account in a project."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "project"], name="one_role_in_a_project")
        ]


class Invitation(models.Model):
    """A link that lets somebody in; only the hash of its code is kept."""

    code_hash = models.CharField(max_length=64, unique=True)
    project = models.ForeignKey("projects.Project", models.CASCADE, null=True, related_name="invitations")
    role = models.CharField(max_length=10)  # a Role, or "admin", or "manager" without a project
    max_uses = models.PositiveIntegerField(default=1)
    uses = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(Account, models.CASCADE, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(uses__lte=models.F("max_uses")), name="invitation_not_overused"
            )
        ]


class PasswordReset(models.Model):
    """A link with which somebody who is locked out chooses a new password; only the hash of its code is kept."""

    code_hash = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="password_resets")
    created_by = models.ForeignKey(Account, models.CASCADE, null=True, related_name="+")  # null: the terminal
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()


class ApiToken(models.Model):
    """Lets a program act for an account within a scope; only its hash is kept."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)  # its first letters, to tell tokens apart
    scope = models.CharField(max_length=10)  # read, write
    project = models.ForeignKey("projects.Project", models.CASCADE, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)


class LoginFailure(models.Model):
    """A failed attempt to log in, kept as long as it slows down the next ones."""

    key = models.CharField(max_length=64, db_index=True)  # hash of the login, or of the address
    at = models.DateTimeField(db_index=True)


class Device(models.Model):
    """A browser that an account was used from, to notice one person with many accounts."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="devices")
    device_hash = models.CharField(max_length=64, db_index=True)
    first_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "device_hash"], name="one_row_a_device")
        ]
