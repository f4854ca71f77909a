"""Pictures that tasks show, kept as they were uploaded: what they are is told by their first bytes alone.

A picture's file is named after its content. Its row comes last: what has no row does not exist for anybody.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, unquote

from django.conf import settings
from django.db import transaction

from palate.core.errors import InputError, PalateError
from palate.server.projects.models import Picture, Project, Task

__all__ = [
    "CONTENT_TYPES",
    "LARGEST",
    "StagedPicture",
    "Staging",
    "copy_pictures",
    "delete_pictures",
    "file_of",
    "kind_of",
    "path_of",
    "staging",
    "store_pictures",
    "unused_pictures",
]

LARGEST = 5 * 2**20
_MOST = 100_000
_LONGEST_NAME = 150
_HEAD = 64
_BATCH = 500
CONTENT_TYPES: Mapping[str, str] = {kind: f"image/{kind}" for kind in ("png", "jpeg", "gif", "webp", "avif")}


@dataclass(frozen=True)
class StagedPicture:
    """A picture that was checked and lies under a temporary name.

    Args:
        name: What its managers call it.
        path: Where it lies.
        sha256: The hash of its content.
        kind: ``png``, ``jpeg``, ``gif``, ``webp`` or ``avif``.
        size: Its bytes.
    """

    name: str
    path: Path
    sha256: str
    kind: str
    size: int


class Staging:
    """Takes pictures into a directory that goes away."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.pictures: dict[str, StagedPicture] = {}

    def take(self, name: str, content: IO[bytes]) -> int:
        """Check a picture while it is read; return its bytes.

        Raises:
            InputError: It is too large, no picture of a kind that is taken, or its name cannot be one.
        """
        name = _checked_name(name)
        head = content.read(_HEAD)
        kind = kind_of(head)
        if kind is None:
            raise InputError(
                "This is no PNG, JPEG, GIF, WebP or AVIF picture, whatever its name says.", where=name
            )
        digest, size, part = hashlib.sha256(), 0, head
        path = self._directory / str(len(self.pictures))
        with path.open("wb") as file:
            while part:
                size += len(part)
                if size > LARGEST:
                    raise InputError(
                        f"The picture has more than {LARGEST // 2**20} MB. Make it smaller.", where=name
                    )
                digest.update(part)
                file.write(part)
                part = content.read(2**16)
            file.flush()
            os.fsync(file.fileno())
        picture = StagedPicture(name, path, digest.hexdigest(), kind, size)
        if self.pictures.setdefault(name, picture).sha256 != picture.sha256:
            raise InputError("Two different pictures have this name. Rename one of them.", where=name)
        return size


def kind_of(head: bytes) -> str | None:
    """Return the kind of a picture by its first 64 bytes; None if it is none that is taken."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        brands = head[8:12] + head[16 : int.from_bytes(head[:4], "big")]
        if {brands[at : at + 4] for at in range(0, len(brands), 4)} & {b"avif", b"avis"}:
            return "avif"
    return None


def path_of(project: Project, name: str) -> str:
    """Return the address of a picture, as tasks name it."""
    return f"/media/{project.pk}/{quote(name, safe='')}"


def file_of(picture: Picture) -> Path:
    """Return the file of a picture."""
    return _file(picture.project_id, picture.sha256, picture.kind)


@contextmanager
def staging(project: Project) -> Iterator[Staging]:
    """Yield a place for pictures on their way into a project; what is not stored goes away with it."""
    home = _home(project.pk)
    home.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=".incoming-", dir=home))
    try:
        yield Staging(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def store_pictures(project: Project, pictures: Iterable[StagedPicture]) -> int:
    """Keep pictures under their names, all or none; return how many are new. Storing one again changes nothing.

    Raises:
        PalateError: Another picture has one of the names, or the project would have too many.
    """
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(
            pk=project.pk
        )  # one change of its pictures at a time
        there = dict(project.pictures.values_list("name", "sha256"))
        given = list(pictures)
        taken = [one.name for one in given if there.get(one.name, one.sha256) != one.sha256]
        if taken:
            raise PalateError(
                f"The project has another picture called '{taken[0]}', which tasks may show. Give yours another name,"
                " or delete that one first."
            )
        new = [one for one in given if one.name not in there]
        if len(there) + len(new) > _MOST:
            raise PalateError(
                f"A project holds at most {_MOST:,} pictures; it would have {len(there) + len(new):,}."
            )
        for one in new:
            one.path.replace(_file(project.pk, one.sha256, one.kind))
        Picture.objects.bulk_create(
            (
                Picture(project=project, name=one.name, sha256=one.sha256, kind=one.kind, size=one.size)
                for one in new
            ),
            batch_size=_BATCH,
        )
    return len(new)


def copy_pictures(source: Project, target: Project) -> None:
    """Give a project all pictures of another."""
    rows = list(source.pictures.all())
    if not rows:
        return
    _home(target.pk).mkdir(parents=True, exist_ok=True)
    for row in rows:
        with contextlib.suppress(FileExistsError):
            os.link(file_of(row), _file(target.pk, row.sha256, row.kind))
    Picture.objects.bulk_create(
        (
            Picture(project=target, name=row.name, sha256=row.sha256, kind=row.kind, size=row.size)
            for row in rows
        ),
        batch_size=_BATCH,
    )


def unused_pictures(project: Project) -> set[str]:
    """Return the names of the pictures that no task shows."""
    names = {f"/media/{project.pk}/{name}": name for name in project.pictures.values_list("name", flat=True)}
    unused = set(names.values())
    inputs = Task.objects.filter(pool__project=project).values_list("input", flat=True)
    for task_input in inputs.iterator(2_000) if unused else ():
        unused -= {names[path] for text in _texts(task_input) if (path := _plain_path(text)) in names}
    return unused


def delete_pictures(project: Project, names: Iterable[str] | None = None) -> int:
    """Delete pictures that no task shows, those named or all; return how many.

    Raises:
        PalateError: One of those named is shown by a task; nothing is deleted.
    """
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        unused = unused_pictures(project)
        wanted = (
            unused if names is None else set(names) & set(project.pictures.values_list("name", flat=True))
        )
        if wanted - unused:
            raise PalateError(f"A task shows the picture '{min(wanted - unused)}', so it stays.")
        rows = [row for row in project.pictures.all() if row.name in wanted]
        kept = set(project.pictures.exclude(pk__in=[row.pk for row in rows]).values_list("sha256", flat=True))
        files = {file_of(row) for row in rows if row.sha256 not in kept}
        for start in range(0, len(rows), _BATCH):
            Picture.objects.filter(pk__in=[row.pk for row in rows[start : start + _BATCH]]).delete()
        for file in files:
            file.unlink(missing_ok=True)
    return len(rows)


def _home(project: int) -> Path:
    return Path(settings.CONFIG.media_directory()) / str(project)


def _file(project: int, sha256: str, kind: str) -> Path:
    return _home(project) / f"{sha256}.{kind}"


def _checked_name(name: str) -> str:
    plain = unicodedata.normalize("NFC", name).strip()
    if not plain or plain.startswith(".") or re.search(r'[/\\:?#%"<>|*]', plain) or not plain.isprintable():
        raise InputError(
            "A picture's name has no / \\ : ? # % \" < > | * in it and does not begin with a full stop.",
            where=name[:100],
        )
    if len(plain) > _LONGEST_NAME:
        raise InputError(f"A picture's name has at most {_LONGEST_NAME} characters.", where=plain[:100])
    return plain


def _plain_path(text: str) -> str:
    return unicodedata.normalize("NFC", unquote(text.partition("#")[0].partition("?")[0]))


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a task's input."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
