"""A study: a directory with ``palate.toml`` and one directory of artifacts a step; it goes on where it stopped."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal, Protocol

from palate._version import __version__
from palate.core.errors import StudyError, UnknownNameError
from palate.core.hashing import hash_json
from palate.core.progress import no_progress
from palate.study.artifacts import Manifest, lock_study, read_artifact, read_manifest, write_step
from palate.study.settings import StudySettings
from palate.study.settings_file import SETTINGS_FILE, read_settings
from palate.study.step import Step, StepContext, in_round
from palate.study.steps import steps_of

__all__ = ["Observer", "StepStatus", "Study"]

_LOG = "log.jsonl"
State = Literal["done", "stale", "missing"]


class Observer(Protocol):
    """Told what a run does; shows it, or not."""

    def started(self, step: Step, number: int, total: int) -> None:
        """Step ``number`` of ``total`` (from 1) begins."""

    def progress(self, done: int, total: int) -> None:
        """The step that began last has done this much."""

    def noted(self, text: str) -> None:
        """The step that began last says something that people should read before it is done."""

    def finished(self, step: Step, summary: str, seconds: float | None) -> None:
        """The step is done; ``seconds`` is None if its result was there already."""


class _Silent:
    """An observer that shows nothing."""

    def started(self, step: Step, number: int, total: int) -> None:
        """Show nothing."""

    def noted(self, text: str) -> None:
        """Show nothing."""

    def finished(self, step: Step, summary: str, seconds: float | None) -> None:
        """Show nothing."""

    progress = staticmethod(no_progress)


@dataclass(frozen=True)
class StepStatus:
    """How a step stands.

    Args:
        step: The step.
        state: ``done``: its result is what the settings and inputs give; ``stale``: they changed since;
            ``missing``: it never finished.
        summary: One sentence on the result that lies there, if one does.
    """

    step: Step
    state: State
    summary: str


@dataclass(frozen=True)
class Study:
    """A study in a directory.

    Args:
        directory: Holds ``palate.toml``; artifacts go beside it.
    """

    directory: Path

    @property
    def settings(self) -> StudySettings:
        """What ``palate.toml`` says now.

        Raises:
            SettingsError: It is missing or wrong.
        """
        return read_settings(self.directory / SETTINGS_FILE)

    def status(self) -> list[StepStatus]:
        """Return how every step stands, in order."""
        settings = self.settings
        rows: list[StepStatus] = []
        fresh: dict[str, Manifest] = {}
        for step in steps_of(settings.study.rounds):
            manifest = read_manifest(self.directory, step.name)
            wanted = self._fingerprint(step, settings, fresh)
            if manifest is not None and wanted is not None and manifest.fingerprint == wanted:
                fresh[step.name] = manifest
                rows.append(StepStatus(step, "done", manifest.summary))
            else:
                rows.append(
                    StepStatus(step, "stale" if manifest else "missing", manifest.summary if manifest else "")
                )
        return rows

    def costs(self) -> list[Decimal]:
        """Return what each round paid, US dollars, as far as people were asked."""
        asked = [in_round("ask", number) for number in range(1, self.settings.study.rounds + 1)]
        done = [step for step in asked if read_manifest(self.directory, step) is not None]
        tables = [read_artifact(self.directory, step, "cost") for step in done]
        return [sum((Decimal(dollars) for dollars in table["dollars"]), Decimal(0)) for table in tables]

    def run(
        self, first: str | None = None, last: str | None = None, observer: Observer | None = None
    ) -> list[Manifest]:
        """Run the steps whose inputs or settings changed; return the manifests of all steps up to ``last``.

        Args:
            first: Run this step and all after it again, even if nothing changed. Steps before it must be done.
            last: Stop after this step.
            observer: Told what goes on.

        Raises:
            UnknownNameError: There is no step of that name.
            StudyError: ``first`` comes after ``last``, an earlier step is not done, or another process runs
                the study.
            PalateError: Whatever a step found wrong; the results of the steps before it stay.
        """
        settings = self.settings
        steps = steps_of(settings.study.rounds)
        names = [step.name for step in steps]
        for name in (first, last):
            if name is not None and name not in names:
                raise UnknownNameError("step", name, names)
        begin = names.index(first) if first else 0
        end = names.index(last) if last else len(names) - 1
        if begin > end:
            raise StudyError(f"Step '{first}' comes after '{last}': the order is {', '.join(names)}.")
        with lock_study(self.directory):
            manifests: dict[str, Manifest] = {}
            for number, step in enumerate(steps[: end + 1]):
                manifests[step.name] = self._run_step(
                    step,
                    number,
                    end + 1,
                    settings,
                    manifests,
                    force=first is not None and number >= begin,
                    allowed=number >= begin,
                    observer=observer or _Silent(),
                )
        return list(manifests.values())

    def _run_step(
        self,
        step: Step,
        number: int,
        total: int,
        settings: StudySettings,
        before: dict[str, Manifest],
        *,
        force: bool,
        allowed: bool,
        observer: Observer,
    ) -> Manifest:
        fingerprint = self._fingerprint(step, settings, before)
        if fingerprint is None:
            raise AssertionError("steps run in the order of their needs")
        there = read_manifest(self.directory, step.name)
        observer.started(step, number + 1, total)
        if there is not None and there.fingerprint == fingerprint and not force:
            observer.finished(step, there.summary, None)
            return there
        if not allowed:
            raise StudyError(
                f"Step '{step.name}' is not done, or its settings or inputs changed since. Run the study without"
                f" --from, or with --from {step.name}."
            )
        began = time.perf_counter()
        summary: list[str] = []
        with write_step(self.directory, step.name, fingerprint, summary) as out:
            context = StepContext(
                self.directory, out, settings, observer.progress, step.round, observer.noted
            )
            summary.append(step.run(context))
        seconds = time.perf_counter() - began
        self._log(step, seconds)
        observer.finished(step, summary[0], seconds)
        done = read_manifest(self.directory, step.name)
        if done is None:
            raise StudyError(
                f"The files of step '{step.name}' changed while it was running. Run the study again."
            )
        return done

    def _fingerprint(self, step: Step, settings: StudySettings, before: dict[str, Manifest]) -> str | None:
        """Return the hash of all that the step's result depends on, or None if an input is not there."""
        needed = [need.partition("/") for need in step.needs]
        if any(name not in before for name, _, _ in needed):
            return None
        inputs = {
            f"{name}{slash}{file}": before[name].outputs[file] if file else before[name].outputs
            for name, slash, file in needed
        }
        dumped = settings.model_dump(mode="json")
        return hash_json(
            {
                "palate": __version__,
                "step": step.name,
                "seed": settings.study.seed,
                "settings": {section: dumped[section] for section in step.sections},
                "sources": step.sources(settings, self.directory),
                "inputs": inputs,
            }
        )

    def _log(self, step: Step, seconds: float) -> None:
        entry = {"step": step.name, "seconds": round(seconds, 3), "finished_at": round(time.time(), 3)}
        with (self.directory / _LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")
