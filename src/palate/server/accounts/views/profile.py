"""What a person sees and changes of their own account: profile, password, tokens, erasure."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from palate.core.errors import PalateError
from palate.server.accounts import logins, tokens
from palate.server.accounts.erase import erase_self
from palate.server.accounts.forms import EraseSelfForm, PasswordForm, ProfileForm, TokenForm
from palate.server.accounts.models import Account, ApiToken
from palate.server.accounts.views.answers import page_with, refused
from palate.server.web.access import allow
from palate.server.web.throttling import client_address

__all__ = ["change_password", "erase_own_account", "profile", "revoke_token", "token_list"]


@allow("account")
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, languages and the switch for single keys."""
    account = cast("Account", request.user)
    form = ProfileForm(request.POST or None, instance=account)
    if not form.is_valid():
        account.refresh_from_db()  # the form has put what was wrong into it
        return page_with(request, "accounts/profile.html", {"form": form})
    form.save()
    messages.success(request, "Saved.")
    return redirect("accounts:profile")


@allow("account")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password, which logs out everywhere else."""
    account = cast("Account", request.user)
    form = PasswordForm(request.POST or None, account=account)
    if not form.is_valid():
        return page_with(request, "accounts/password.html", {"form": form})
    given = form.cleaned_data
    try:
        logins.change_password(
            account,
            given["old"],
            given["password"],
            revoke_tokens=given["revoke_tokens"],
            address=client_address(request),
            now=now(),
        )
    except PalateError as error:
        return page_with(request, "accounts/password.html", {"form": refused(form, error)}, error)
    update_session_auth_hash(request, account)  # this session goes on under a new key
    messages.success(request, "Your password is changed. You are logged out everywhere else.")
    return redirect("accounts:profile")


@allow("account")
@require_http_methods(["GET", "HEAD", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """The tokens of this account; a new one is shown once, on this page."""
    account = cast("Account", request.user)
    form = TokenForm(request.POST or None, account=account)
    rows = account.tokens.select_related("project").order_by("-pk")
    if not form.is_valid():
        return page_with(request, "accounts/tokens.html", {"form": form, "tokens": rows, "now": now()})
    given = form.cleaned_data
    _, text = tokens.make_token(
        account,
        given["name"],
        scope=given["scope"],
        days=given["days"],
        project=given["project"],
        form_key=given["form_key"],
        now=now(),
    )
    context = {"form": TokenForm(account=account), "tokens": rows, "shown_once": text, "now": now()}
    return render(request, "accounts/tokens.html", context)


@allow("account", token=ApiToken)
@require_POST
def revoke_token(request: HttpRequest, token: ApiToken) -> HttpResponse:
    """End a token."""
    tokens.revoke_token(token)
    messages.success(request, f"The token “{token.name}” is revoked.")
    return redirect("accounts:tokens")


@allow("account")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def erase_own_account(request: HttpRequest) -> HttpResponse:
    """Erase who one was, with the password."""
    account = cast("Account", request.user)
    form = EraseSelfForm(request.POST or None)
    if not form.is_valid():
        return page_with(request, "accounts/erase_own.html", {"form": form})
    try:
        erase_self(account, form.cleaned_data["password"], address=client_address(request), now=now())
    except PalateError as error:
        return page_with(request, "accounts/erase_own.html", {"form": refused(form, error)}, error)
    logout(request)
    messages.success(request, "Your account is erased.")
    return redirect(settings.LOGIN_URL)
