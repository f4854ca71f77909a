"""Links with which people who are locked out choose a new password."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from palate.server.accounts import resets
from palate.server.accounts.forms import ResetForm
from palate.server.accounts.models import Account, Membership
from palate.server.accounts.views.answers import page_with, refused
from palate.server.web.access import allow
from palate.server.web.throttling import TooManyAttemptsError, WrongGuessError, client_address

__all__ = ["offer_to_account", "offer_to_member", "reset_page"]


@allow("admin", account=Account)
@require_POST
def offer_to_account(request: HttpRequest, account: Account) -> HttpResponse:
    """Make a link for anybody."""
    return _offered(request, account, reverse("accounts:accounts"))


@allow("manager", membership=Membership)
@require_POST
def offer_to_member(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Make a link for an annotator."""
    return _offered(request, membership.account, reverse("accounts:members", args=[membership.project_id]))


@allow("anyone")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def reset_page(request: HttpRequest) -> HttpResponse:
    """Choose a new password with the code of a link."""
    if request.method != "POST":
        return page_with(request, "accounts/reset.html", {"form": ResetForm()})
    form, address, moment = ResetForm(request.POST), client_address(request), now()
    try:
        if form.is_valid():
            account = resets.account_of_code(form.cleaned_data["code"], address=address, now=moment)
            form.check_for(account)
        if not form.is_valid():
            return page_with(request, "accounts/reset.html", {"form": form})
        resets.reset_password(
            form.cleaned_data["code"], form.cleaned_data["password"], address=address, now=moment
        )
    except (WrongGuessError, TooManyAttemptsError) as error:
        return page_with(request, "accounts/reset.html", {"form": refused(form, error)}, error)
    logout(request)
    messages.success(request, "Your password is changed. Log in with it.")
    return redirect("accounts:login")


def _offered(request: HttpRequest, account: Account, back: str) -> HttpResponse:
    by = cast("Account", request.user)
    code = resets.offer_reset(account, by, form_key=request.POST.get("form_key", ""), now=now())
    link = f"{request.build_absolute_uri(reverse('accounts:reset'))}#{code}"
    context = {"account": account, "link": link, "hours": resets.HOURS_VALID, "back": back}
    return render(request, "accounts/reset_offered.html", context)
