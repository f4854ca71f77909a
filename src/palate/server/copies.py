"""Copies of a server's data in one file: taken while it runs, checked before they are trusted."""

from __future__ import annotations

import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from palate.core.atomic import replace_directory, replace_file
from palate.core.errors import InputError, OutputError
from palate.server.config import ServerConfig

__all__ = ["back_up", "restore"]

_DATABASE = "palate.sqlite3"
_KEY = "secret.key"
_MEDIA = "media"


def back_up(config: ServerConfig, file: Path) -> int:
    """Copy the SQLite database, the secret key and the pictures into a tar file; return its bytes.

    The server may run meanwhile: the copy holds what was stored when copying began, and nobody waits for it. Whoever
    can read the file can read everything, so that only its owner may.

    Raises:
        InputError: There is no server's data, or it lies in PostgreSQL, which has programs for this.
        OutputError: The file cannot be written.
    """
    if config.database != "sqlite":
        raise InputError(
            "The data lies in PostgreSQL: copy it with 'pg_dump --format=custom', and the directory beside it."
            " docs/deployment.md shows how."
        )
    source = config.directory / _DATABASE
    if not source.is_file():
        raise InputError(
            f"There is no database {_DATABASE} in {config.directory}: name a server's directory."
        )
    with replace_file(file) as part, tempfile.TemporaryDirectory(dir=file.resolve().parent) as folder:
        part.chmod(0o600)
        copy = Path(folder, _DATABASE)
        _copy_database(source, copy)
        with tarfile.open(part, "w:gz" if file.suffix in {".gz", ".tgz"} else "w") as tar:
            tar.add(copy, _DATABASE)
            for name in (_KEY, _MEDIA):  # after the database: it names no picture that is not there
                if (config.directory / name).exists():
                    tar.add(config.directory / name, name)
    return file.stat().st_size


def restore(file: Path, directory: Path) -> int:
    """Make a server's directory from a copy; return how many answers are in it.

    Raises:
        InputError: The file is no such copy, or it is damaged.
        OutputError: The directory is there already and holds something.
    """
    if directory.exists() and any(directory.iterdir()):
        raise OutputError(f"{directory} is not empty. Name a new directory; nothing was changed.")
    with replace_directory(directory) as part:
        try:
            with tarfile.open(file) as tar:
                tar.extractall(part, filter="data")
        except (OSError, tarfile.TarError, EOFError) as error:
            raise InputError(
                f"It is no copy made by 'palate backup', or it is damaged ({error}).", where=str(file)
            ) from None
        if not (part / _DATABASE).is_file():
            raise InputError(
                f"It holds no {_DATABASE}: it is no copy made by 'palate backup'.", where=str(file)
            )
        if (part / _KEY).exists():
            (part / _KEY).chmod(0o600)
        return _checked_answers(part / _DATABASE, file)


def _copy_database(source: Path, target: Path) -> None:
    """Copy a database in use; in one step, which sees one moment."""
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=20)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def _checked_answers(database: Path, file: Path) -> int:
    try:
        with closing(sqlite3.connect(database)) as connection:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                raise InputError(f"Its database is damaged ({said}).", where=str(file))
            (answers,) = connection.execute("SELECT count(*) FROM work_answer").fetchone()
    except sqlite3.DatabaseError as error:
        raise InputError(f"Its database is damaged ({error}).", where=str(file)) from None
    return int(answers)
