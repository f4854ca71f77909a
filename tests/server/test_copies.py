"""A copy taken while people work is whole, and a server started from it goes on."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import tarfile
import threading
import uuid
from pathlib import Path

import pytest
from server_databases import fresh_database, using
from server_process import Annotator, Server, running
from server_scenes import account, open_pool, project, recount
from shell import palate

from palate.core.errors import InputError, OutputError
from palate.server.config import ServerConfig
from palate.server.copies import back_up, restore
from palate.server.projects.models import Pool
from palate.server.work.models import Answer, Assignment


def program(name: str) -> str:
    """Return where one of PostgreSQL's programs lies."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or str(installed[-1])


def work(annotator: Annotator, pool: int, answered: threading.Event, stop: threading.Event) -> None:
    page = annotator.claim(pool)
    while page is not None and not stop.is_set():
        page = annotator.submit(page, annotator.fill_in(page)).headers["location"]
        answered.set()
    annotator.client.close()


def test_a_copy_taken_while_people_work_is_whole_and_its_server_goes_on(sqlite, tmp_path) -> None:
    pool = open_pool(project(one_account_a_device=False), real=2000, overlap=3, page_mix={"real": 2})
    (sqlite.media_directory() / "a").mkdir(parents=True)
    (sqlite.media_directory() / "a" / "b.png").write_bytes(b"picture")
    server = Server(sqlite, workers=1)
    people = [Annotator(server, account(project=pool.project)) for _ in range(3)]
    answered, stop, file = threading.Event(), threading.Event(), tmp_path / "copy.tar.gz"
    with running(server):
        threads = [threading.Thread(target=work, args=(one, pool.pk, answered, stop)) for one in people]
        for thread in threads:
            thread.start()
        assert answered.wait(30)
        before = Answer.objects.count()
        said = palate("backup", file, "-d", sqlite.directory)
        stop.set()
        for thread in threads:
            thread.join()
    assert said.code == 0, said.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    again = ServerConfig(tmp_path / "again")
    said = palate("restore", file, "-d", again.directory)
    assert said.code == 0, said.err
    assert (again.media_directory() / "a" / "b.png").read_bytes() == b"picture"
    assert stat.S_IMODE((again.directory / "secret.key").stat().st_mode) == 0o600
    assert again.secret_key() == sqlite.secret_key()
    with using(again):
        recount(Pool.objects.get())
        there = Answer.objects.count()
        assert there >= before
        with running(Server(again, workers=1)) as other:
            person = Annotator(other, account(project=Pool.objects.get().project))
            page = person.claim(pool.pk)
            assert page is not None
            person.submit(page, person.fill_in(page))
            person.client.close()
        assert Answer.objects.count() == there + 2
        assert Assignment.objects.filter(annotator=person.account, status="accepted").count() == 1


def test_a_directory_that_holds_something_is_left_alone(sqlite, tmp_path) -> None:
    back_up(sqlite, tmp_path / "copy.tar")
    before = sorted(sqlite.directory.iterdir())
    with pytest.raises(OutputError, match="not empty"):
        restore(tmp_path / "copy.tar", sqlite.directory)
    assert sorted(sqlite.directory.iterdir()) == before


def test_what_is_no_copy_is_refused_and_nothing_made(tmp_path) -> None:
    (tmp_path / "text.tar").write_text("no tar file")
    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    for name in ("text.tar", "empty.tar", "missing.tar"):
        with pytest.raises(InputError, match=name):
            restore(tmp_path / name, tmp_path / "new")
        assert not (tmp_path / "new").exists()


def test_a_damaged_database_is_refused(sqlite, tmp_path) -> None:
    open_pool(real=500)
    back_up(sqlite, tmp_path / "copy.tar")
    content = bytearray((tmp_path / "copy.tar").read_bytes())
    size = (tmp_path / "copy.tar").stat().st_size
    content[8 * 4096 : size // 2] = bytes(size // 2 - 8 * 4096)
    (tmp_path / "copy.tar").write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        restore(tmp_path / "copy.tar", tmp_path / "new")


def test_a_file_that_leads_out_of_the_directory_is_refused(tmp_path) -> None:
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        tar.add(tmp_path / "evil", "../outside")
    with pytest.raises(InputError, match="no copy"):
        restore(tmp_path / "evil.tar", tmp_path / "folder" / "new")
    assert not (tmp_path / "folder" / "outside").exists()


def test_a_copy_is_not_compressed_unless_its_name_says_so(sqlite, tmp_path) -> None:
    back_up(sqlite, tmp_path / "copy.tar")
    with tarfile.open(tmp_path / "copy.tar", "r:") as tar:
        assert "palate.sqlite3" in tar.getnames()
        tar.extract("palate.sqlite3", tmp_path, filter="data")
    with sqlite3.connect(tmp_path / "palate.sqlite3") as copied:
        assert copied.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    copied.close()


@pytest.mark.parametrize("database", ["sqlite", "postgresql://palate:secret@127.0.0.1/palate"])
def test_where_there_is_nothing_to_copy_the_message_says_what_to_do(tmp_path: Path, database: str) -> None:
    with pytest.raises(InputError, match="pg_dump" if database != "sqlite" else "name a server's directory"):
        back_up(ServerConfig(tmp_path, database), tmp_path / "copy.tar")
    assert not (tmp_path / "copy.tar").exists()


def test_a_dump_of_postgresql_taken_while_people_work_is_whole(postgres_cluster, tmp_path) -> None:
    with fresh_database("postgresql", tmp_path / "server", postgres_cluster) as config:
        pool = open_pool(project(one_account_a_device=False), real=2000, overlap=3, page_mix={"real": 2})
        server = Server(config, workers=1)
        people = [Annotator(server, account(project=pool.project)) for _ in range(3)]
        answered, stop, file = threading.Event(), threading.Event(), tmp_path / "copy.dump"
        with running(server):
            threads = [threading.Thread(target=work, args=(one, pool.pk, answered, stop)) for one in people]
            for thread in threads:
                thread.start()
            assert answered.wait(30)
            before = Answer.objects.count()
            subprocess.run(
                [program("pg_dump"), "--format=custom", f"--file={file}", config.database], check=True
            )
            stop.set()
            for thread in threads:
                thread.join()
        name = f"again_{uuid.uuid4().hex}"
        postgres_cluster.run(f"CREATE DATABASE {name}")
        again = ServerConfig(tmp_path / "again", postgres_cluster.url(name))
        restored = [
            program("pg_restore"),
            "--no-owner",
            "--exit-on-error",
            f"--dbname={again.database}",
            str(file),
        ]
        subprocess.run(restored, check=True)
        shutil.copytree(config.directory, again.directory)
        with using(again):
            recount(Pool.objects.get())
            assert Answer.objects.count() >= before
            with running(Server(again, workers=1)) as other:
                person = Annotator(other, account(project=Pool.objects.get().project))
                page = person.claim(pool.pk)
                assert page is not None
                assert person.submit(page, person.fill_in(page)).status_code == 302
                person.client.close()
    postgres_cluster.run(f"DROP DATABASE {name} WITH (FORCE)")
