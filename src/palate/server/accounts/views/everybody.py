"""All accounts of the server, for its admins."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from palate.core.errors import PalateError
from palate.server.accounts import closing, invitations
from palate.server.accounts.erase import erase
from palate.server.accounts.forms import EraseOtherForm, InvitationForm
from palate.server.accounts.logins import normal_login
from palate.server.accounts.models import Account, Invitation
from palate.server.accounts.views.answers import join_link, page_with, refused
from palate.server.web.access import allow

__all__ = ["account_list", "close_account", "erase_account", "invite_to_server", "open_account"]

_ON_A_PAGE = 100


@allow("admin")
@require_GET
def account_list(request: HttpRequest) -> HttpResponse:
    """Every account, newest first, and the invitations to the server itself."""
    page = Paginator(Account.objects.order_by("-pk"), _ON_A_PAGE).get_page(request.GET.get("page"))
    rows = Invitation.objects.filter(project=None).select_related("created_by").order_by("-pk")[:200]
    return render(request, "accounts/accounts.html", {"page": page, "invitations": rows, "now": now()})


@allow("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def invite_to_server(request: HttpRequest) -> HttpResponse:
    """Invite people who may create projects, or admins."""
    form = InvitationForm(
        request.POST or None, roles=[("manager", "Manager: may create projects"), ("admin", "Admin")]
    )
    if not form.is_valid():
        return page_with(request, "accounts/invite.html", {"form": form})
    given = form.cleaned_data
    terms = invitations.Terms(given["role"], given["uses"], given["days"], given["note"])
    account = cast("Account", request.user)
    invitation, code = invitations.invite(account, terms, None, form_key=given["form_key"], now=now())
    return render(
        request, "accounts/invited.html", {"invitation": invitation, "link": join_link(request, code)}
    )


@allow("admin", account=Account)
@require_POST
def close_account(request: HttpRequest, account: Account) -> HttpResponse:
    """Let nobody log in to an account."""
    closing.close_account(account, now=now())
    messages.success(request, f"{account} can no longer log in.")
    return redirect("accounts:accounts")


@allow("admin", account=Account)
@require_POST
def open_account(request: HttpRequest, account: Account) -> HttpResponse:
    """Let somebody log in again."""
    closing.open_account(account)
    messages.success(request, f"{account} can log in again.")
    return redirect("accounts:accounts")


@allow("admin", account=Account)
@require_http_methods(["GET", "HEAD", "POST"])
def erase_account(request: HttpRequest, account: Account) -> HttpResponse:
    """Erase who somebody was."""
    form = EraseOtherForm(request.POST or None)
    context = {"form": form, "account": account}
    if form.is_valid() and normal_login(form.cleaned_data["login"]) != account.login:
        form.add_error("login", "This is not the login of the account.")
    if not form.is_valid():
        return page_with(request, "accounts/erase_other.html", context)
    try:
        erase(account, now=now())
    except PalateError as error:
        refused(form, error)
        return page_with(request, "accounts/erase_other.html", context, error)
    messages.success(request, "The account is erased.")
    return redirect("accounts:accounts")
