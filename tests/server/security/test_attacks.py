"""Attacks that succeeded on platforms of this kind, tried on this one."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import server_scenes as scene
from django.conf import settings
from django.db import connection
from django.test import override_settings
from server_browser import browser, shown_once, text_of
from server_routes import all_routes

from palate.server.accounts.invitations import Terms, invite
from palate.server.accounts.models import Account, ApiToken, Invitation
from palate.server.config import ServerConfig

SOURCES = sorted((Path(__file__).parents[3] / "src" / "palate" / "server").rglob("*"))
PYTHON = [path for path in SOURCES if path.suffix == ".py" and "migrations" not in path.parts]
TEMPLATES = [path for path in SOURCES if path.suffix == ".html"]


# --- keys, passwords, sign-up, addresses ---


def test_no_key_is_in_the_code_and_each_server_has_its_own(tmp_path: Path) -> None:
    keys = {ServerConfig(tmp_path / name).secret_key() for name in ("one", "two")}
    assert len(keys) == 2
    for path in PYTHON:
        assert not re.search(r"""SECRET_KEY\s*=\s*["']""", path.read_text()), path


def test_a_new_server_has_no_account_and_no_password(sqlite: ServerConfig) -> None:
    assert not Account.objects.exists()
    scene.account("first")
    for login in ("admin", "root", "palate", ""):
        for password in ("", "admin", "palate", "password", "changeme"):
            assert browser().post("/login/", {"login": login, "password": password}).status_code in {400, 429}


def test_an_account_without_a_password_admits_nobody(sqlite: ServerConfig) -> None:
    Account.objects.create_account("program", None)
    for password in ("", "None", "!", " "):
        assert browser().post("/login/", {"login": "program", "password": password}).status_code == 400


def test_nobody_signs_up_without_an_invitation(sqlite: ServerConfig) -> None:
    scene.account("first")
    form = {"login": "eve", "password": "a long password", "password_again": "a long password"}
    for path in ("/join/", "/signup/", "/register/", "/accounts/", "/first-run/", "/accounts/invite/"):
        for code in ("", " ", "0", "None", "null", "%"):
            browser(REMOTE_ADDR=f"192.0.2.{len(code)}").post(path, {**form, "code": code})
    assert Account.objects.count() == 1


def test_the_server_listens_to_this_machine_only_by_default() -> None:
    import inspect

    from palate.cli.serve import serve

    assert inspect.signature(serve).parameters["host"].default == "127.0.0.1"


# --- secrets: where they may be ---


def test_no_address_carries_a_secret(sqlite: ServerConfig) -> None:
    for route in all_routes():
        for name in route.arguments:
            assert not re.search("code|secret|password|session", name), route
            assert name != "token" or f"<int:{name}>" in route.pattern, route  # its number, not its text
    manager = scene.account("manager", is_manager=True)
    _, code = invite(manager, Terms("annotator"), scene.project(manager), now=datetime.now(UTC))
    page = text_of(browser().get(f"/join/?code={code}"))
    assert code not in page


