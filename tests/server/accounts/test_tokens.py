"""API tokens: shown once, kept as a hash, ending, revocable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import server_scenes as scene
from server_browser import browser, shown_once, text_of

from palate.core.errors import SettingsError
from palate.server.accounts.codes import hash_of
from palate.server.accounts.models import Account, ApiToken, LoginFailure
from palate.server.accounts.tokens import account_of, make_token
from palate.server.config import ServerConfig
from palate.server.web.throttling import TooManyAttemptsError

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ADDRESS = "192.0.2.1"


@pytest.fixture
def ana(sqlite: ServerConfig) -> Account:
    return scene.account("ana")


def test_a_token_is_shown_once_and_kept_as_a_hash(ana: Account) -> None:
    form = {"name": "notebook", "scope": "read", "days": 30, "form_key": "k" * 22}
    text = shown_once(browser(ana).post("/profile/tokens/", form))
    token = ApiToken.objects.get()
    assert text.startswith("palate_")
    assert len(text) >= 50
    assert token.token_hash == hash_of(text)
    assert (token.account, token.scope, token.project) == (ana, "read", None)
    assert text not in text_of(browser(ana).get("/profile/tokens/"))
    assert shown_once(browser(ana).post("/profile/tokens/", form)) == text  # the same form again
    assert ApiToken.objects.count() == 1


def test_the_header_names_the_account(ana: Account) -> None:
    token, text = make_token(ana, "x", scope="write", days=1, now=NOW)
    assert account_of(f"Bearer {text}", address=ADDRESS, now=NOW) == (ana, token)
    assert account_of(f"bearer  {text} ", address=ADDRESS, now=NOW) == (ana, token)
    token.refresh_from_db()
    assert token.last_used_at == NOW


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer palate_wrong", "Basic {}", "{}", "Bearer {}x", "Bearer é"]
)
def test_another_header_names_nobody(ana: Account, header: str) -> None:
    _, text = make_token(ana, "x", scope="write", days=1, now=NOW)
    assert account_of(header.format(text), address=ADDRESS, now=NOW) is None


def test_a_token_ends_by_itself(ana: Account) -> None:
    _, text = make_token(ana, "x", scope="write", days=1, now=NOW)
    assert account_of(f"Bearer {text}", address=ADDRESS, now=NOW + timedelta(hours=23))
    assert account_of(f"Bearer {text}", address=ADDRESS, now=NOW + timedelta(hours=24)) is None


@pytest.mark.parametrize(("scope", "days"), [("admin", 1), ("", 1), ("read", 0), ("read", 366)])
def test_scope_and_days_have_bounds(ana: Account, scope: str, days: int) -> None:
    with pytest.raises(SettingsError):
        make_token(ana, "x", scope=scope, days=days, now=NOW)
    response = browser(ana).post("/profile/tokens/", {"name": "x", "scope": scope, "days": days})
    assert response.status_code == 400
    assert not ApiToken.objects.exists()


def test_a_token_of_a_closed_account_names_nobody(ana: Account) -> None:
    _, text = make_token(ana, "x", scope="read", days=1, now=NOW)
    Account.objects.update(is_active=False)
    assert account_of(f"Bearer {text}", address=ADDRESS, now=NOW) is None


def test_a_revoked_token_names_nobody(ana: Account) -> None:
    token, text = make_token(ana, "x", scope="read", days=1, now=NOW)
    assert browser(scene.account()).post(f"/profile/tokens/{token.pk}/revoke/").status_code == 404
    assert browser(ana).post(f"/profile/tokens/{token.pk}/revoke/").status_code == 302
    assert account_of(f"Bearer {text}", address=ADDRESS, now=NOW) is None


def test_a_token_touches_a_project_of_the_account_only(ana: Account) -> None:
    foreign = scene.project()
    own = scene.project()
    scene.account(project=own)
    own.memberships.create(account=ana, role="manager")
    form = {"name": "x", "scope": "read", "days": 1}
    assert browser(ana).post("/profile/tokens/", {**form, "project": foreign.pk}).status_code == 400
    assert browser(ana).post("/profile/tokens/", {**form, "project": own.pk}).status_code == 200
    assert ApiToken.objects.get().project == own


def test_wrong_tokens_are_slowed_down_by_address(ana: Account) -> None:
    _, text = make_token(ana, "x", scope="read", days=1, now=NOW)
    for _ in range(20):
        assert account_of("Bearer palate_wrong", address=ADDRESS, now=NOW) is None
    with pytest.raises(TooManyAttemptsError):
        account_of("Bearer palate_wrong", address=ADDRESS, now=NOW)
    assert LoginFailure.objects.count() == 20
    assert account_of("Bearer palate_wrong", address="192.0.2.2", now=NOW) is None
    assert account_of(f"Bearer {text}", address=ADDRESS, now=NOW) is not None  # 256 bits are not guessed
