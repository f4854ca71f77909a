from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from palate.core import atomic
from palate.core.atomic import replace_directory, replace_file, sync_directory
from palate.core.errors import OutputError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def write_half_a_file(path, error):
    with replace_file(path) as temporary:
        temporary.write_text("half")
        raise error


def write_half_a_directory(path, error):
    with replace_directory(path) as temporary:
        (temporary / "half").write_text("x")
        raise error


@pytest.fixture
def umask():
    """A known umask, so that expected permissions can be said."""
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


class TestReplaceFile:
    def test_new_content_takes_the_place_of_the_old(self, tmp_path):
        path = tmp_path / "a.csv"
        for text in ("old", "new"):
            with replace_file(path) as temporary:
                temporary.write_text(text)
            assert path.read_text() == text
        assert names(tmp_path) == ["a.csv"]

    def test_readers_see_the_old_file_until_the_end(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("old")
        with replace_file(path) as temporary:
            temporary.write_text("new")
            assert path.read_text() == "old"
            assert temporary.parent == tmp_path
            assert temporary.suffix == ".csv", "writers may choose the format by the ending"

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
    def test_failure_leaves_the_old_file_and_nothing_else(self, tmp_path, error):
        path = tmp_path / "a.csv"
        path.write_text("old")
        with pytest.raises(error):
            write_half_a_file(path, error)
        assert path.read_text() == "old"
        assert names(tmp_path) == ["a.csv"]

    def test_failure_leaves_no_new_file(self, tmp_path):
        with pytest.raises(ValueError, match="no"):
            write_half_a_file(tmp_path / "a.csv", ValueError("no"))
        assert names(tmp_path) == []

    def test_full_disk_is_an_output_error(self, tmp_path):
        with (
            pytest.raises(OutputError, match=r"Cannot write .*a\.csv: No space left on device\."),
            replace_file(tmp_path / "a.csv"),
            Path("/dev/full").open("w") as full,
        ):
            full.write("x")
        assert names(tmp_path) == []

    def test_missing_folder_is_said(self, tmp_path):
        path = tmp_path / "none" / "a.csv"
        with pytest.raises(
            OutputError, match=r"Cannot write .*none/a\.csv: No such file or directory\. Choose"
        ):
            replace_file(path).__enter__()
        assert names(tmp_path) == []

    def test_path_below_a_file_is_said(self, tmp_path):
        (tmp_path / "file").write_text("x")
        with pytest.raises(OutputError, match="Not a directory"), replace_file(tmp_path / "file" / "a.csv"):
            pass
        assert (tmp_path / "file").read_text() == "x"

    def test_folder_that_takes_no_files_is_said(self):
        with (
            pytest.raises(OutputError, match=r"Cannot write /proc/self/a\.csv"),
            replace_file(Path("/proc/self/a.csv")),
        ):
            pass

    def test_folder_is_no_place_for_a_file(self, tmp_path):
        with pytest.raises(OutputError, match=r"it is a folder\. Name a file in it"), replace_file(tmp_path):
            pass

    def test_device_is_not_replaced(self):
        with pytest.raises(OutputError, match="a device or pipe"), replace_file(Path("/dev/null")):
            pass
        assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)

    def test_new_file_has_the_usual_permissions(self, tmp_path, umask):
        with replace_file(tmp_path / "a") as temporary:
            temporary.write_text("x")
        assert mode(tmp_path / "a") == 0o666 & ~umask

    def test_replaced_file_keeps_its_permissions(self, tmp_path):
        path = tmp_path / "a"
        path.write_text("old")
        path.chmod(0o600)
        with replace_file(path) as temporary:
            temporary.write_text("new")
            assert mode(temporary) == 0o600, "no one else reads it meanwhile"
        assert mode(path) == 0o600

    def test_link_stays_a_link(self, tmp_path):
        (tmp_path / "real").mkdir()
        (tmp_path / "real" / "a").write_text("old")
        (tmp_path / "link").symlink_to(tmp_path / "real" / "a")
        with replace_file(tmp_path / "link") as temporary:
            temporary.write_text("new")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real" / "a").read_text() == "new"
        assert names(tmp_path / "real") == ["a"]

    def test_longest_name_works(self, tmp_path):
        path = tmp_path / ("ä" * 127)  # 254 bytes of the 255 there may be
        with replace_file(path) as temporary:
            temporary.write_text("x")
        assert path.read_text() == "x"

    def test_relative_path_works(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with replace_file(Path("a.csv")) as temporary:
            temporary.write_text("x")
        assert names(tmp_path) == ["a.csv"]


class TestReplaceDirectory:
    def test_new_directory_takes_the_place_of_the_old(self, tmp_path):
        path = tmp_path / "step"
        for name in ("old", "new"):
            with replace_directory(path) as temporary:
                (temporary / "sub").mkdir()
                (temporary / "sub" / name).write_text(name)
            assert names(path / "sub") == [name]
        assert names(tmp_path) == ["step"]

    def test_folders_above_are_made(self, tmp_path):
        with replace_directory(tmp_path / "a" / "b") as temporary:
            (temporary / "x").write_text("x")
        assert names(tmp_path / "a") == ["b"]

    def test_failure_leaves_the_old_directory_and_nothing_else(self, tmp_path):
        path = tmp_path / "step"
        path.mkdir()
        (path / "old").write_text("old")
        with pytest.raises(ValueError, match="no"):
            write_half_a_directory(path, ValueError("no"))
        assert names(path) == ["old"]
        assert names(tmp_path) == ["step"]

    def test_path_below_a_file_is_said(self, tmp_path):
        (tmp_path / "file").write_text("x")
        with pytest.raises(OutputError, match="Cannot write"), replace_directory(tmp_path / "file" / "step"):
            pass

    def test_file_is_not_replaced_by_a_directory(self, tmp_path):
        (tmp_path / "step").write_text("mine")
        with (
            pytest.raises(OutputError, match="it is a file; a folder goes there"),
            replace_directory(tmp_path / "step"),
        ):
            pass
        assert (tmp_path / "step").read_text() == "mine"

    def test_old_directory_comes_back_if_the_new_one_cannot_be_put_there(self, tmp_path):
        path = tmp_path / "step"
        path.mkdir()
        (path / "old").write_text("old")
        with pytest.raises(OSError, match="No such file"):
            atomic._swap(tmp_path / "gone", path)
        assert names(path) == ["old"]
        assert names(tmp_path) == ["step"]

    def test_lost_temporary_directory_is_an_output_error(self, tmp_path):
        with (
            pytest.raises(OutputError, match="Cannot write"),
            replace_directory(tmp_path / "step") as temporary,
        ):
            temporary.rmdir()
        assert names(tmp_path) == []

    def test_permissions_are_the_usual_ones_or_those_of_the_old(self, tmp_path, umask):
        path = tmp_path / "step"
        with replace_directory(path):
            pass
        assert mode(path) == 0o777 & ~umask
        path.chmod(0o700)
        with replace_directory(path) as temporary:
            assert mode(temporary) == 0o700
        assert mode(path) == 0o700

    def test_broken_link_inside_does_no_harm(self, tmp_path):
        with replace_directory(tmp_path / "step") as temporary:
            (temporary / "link").symlink_to("nowhere")
        assert (tmp_path / "step" / "link").is_symlink()


KILLED = """
import os, sys
from pathlib import Path
from palate.core.atomic import replace_directory, replace_file

kind, path = sys.argv[1], Path(sys.argv[2])
with (replace_file if kind == "file" else replace_directory)(path) as temporary:
    target = temporary if kind == "file" else temporary / "content"
    with target.open("w") as file:
        file.write("half")
        file.flush()
        print("writing", flush=True)
        sys.stdin.read()
"""


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_killed_process_leaves_what_was_there(tmp_path, kind):
    path = tmp_path / "result"
    content = path if kind == "file" else path / "content"
    content.parent.mkdir(exist_ok=True)
    content.write_text("old")
    command = [sys.executable, "-c", textwrap.dedent(KILLED), kind, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait(timeout=30) == -signal.SIGKILL
    assert content.read_text() == "old"
    hidden = [name for name in names(tmp_path) if name != "result"]
    assert all(name.startswith(".palate-") for name in hidden), "what a killed process leaves is hidden"


def test_directory_that_is_gone_cannot_be_synced(tmp_path):
    sync_directory(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_directory(tmp_path / "gone")