def test_secrets_reach_neither_the_log_nor_the_database(
    sqlite: ServerConfig, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    admin = scene.account("admin", is_admin=True, is_manager=True)
    client = browser(admin)
    invited = client.post("/accounts/invite/", {"role": "admin", "uses": 1, "days": 1})
    code = shown_once(invited).partition("#")[2]
    token = shown_once(client.post("/profile/tokens/", {"name": "x", "scope": "write", "days": 1}))
    wrong, right = "a wrong long password", "another long password"
    browser().post("/login/", {"login": "admin", "password": wrong})
    browser().post("/join/", {"code": code, "login": "new", "password": right, "password_again": right})
    browser().get("/nowhere/", headers={"authorization": f"Bearer {token}"})
    assert Account.objects.filter(login="new").exists()
    stored = Path(sqlite.directory, "palate.sqlite3").read_bytes()
    for journal in Path(sqlite.directory).glob("palate.sqlite3-*"):
        stored += journal.read_bytes()
    logged = caplog.text + "".join(capfd.readouterr())
    for secret in (code, token, wrong, right):
        assert secret not in logged
        assert secret.encode() not in stored


def test_every_secret_ends() -> None:
    for model in (ApiToken, Invitation):
        assert not model._meta.get_field("expires_at").null
    assert settings.SESSION_COOKIE_AGE <= 31 * 24 * 3600


# --- sessions ---


def test_a_session_key_known_before_login_is_worth_nothing_after(sqlite: ServerConfig) -> None:
    scene.account("ana")
    victim = browser()
    victim.cookies["palate_session"] = "attackersattackersattackersatta1"
    victim.get("/login/")
    before = victim.cookies["palate_session"].value
    victim.post("/login/", {"login": "ana", "password": scene.PASSWORD})
    after = victim.cookies["palate_session"].value
    assert after not in {before, "attackersattackersattackersatta1"}
    attacker = browser()
    attacker.cookies["palate_session"] = before
    assert attacker.get("/profile/").status_code == 302


def test_a_second_login_in_one_browser_gets_a_new_session(sqlite: ServerConfig) -> None:
    scene.account("ana")
    scene.account("ben")
    client = browser()
    keys = set()
    for login in ("ana", "ben"):
        client.post("/login/", {"login": login, "password": scene.PASSWORD})
        keys.add(client.cookies["palate_session"].value)
    assert len(keys) == 2


def test_a_session_ended_by_logging_out_is_worth_nothing(sqlite: ServerConfig) -> None:
    client = browser(scene.account("ana"))
    stolen = client.cookies["palate_session"].value
    client.post("/logout/")
    thief = browser()
    thief.cookies["palate_session"] = stolen
    assert thief.get("/profile/").status_code == 302


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(sqlite: ServerConfig) -> None:
    scene.account("ana")
    client = browser()
    client.get("/login/")
    client.post("/login/", {"login": "ana", "password": scene.PASSWORD})
    for name in ("palate_session", "palate_device"):
        assert client.cookies[name]["httponly"]
        assert client.cookies[name]["samesite"] in {"Lax", "Strict"}
    assert client.cookies["palate_csrf"]["samesite"] == "Strict"
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")  # not pickle


def test_over_https_cookies_and_the_browser_stay_there(sqlite: ServerConfig) -> None:
    script = (
        "from palate.server import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_PROXY_SSL_HEADER)"
    )
    environment = ServerConfig(sqlite.directory, secure=True).to_environment()
    said = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.strip() == "True True ('HTTP_X_FORWARDED_PROTO', 'https')"
    with override_settings(CONFIG=ServerConfig(sqlite.directory, secure=True)):
        assert browser().get("/login/").headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in browser().get("/login/").headers


# --- other sites ---


@pytest.mark.parametrize("path", ["/login/", "/join/", "/logout/"])
def test_a_form_of_another_site_is_refused(sqlite: ServerConfig, path: str) -> None:
    scene.account("ana")
    client = browser(csrf=True)
    client.get("/login/")
    form = {"login": "ana", "password": scene.PASSWORD}
    assert client.post(path, form).status_code == 403
    token = client.cookies["palate_csrf"].value
    forged = client.post(
        path, {**form, "csrfmiddlewaretoken": token}, headers={"origin": "https://evil.example"}
    )
    assert forged.status_code == 403


def test_json_with_a_cookie_needs_the_token_in_a_header(sqlite: ServerConfig) -> None:
    client = browser(scene.account("ana"), csrf=True)
    assert client.post("/profile/", "{}", "application/json").status_code == 403
    client.get("/profile/")
    token = client.cookies["palate_csrf"].value
    assert (
        client.post("/profile/", "{}", "application/json", headers={"x-csrftoken": token}).status_code != 403
    )


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_other_sites_read_nothing(sqlite: ServerConfig, origin: str) -> None:
    client = browser(scene.account("ana"))
    for method, path in (
        ("GET", "/profile/"),
        ("OPTIONS", "/profile/"),
        ("OPTIONS", "/login/"),
        ("GET", "/static/palate/base.css"),
    ):
        response = client.generic(
            method, path, headers={"origin": origin, "access-control-request-method": "POST"}
        )
        assert not [name for name in response.headers if name.lower().startswith("access-control")]
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        text_of(response)
        response.close()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "http:///evil.example",
        "javascript:alert(1)", "https:evil.example", "///evil.example", "http://localhost@evil.example/",
        "http://localhost.evil.example/", "data:text/html,x", " //evil.example", "/\t/evil.example", "ftp://localhost/",
    ],
)  # fmt: skip
def test_logging_in_leads_to_no_other_site(sqlite: ServerConfig, target: str) -> None:
    scene.account("ana")
    form = {"login": "ana", "password": scene.PASSWORD, "next": target}
    assert browser().post("/login/", form)["Location"] == "/"
    client = browser(Account.objects.get())
    assert client.get("/login/", {"next": target})["Location"] == "/"
    page = text_of(browser().get("/login/", {"next": target}))
    assert 'name="next" value="/"' in page


