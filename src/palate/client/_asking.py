"""Projects, pools, trainings and tasks of a server: what is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from palate.client._bar import progress_bar
from palate.client._connection import Connection
from palate.client._errors import ServerRefusedError
from palate.client._uploading import Part, Upload, task_rows
from palate.client.records import (
    AddedTasks,
    Bought,
    Pool,
    PoolLine,
    Project,
    Projection,
    ProjectLine,
    Standing,
    Task,
)
from palate.core.progress import Progress

__all__ = ["InPool", "InProject", "Pools", "Projects", "Tasks", "Trainings", "pool_id", "project_id"]

InProject: TypeAlias = "ProjectLine | int"
"""A project, or its id."""
InPool: TypeAlias = "PoolLine | int"
"""A pool, or its id."""


def project_id(project: InProject) -> int:
    """Return the id of a project."""
    return project if isinstance(project, int) else project.id


def pool_id(pool: InPool) -> int:
    """Return the id of a pool."""
    return pool if isinstance(pool, int) else pool.id


@dataclass(frozen=True)
class Projects:
    """Projects that the account manages or reviews."""

    connection: Connection

    def list(self, name: str | None = None) -> Iterator[ProjectLine]:
        """Return all projects, the oldest first; perhaps those of a name only."""
        return map(ProjectLine.model_validate, self.connection.rows("/projects", name=name))

    def get(self, project: InProject) -> Project:
        """Return a project with everything that makes it again."""
        return Project.model_validate(self.connection.get(f"/projects/{project_id(project)}"))

    def find(self, name: str) -> Project | None:
        """Return the newest version of the project of a name that is not archived; None if there is none."""
        there = [one for one in self.list(name) if not one.archived]
        return self.get(max(there, key=lambda one: one.version)) if there else None

    def create(self, name: str, template: str, **settings: Any) -> Project:
        """Make a project.

        Args:
            name: What managers call it.
            template: The task template.
            settings: ``title``, ``instructions``, ``template_settings``, ``skills``, ``pools`` and so on.

        Raises:
            ServerRefusedError: A setting is unknown or does not fit.
        """
        return Project.model_validate(
            self.connection.post("/projects", {"name": name, "template": template, **settings})
        )

    def apply(self, spec: Mapping[str, Any]) -> Project:
        """Make a project, or change the one of this name to be so; doing it again changes nothing.

        Args:
            spec: As a project's file holds it: ``name``, ``template``, ``pools`` and so on.
        """
        return Project.model_validate(self.connection.post("/projects/apply", dict(spec)))

    def update(self, project: InProject, **settings: Any) -> Project:
        """Change some settings of a project; the others stay."""
        found = self.get(project)
        spec = {**found.spec, "pools": [], **settings}
        return Project.model_validate(self.connection.put(f"/projects/{found.id}", spec))

    def open(self, project: InProject) -> tuple[PoolLine, ...]:
        """Open every pool that is a draft, trainings and exams first; return them."""
        found = self.connection.post(f"/projects/{project_id(project)}/open")
        return tuple(PoolLine.model_validate(one) for one in found["opened"])

    def archive(self, project: InProject) -> None:
        """Close and archive a project and its pools; its data stays."""
        self.connection.post(f"/projects/{project_id(project)}/archive")


@dataclass(frozen=True)
class Pools:
    """Pools of tasks with one price, overlap and set of rules."""

    connection: Connection

    def list(self, project: InProject) -> Iterator[Pool]:
        """Return all pools of a project, the oldest first."""
        return map(Pool.model_validate, self.connection.rows(f"/projects/{project_id(project)}/pools"))

    def get(self, pool: InPool) -> Pool:
        """Return a pool and how far it is."""
        return Pool.model_validate(self.connection.get(f"/pools/{pool_id(pool)}"))

    def create(self, project: InProject, name: str, **settings: Any) -> Pool:
        """Make a pool without tasks, a draft.

        Args:
            project: Where.
            name: What managers call it.
            settings: ``reward``, ``overlap``, ``page_mix``, ``audience``, ``quality_rules`` and so on.

        Raises:
            ServerRefusedError: A setting is unknown or does not fit.
        """
        path = f"/projects/{project_id(project)}/pools"
        return Pool.model_validate(self.connection.post(path, {"name": name, **_plain(settings)}))

    def update(self, pool: InPool, **settings: Any) -> Pool:
        """Change some settings of a pool; what people were promised stays once it was opened."""
        found = self.get(pool)
        return Pool.model_validate(
            self.connection.put(f"/pools/{found.id}", {**found.spec, **_plain(settings)})
        )

    def open(self, pool: InPool) -> Pool:
        """Hand its tasks out."""
        return self._become(pool, "open")

    def pause(self, pool: InPool) -> Pool:
        """Hand no more pages out; those that people hold are taken."""
        return self._become(pool, "paused")

    def close(self, pool: InPool) -> Pool:
        """End it."""
        return self._become(pool, "closed")

    def archive(self, pool: InPool) -> Pool:
        """Put it away; its data stays."""
        return self._become(pool, "archived")

    def clone(self, pool: InPool, name: str) -> Pool:
        """Make a draft with the same settings and tasks and no answers."""
        return Pool.model_validate(self.connection.post(f"/pools/{pool_id(pool)}/clone", {"name": name}))

    def projection(self, pool: InPool) -> Projection:
        """Return what it will cost."""
        return Projection.model_validate(self.connection.get(f"/pools/{pool_id(pool)}/projection"))

    def standings(self, pool: InPool) -> Iterator[Standing]:
        """Return what each annotator has done in it."""
        return map(Standing.model_validate, self.connection.rows(f"/pools/{pool_id(pool)}/annotators"))

    def _become(self, pool: InPool, status: Literal["open", "paused", "closed", "archived"]) -> Pool:
        found = self.connection.post(f"/pools/{pool_id(pool)}/status", {"status": status})
        return Pool.model_validate(found)


@dataclass(frozen=True)
class Trainings:
    """Trainings: pools whose tasks show the right answer and why; their result is a skill."""

    connection: Connection

    def list(self, project: InProject) -> Iterator[Pool]:
        """Return the trainings of a project."""
        return (pool for pool in Pools(self.connection).list(project) if pool.kind == "training")

    def create(
        self,
        project: InProject,
        name: str,
        *,
        skill: str | None = None,
        tasks_per_page: int = 2,
        **settings: Any,
    ) -> Pool:
        """Make a training without tasks, a draft.

        Args:
            project: Where.
            name: What managers call it; a pool names it so as its ``training``.
            skill: The skill that it results in.
            tasks_per_page: Tasks on a page.
            settings: ``retry_days`` and whatever else pools have.
        """
        mix = {"page_mix": {"real": 0, "training": tasks_per_page}, "skill": skill}
        return Pools(self.connection).create(project, name, kind="training", **{**mix, **settings})

    def finished(self, training: InPool) -> Iterator[Standing]:
        """Return what those did who have finished it."""
        return (one for one in Pools(self.connection).standings(training) if one.finished_at is not None)


@dataclass(frozen=True)
class Tasks:
    """Tasks of a pool."""

    connection: Connection

    def list(self, pool: InPool) -> Iterator[Task]:
        """Return all tasks of a pool, golden ones too, in the order in which they were put in."""
        return map(Task.model_validate, self.connection.rows(f"/pools/{pool_id(pool)}/tasks"))

    def get(self, task: int) -> Task:
        """Return a task by its id."""
        return Task.model_validate(self.connection.get(f"/tasks/{task}"))

    def upload(
        self, pool: InPool, tasks: Any, *, leave_out_wrong: bool = False, progress: Progress | None = None
    ) -> AddedTasks:
        """Put those tasks into a pool that are not there yet. Stopped at any moment and called again, it goes on.

        Tasks are known by their ``key``; one without gets one made from what it holds. Each part of some thousand rows is
        stored whole or not at all.

        Args:
            pool: Where.
            tasks: Rows by the template's fields with ``key``, ``golden``, ``hint``, ``overlap`` and so on, or
                Toloka's ``INPUT: GOLDEN: HINT:`` columns: mappings, any dataframe, or the path of a CSV, TSV, JSON lines or
                Parquet file.
            leave_out_wrong: Store the rows around wrong ones too; what is wrong stands in the result.
            progress: Told how many rows are done; by default a bar is drawn.

        Raises:
            UploadError: Rows are wrong. The parts without such rows are stored.
            InputError: It is no table of tasks, or a key stands in it twice.
        """
        upload = Upload(task_rows(tasks), leave_out_wrong)
        path = f"/pools/{pool_id(pool)}/tasks"
        with progress_bar("uploading tasks") if progress is None else nullcontext(progress) as show:
            for whole in upload.parts():
                part: Part | None = whole
                while part is not None:
                    try:
                        answer = self.connection.post(path, part.body, existing="keep")
                    except ServerRefusedError as error:
                        part = upload.refused(part, error)
                    else:
                        upload.stored(part, answer)
                        part = None
                show(upload.done, len(upload.rows))
        return upload.result()

    def ask_more(self, pool: InPool, tasks: Iterable[str], answers: int = 1) -> Bought:
        """Ask for more answers to some tasks than their overlap says; a pool that was completed is opened again.

        Args:
            pool: Where they are.
            tasks: Their keys.
            answers: How many more to each.

        Raises:
            ServerRefusedError: There is no such real task.
        """
        keys = list(tasks)
        if not keys:
            return Bought(tasks=0, answers=0, reopened=False)
        body = {"tasks": keys, "answers": answers}
        return Bought.model_validate(self.connection.post(f"/pools/{pool_id(pool)}/more", body))


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as JSON holds them: amounts as text, times in ISO 8601."""
    from datetime import datetime
    from decimal import Decimal

    return {
        name: str(value)
        if isinstance(value, Decimal)
        else value.isoformat()
        if isinstance(value, datetime)
        else value
        for name, value in settings.items()
    }
