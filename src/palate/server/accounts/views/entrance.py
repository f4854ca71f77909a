"""The ways in and out: first run, log in, join by invitation, log out."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from palate.server.accounts import first_run, invitations, logins
from palate.server.accounts.devices import COOKIE
from palate.server.accounts.entering import enter, safe_next
from palate.server.accounts.forms import AcceptForm, FirstRunForm, JoinForm, LoginForm
from palate.server.accounts.models import Account, Invitation
from palate.server.accounts.views.answers import page_with, refused
from palate.server.web.access import allow
from palate.server.web.throttling import (
    TooManyAttemptsError,
    WrongGuessError,
    client_address,
    guess,
    of_address,
    of_target,
)

__all__ = ["first_run_page", "join_page", "log_in", "log_out"]


@allow("anyone")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def first_run_page(request: HttpRequest) -> HttpResponse:
    """Make the first account with the setup code; the page is gone as soon as there is one."""
    if not first_run.nobody_yet():
        raise Http404
    form = FirstRunForm(request.POST or None)
    if not form.is_valid():
        return page_with(request, "accounts/first_run.html", {"form": form})
    given, moment = form.cleaned_data, now()
    try:
        with guess(of_target("setup", "code"), of_address(client_address(request)), now=moment):
            account = first_run.make_first_admin(
                settings.CONFIG,
                given["code"],
                login=given["login"],
                password=given["password"],
                name=given["name"],
            )
    except (WrongGuessError, TooManyAttemptsError) as error:
        return page_with(request, "accounts/first_run.html", {"form": refused(form, error)}, error)
    return enter(request, account, redirect(settings.LOGIN_REDIRECT_URL), moment)


@allow("anyone")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def log_in(request: HttpRequest) -> HttpResponse:
    """Log in with login and password."""
    if first_run.nobody_yet():
        return redirect("accounts:first_run")
    if request.user.is_authenticated and request.method != "POST":
        return redirect(safe_next(request))
    form = LoginForm(request.POST or None)
    if not form.is_valid():
        return page_with(request, "accounts/login.html", {"form": form, "next": safe_next(request)})
    moment = now()
    try:
        account = logins.account_with(
            form.cleaned_data["login"],
            form.cleaned_data["password"],
            address=client_address(request),
            device=request.COOKIES.get(COOKIE),
            now=moment,
        )
    except (WrongGuessError, TooManyAttemptsError) as error:
        return page_with(
            request, "accounts/login.html", {"form": refused(form, error), "next": safe_next(request)}, error
        )
    return enter(request, account, redirect(safe_next(request)), moment)


@allow("anyone")
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("accounts:login")


@allow("anyone")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def join_page(request: HttpRequest) -> HttpResponse:
    """Come in by an invitation, with a new account or the one that is logged in."""
    if isinstance(request.user, Account):
        return _accept(request, request.user)
    form = JoinForm(request.POST or None)
    if not form.is_valid():
        return page_with(request, "accounts/join.html", {"form": form})
    given, moment = form.cleaned_data, now()
    try:
        account = invitations.join_with_new_account(
            given["code"],
            login=given["login"],
            password=given["password"],
            name=given["name"],
            address=client_address(request),
            now=moment,
        )
    except (WrongGuessError, TooManyAttemptsError) as error:
        return page_with(request, "accounts/join.html", {"form": refused(form, error)}, error)
    return enter(request, account, redirect(settings.LOGIN_REDIRECT_URL), moment)


def _accept(request: HttpRequest, account: Account) -> HttpResponse:
    form = AcceptForm(request.POST or None)
    if not form.is_valid():
        return page_with(request, "accounts/join.html", {"form": form})
    try:
        code, address = form.cleaned_data["code"], client_address(request)
        invitation = invitations.accept_as(account, code, address=address, now=now())
    except (WrongGuessError, TooManyAttemptsError) as error:
        return page_with(request, "accounts/join.html", {"form": refused(form, error)}, error)
    messages.success(request, _welcome(invitation))
    return redirect(settings.LOGIN_REDIRECT_URL)


def _welcome(invitation: Invitation) -> str:
    where = f"“{invitation.project.title}”" if invitation.project else "this server"
    return f"Welcome: you are now {invitation.role} of {where}."