def test_logging_in_leads_back_to_a_page_of_ours(sqlite: ServerConfig) -> None:
    scene.account("ana")
    asked = browser().get("/profile/tokens/?page=2")["Location"]
    assert asked == "/login/?next=/profile/tokens/%3Fpage%3D2"
    form = {"login": "ana", "password": scene.PASSWORD, "next": "/profile/tokens/?page=2"}
    assert browser().post(asked, form)["Location"] == "/profile/tokens/?page=2"


def test_a_form_sent_after_the_session_ended_leads_to_the_start(sqlite: ServerConfig) -> None:
    assert browser().post("/profile/erase/", {"password": "x"})["Location"] == "/login/?next=/"
    response = browser().post("/profile/", {}, headers={"accept": "application/json"})
    assert response.status_code == 401
    assert "logged out" in response.json()["problem"]


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example", "", "127.0.0.1.nip.io"]
)
def test_a_forged_host_is_refused(sqlite: ServerConfig, host: str) -> None:
    scene.account("ana")
    response = browser().get("/login/", headers={"host": host})
    assert response.status_code == 400
    assert "evil" not in text_of(response)
    assert response.headers["X-Frame-Options"] == "DENY"


def test_links_are_made_with_the_host_asked_for_not_a_forwarded_one(sqlite: ServerConfig) -> None:
    client = browser(scene.account("admin", is_admin=True))
    forged = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    page = client.post("/accounts/invite/", {"role": "admin", "uses": 1, "days": 1}, headers=forged)
    assert shown_once(page).startswith("http://localhost/join/#")


# --- what must not be in the code ---


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_script_style_or_handler(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "an inline script"
    assert not re.search(r"<style|\sstyle=[\"'{]|\son[a-z]+=[\"'{]|javascript:", text), (
        "an inline style or handler"
    )
    assert not re.search(r"\|\s*(safe|safeseq)\b|autoescape off", text), "text that is not escaped"
    assert "https://" not in re.sub(r"xmlns=\S+", "", text), "something from elsewhere"


FORBIDDEN = {
    r"\bpickle\b|\bmarshal\b|yaml\.(unsafe_)?load\(|torch\.load": set(),
    r"\beval\(|\bexec\(": set(),
    r"csrf_exempt": {"api/entrance.py"},  # it knows tokens only, no cookies
    r"\bmark_safe\(|SafeString\(|html_safe\(|__html__": {"web/markdown.py"},
    r"\.extra\(|RawSQL|\.raw\(": set(),
    r"DEBUG = True|ALLOWED_HOSTS = \[.\*": set(),
}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_the_code_does_without_what_is_dangerous(pattern: str) -> None:
    found = [f"{path.parent.name}/{path.name}" for path in PYTHON if re.search(pattern, path.read_text())]
    assert set(found) <= FORBIDDEN[pattern], f"{pattern} in {found}"


@pytest.mark.parametrize(
    "path", ["/static/../palate.sqlite3", "/static/%2e%2e/secret.key", "/static//etc/passwd", "/static/palate/..%5c..%5csecret.key", "/secret.key", "/palate.sqlite3", "/.env", "/media/../secret.key"]
)  # fmt: skip
def test_files_of_the_server_are_out_of_reach(sqlite: ServerConfig, path: str) -> None:
    assert browser(scene.account("admin", is_admin=True)).get(path).status_code in {400, 404}


def test_a_failure_of_the_server_shows_nothing_of_its_inside(sqlite: ServerConfig) -> None:
    assert settings.DEBUG is False
    client = browser(scene.account("ana"), raise_request_exception=False)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE accounts_apitoken")
    response = client.get("/profile/tokens/")
    assert response.status_code == 500
    for inside in ("apitoken", "Traceback", "OperationalError", "site-packages"):
        assert inside not in text_of(response)
    assert response.headers["X-Frame-Options"] == "DENY"


def test_a_token_with_a_long_life_cannot_be_had(sqlite: ServerConfig) -> None:
    client = browser(scene.account("ana"))
    client.post("/profile/tokens/", {"name": "x", "scope": "read", "days": 10_000})
    client.post("/profile/tokens/", {"name": "x", "scope": "read", "days": 365})
    token = ApiToken.objects.get()
    assert token.expires_at - token.created_at <= timedelta(days=365, minutes=1)
