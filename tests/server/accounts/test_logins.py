"""Logging in and out, and changing the password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import server_scenes as scene
from django.test import override_settings
from quick_hashers import Counting
from server_browser import browser, text_of

from palate.server.accounts.devices import COOKIE
from palate.server.accounts.logins import account_with
from palate.server.accounts.models import Account, ApiToken, LoginFailure
from palate.server.config import ServerConfig
from palate.server.web.throttling import (
    TooManyAttemptsError,
    WrongGuessError,
    guess,
    of_address,
    of_target,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WRONG, ANOTHER, COUNTED = "wrong", "another long one", "counting$1$salt$hash"


@pytest.fixture
def ana(sqlite: ServerConfig) -> Account:
    return scene.account("ana")


def log_in(client: object, login: str = "ana", password: str = scene.PASSWORD, **more: str) -> object:
    return client.post("/login/", {"login": login, "password": password, **more})


def test_login_whatever_its_capitals(ana: Account) -> None:
    client = browser()
    assert log_in(client, " ANA ").status_code == 302
    assert client.get("/profile/").status_code == 200


def test_logging_out_needs_a_post(ana: Account) -> None:
    client = browser(ana)
    assert client.get("/logout/").status_code == 405
    assert client.get("/profile/").status_code == 200
    client.post("/logout/")
    assert client.get("/profile/")["Location"] == "/login/?next=/profile/"


def test_a_closed_account_looks_like_a_wrong_password(ana: Account) -> None:
    Account.objects.update(is_active=False)
    closed, wrong, unknown = (
        text_of(log_in(browser(), *given))
        for given in (("ana",), ("ana", "nonsense"), ("nobody", "nonsense"))
    )
    assert "The login or the password is wrong." in closed
    assert without_token(closed) == without_token(wrong)
    assert without_token(wrong).replace('value="ana"', 'value="nobody"') == without_token(unknown)


def without_token(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_five_wrong_guesses_are_free_then_the_delay_doubles(ana: Account) -> None:
    moment = NOW
    for expected in [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]:
        if expected:
            with pytest.raises(TooManyAttemptsError) as early:
                account_with("ana", scene.PASSWORD, address="192.0.2.1", now=moment)
            assert early.value.seconds == expected
        moment += timedelta(seconds=expected)
        with pytest.raises(WrongGuessError):
            account_with("ana", "wrong", address=f"192.0.2.{expected % 7}", now=moment)
    moment += timedelta(minutes=15)
    assert account_with("ana", scene.PASSWORD, address="192.0.2.1", now=moment) == ana
    assert not LoginFailure.objects.filter(key=of_target("login", "ana").key).exists()


def test_a_login_that_does_not_exist_is_slowed_down_as_well(ana: Account) -> None:
    for login in ("ana", "nobody"):
        for number in range(5):
            with pytest.raises(WrongGuessError):
                account_with(login, "wrong", address=f"192.0.2.{number}", now=NOW)
        with pytest.raises(TooManyAttemptsError) as early:
            account_with(login, "wrong", address="192.0.2.9", now=NOW)
        assert early.value.seconds == 1


def test_one_address_cannot_try_many_logins(ana: Account) -> None:
    for number in range(20):
        with pytest.raises(WrongGuessError):
            account_with(f"login-{number}", "wrong", address="2001:db8::1", now=NOW)
    with pytest.raises(TooManyAttemptsError):
        account_with("ana", scene.PASSWORD, address="2001:db8::2", now=NOW)  # the same network
    assert account_with("ana", scene.PASSWORD, address="2001:db8:1::1", now=NOW) == ana


def test_a_right_login_does_not_clear_what_is_counted_for_the_address(ana: Account) -> None:
    for number in range(20):
        with pytest.raises(WrongGuessError):
            account_with(f"login-{number}", "wrong", address="192.0.2.1", now=NOW)
    account_with("ana", scene.PASSWORD, address="192.0.2.1", now=NOW + timedelta(seconds=1))
    with pytest.raises(WrongGuessError):
        account_with("other", "wrong", address="192.0.2.1", now=NOW + timedelta(seconds=1))
    with pytest.raises(TooManyAttemptsError):
        account_with("other", "wrong", address="192.0.2.1", now=NOW + timedelta(seconds=1))


def test_refused_attempts_do_not_prolong_the_delay(ana: Account) -> None:
    for _ in range(6):
        with pytest.raises(WrongGuessError):
            account_with("ana", "wrong", address="192.0.2.1", now=NOW + timedelta(seconds=_))
    for _ in range(50):
        with pytest.raises(TooManyAttemptsError):
            account_with("ana", "wrong", address="192.0.2.1", now=NOW + timedelta(seconds=6))
    assert account_with("ana", scene.PASSWORD, address="192.0.2.1", now=NOW + timedelta(seconds=7)) == ana


def test_guesses_are_forgotten_after_a_day(ana: Account) -> None:
    for _ in range(5):
        with pytest.raises(WrongGuessError):
            account_with("ana", "wrong", address="192.0.2.1", now=NOW)
    account_with("ana", scene.PASSWORD, address="192.0.2.1", now=NOW + timedelta(hours=25))
    assert not LoginFailure.objects.exists()


def test_a_guess_counts_while_it_is_being_checked(ana: Account) -> None:
    target = of_target("login", "ana")
    for _ in range(4):
        with pytest.raises(WrongGuessError), guess(target, now=NOW):
            raise WrongGuessError("wrong")
    with guess(target, now=NOW), pytest.raises(TooManyAttemptsError), guess(target, now=NOW):
        pytest.fail("a sixth guess, although five are being checked or were wrong")


def test_strangers_cannot_keep_a_person_out(ana: Account) -> None:
    own, stranger = browser(), browser()
    log_in(own)
    own.post("/logout/")
    for _ in range(5):
        log_in(stranger, password=WRONG)
    assert log_in(stranger).status_code == 429
    assert own.cookies[COOKIE].value
    assert log_in(own).status_code == 302


@pytest.mark.parametrize(
    ("remote", "forwarded", "secure", "expected"),
    [
        ("8.8.8.8", "203.0.113.1", True, "8.8.8.8"),
        ("127.0.0.1", "203.0.113.1, 203.0.113.2", True, "203.0.113.2"),
        ("127.0.0.1", "203.0.113.1", False, "127.0.0.1"),
    ],
)
def test_the_address_is_the_one_that_the_proxy_names(
    sqlite: ServerConfig, remote: str, forwarded: str, secure: bool, expected: str
) -> None:
    with override_settings(CONFIG=ServerConfig(sqlite.directory, secure=secure)):
        scene.account("first")  # else the page leads to the first run
        browser(REMOTE_ADDR=remote).post(
            "/login/", {"login": "nobody", "password": "x"}, headers={"x-forwarded-for": forwarded}
        )
    assert LoginFailure.objects.filter(key=of_address(expected).key).count() == 1


@pytest.mark.parametrize("login", ["ana", "nobody"])
def test_every_login_costs_one_password_check(ana: Account, login: str, counted: list[str]) -> None:
    Account.objects.update(is_active=True, password=COUNTED)
    with pytest.raises(WrongGuessError):
        account_with(login, "wrong", address="192.0.2.1", now=NOW)
    assert len(counted) == 1


@pytest.fixture
def counted() -> Iterator[list[str]]:
    Counting.calls.clear()
    with override_settings(PASSWORD_HASHERS=["quick_hashers.Counting"]):
        yield Counting.calls


def test_a_new_password_logs_out_everywhere_else(ana: Account) -> None:
    here, elsewhere = browser(), browser()
    log_in(here)
    log_in(elsewhere)
    before = here.cookies["palate_session"].value
    form = {"old": scene.PASSWORD, "password": "another long one", "password_again": "another long one"}
    assert here.post("/profile/password/", form).status_code == 302
    assert here.cookies["palate_session"].value != before
    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302
    assert log_in(browser()).status_code == 400
    assert log_in(browser(), password=ANOTHER).status_code == 302


def test_a_new_password_needs_the_old_one(ana: Account) -> None:
    form = {"old": "wrong", "password": "another long one", "password_again": "another long one"}
    assert browser(ana).post("/profile/password/", form).status_code == 400
    for _ in range(4):
        browser(ana).post("/profile/password/", form)
    assert browser(ana).post("/profile/password/", {**form, "old": scene.PASSWORD}).status_code == 429
    ana.refresh_from_db()
    assert ana.check_password(scene.PASSWORD)


@pytest.mark.parametrize("revoke", [True, False])
def test_a_new_password_revokes_tokens_on_request(ana: Account, revoke: bool) -> None:
    ApiToken.objects.create(account=ana, name="x", token_hash=WRONG, hint="x", scope="read", expires_at=NOW)
    form = {"old": scene.PASSWORD, "password": "another long one", "password_again": "another long one"}
    browser(ana).post("/profile/password/", {**form, **({"revoke_tokens": "on"} if revoke else {})})
    assert ApiToken.objects.exists() is not revoke


def test_the_profile_is_kept(ana: Account) -> None:
    browser(ana).post("/profile/", {"name": "Ana María", "languages": ["es", "en"]})
    ana.refresh_from_db()
    assert (ana.name, ana.languages, ana.single_keys) == ("Ana María", ["es", "en"], False)
    assert browser(ana).post("/profile/", {"name": "x" * 151, "languages": ["tlh"]}).status_code == 400
    browser(ana).post("/profile/", {"name": "Ana", "is_admin": "on", "login": "root", "single_keys": "on"})
    ana.refresh_from_db()
    assert (ana.login, ana.is_admin, ana.single_keys) == ("ana", False, True)
