"""What a study keeps on disk: one directory a step, swapped in whole, with a manifest of hashes."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from palate.core.atomic import replace_directory
from palate.core.errors import StudyError
from palate.core.hashing import hash_file

__all__ = ["Manifest", "artifact", "lock_study", "read_artifact", "read_manifest", "write_step"]

MANIFEST = "step.json"


@dataclass(frozen=True)
class Manifest:
    """What is known of a finished step.

    Args:
        step: Its name.
        fingerprint: Hash of everything the result depends on: settings, seed, version, inputs.
        outputs: Each file's hash.
        summary: One sentence on what came out.
    """

    step: str
    fingerprint: str
    outputs: dict[str, str]
    summary: str


def artifact(study: Path, step: str, name: str) -> Path:
    """Return the path of a step's file."""
    return study / step / name


def read_artifact(study: Path, step: str, name: str) -> pl.DataFrame:
    """Return a table that a step wrote."""
    return pl.read_parquet(artifact(study, step, f"{name}.parquet"))


def read_manifest(study: Path, step: str) -> Manifest | None:
    """Return the manifest of a step, or None if it never finished or a file of it is gone or was changed."""
    folder = study / step
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    for name, digest in manifest.outputs.items():
        file = folder / name
        if not file.is_file() or hash_file(file) != digest:
            return None
    return manifest


@contextmanager
def write_step(study: Path, step: str, fingerprint: str, summary: list[str]) -> Iterator[Path]:
    """Yield an empty directory for a step's files; swap it in with its manifest when the block ends well.

    Args:
        study: The study's directory.
        step: The step's name.
        fingerprint: See :class:`Manifest`.
        summary: Filled by the block with one sentence on what came out.
    """
    with replace_directory(study / step) as folder:
        yield folder
        outputs = {
            str(file.relative_to(folder)): hash_file(file)
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }
        manifest = Manifest(step, fingerprint, outputs, " ".join(summary))
        (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")


@contextmanager
def lock_study(study: Path) -> Iterator[None]:
    """Hold the study, so that two runs never write it at once; the lock goes with the process.

    Raises:
        StudyError: Another process holds it.
    """
    with (study / ".lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise StudyError(
                f"Another process ({file.read().strip() or 'unknown'}) is running the study in {study}. Wait for it."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
