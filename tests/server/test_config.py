"""The server's configuration: what is written is read again, what is wrong is refused, the key is private."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from palate.core.errors import SettingsError
from palate.server.accounts.models import Account
from palate.server.config import ServerConfig


def test_the_environment_carries_every_setting(tmp_path: Path) -> None:
    config = ServerConfig(
        tmp_path, "postgresql://a:b@localhost:5433/judge", ("judge.example.org",), True, "NORMAL", 50
    )
    assert ServerConfig.from_environment(config.to_environment()) == config


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    config = ServerConfig(tmp_path / "new")
    key = config.secret_key()
    assert len(key) >= 50
    assert config.secret_key() == key
    assert stat.S_IMODE((tmp_path / "new" / "secret.key").stat().st_mode) == 0o600
    assert ServerConfig(tmp_path / "other").secret_key() != key


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("changeme")
    with pytest.raises(SettingsError, match="50 letters"):
        ServerConfig(tmp_path).secret_key()


@pytest.mark.parametrize("database", ["mysql://localhost/x", "judge.db", ""])
def test_another_database_is_refused_without_showing_a_password(database: str) -> None:
    with pytest.raises(SettingsError, match="postgresql://"):
        ServerConfig(Path(), database)
    with pytest.raises(SettingsError) as caught:
        ServerConfig(Path(), "mysql://me:hush@localhost/x")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("host", ["*", "https://a.example", "a.example/x", ""])
def test_a_host_that_is_no_name_is_refused(host: str) -> None:
    with pytest.raises(SettingsError, match="host is a name"):
        ServerConfig(Path(), hosts=(host,))


def test_an_upload_of_nothing_is_no_limit(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="1 MB or more; it is 0"):
        ServerConfig(tmp_path, largest_upload=0)
    with pytest.raises(SettingsError, match="whole number of MB; it is '2.5'"):
        ServerConfig.from_environment({"PALATE_SERVER_LARGEST_UPLOAD": "2.5"})


def test_accounts_are_kept_in_each_database(database: ServerConfig) -> None:
    Account.objects.create_account("Ana@Example.org", "correct horse battery")
    account = Account.objects.get_by_natural_key("ANA@example.org")
    assert account.check_password("correct horse battery")
    assert Account.objects.count() == 1
