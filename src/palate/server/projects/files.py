"""Projects as files: TOML or JSON (YAML where it can be read), with the tasks of each pool in tables beside them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from palate.asking import Audience, PageMix
from palate.client import task_rows
from palate.core.errors import SettingsError
from palate.quality.rules import QualityRule
from palate.server.projects.specs import ChecksSpec, ProjectSpec, parsed
from palate.task_templates import from_settings

__all__ = ["ProjectFile", "as_toml", "canonical", "changes", "read_project_file"]


@dataclass(frozen=True)
class ProjectFile:
    """A project and the tasks of its pools.

    Args:
        spec: The project.
        tasks: By the pool's name, the rows of its tables, each with a key.
        checks: By the pool's name, the checks of attention that it is to have as long as it is a draft.
    """

    spec: ProjectSpec
    tasks: Mapping[str, list[dict[str, Any]]]
    checks: Mapping[str, ChecksSpec] = field(default_factory=dict)


def read_project_file(path: Path) -> ProjectFile:
    """Return what a file describes; ``tasks`` of a pool names tables, relative to the file; ``checks`` are settings.

    Raises:
        SettingsError: It cannot be read, or a setting is unknown, missing or wrong.
        InputError: A table cannot be read.
    """
    values = _values(path)
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: a project is a table of settings; this is none.")
    pools, tasks, checks = [], {}, {}
    for pool in values.get("pools") or []:
        if not isinstance(pool, dict):
            raise SettingsError(f"{path}: 'pools' is a list of tables of settings.")
        own = dict(pool)
        tables = own.pop("tasks", [])
        named = [tables] if isinstance(tables, str) else tables
        if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
            raise SettingsError(f"{path}: 'tasks' of a pool names a file or a list of files.")
        rows = [row for one in named for row in task_rows(path.parent / one)]
        tasks[str(own.get("name"))] = task_rows(rows) if len(named) > 1 else rows
        if "checks" in own:
            where = f"{path}, 'checks' of the pool '{own.get('name')}'"
            checks[str(own.get("name"))] = parsed(ChecksSpec, own.pop("checks"), where=where)
        pools.append(own)
    spec = parsed(ProjectSpec, {**values, "pools": pools} if "pools" in values else values, where=str(path))
    return ProjectFile(spec, {name: rows for name, rows in tasks.items() if rows}, checks)


def canonical(spec: ProjectSpec) -> dict[str, Any]:
    """Return a project as a server keeps it, every default filled in, so that two can be compared.

    Raises:
        PalateError: A setting does not fit.
    """
    found = spec.model_dump(mode="json")
    found["title"] = spec.title or spec.name
    found["template_settings"] = from_settings(spec.template, spec.template_settings).to_settings()
    found["quality_rules"] = [QualityRule.from_mapping(rule).as_mapping() for rule in spec.quality_rules]
    for pool, own in zip(spec.pools, found["pools"], strict=True):
        own["page_mix"] = PageMix.from_mapping({**pool.page_mix, "kind": pool.kind}).as_mapping()
        own["audience"] = Audience.from_mapping(pool.audience).as_mapping()
        own["quality_rules"] = [QualityRule.from_mapping(rule).as_mapping() for rule in pool.quality_rules]
        own["reward"] = f"{pool.reward:.4f}"
        own["budget"] = None if pool.budget is None else f"{pool.budget:.4f}"
    plain: dict[str, Any] = json.loads(json.dumps(found))
    return plain


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[str]:
    """Return in lines what applying a project would change; ``before`` is None where it is not there yet.

    >>> changes({"name": "a", "language": "en"}, {"name": "a", "language": "de"})
    ["language: 'en' -> 'de'"]
    """
    if before is None:
        pools = [pool["name"] for pool in after.get("pools", [])]
        return [f"new project '{after['name']}'", *(f"new pool '{name}'" for name in pools)]
    found = _changed(before, after, "")
    there = {pool["name"]: pool for pool in before.get("pools", [])}
    for pool in after.get("pools", []):
        if pool["name"] not in there:
            found.append(f"new pool '{pool['name']}'")
        else:
            found += _changed(there[pool["name"]], pool, f"pool '{pool['name']}': ")
    return found


def as_toml(values: Mapping[str, Any]) -> str:
    """Return settings as TOML; what is empty is left out.

    >>> print(as_toml({"name": "a", "pools": [{"name": "b", "reward": "0.05"}]}), end="")
    name = "a"
    <BLANKLINE>
    [[pools]]
    name = "b"
    reward = "0.05"
    """
    plain = [
        f"{name} = {_literal(value)}"
        for name, value in values.items()
        if not _is_tables(value) and _said(value)
    ]
    parts = ["\n".join(plain)]
    for name, value in values.items():
        if _is_tables(value):
            parts += [
                "\n".join(
                    [
                        f"[[{name}]]",
                        *(f"{key} = {_literal(inner)}" for key, inner in one.items() if _said(inner)),
                    ]
                )
                for one in value
            ]
    return "\n\n".join(parts) + "\n"


def _values(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: the file is not UTF-8 text ({error.reason}).") from error
    suffix = path.suffix.casefold()
    if suffix not in {".toml", ".json", ".yaml", ".yml"}:
        raise SettingsError(f"{path}: a project's file ends in .toml, .json or .yaml.")
    if suffix in {".yaml", ".yml"}:
        return _yaml(text, path)
    try:
        return tomllib.loads(text) if suffix == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: this is not {suffix[1:].upper()}: {error}.") from error


def _yaml(text: str, path: Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: this is not YAML: {error}.") from error


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], where: str) -> list[str]:
    skipped = {"pools"}
    return [
        f"{where}{name}: {_short(before.get(name))} -> {_short(value)}"
        for name, value in after.items()
        if name not in skipped and before.get(name) != value
    ]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 70 else f"{text[:69]}…"


def _said(value: Any) -> bool:
    return value not in (None, "", [], {})


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _literal(value: Any) -> str:
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{_bare(k)} = {_literal(v)}" for k, v in value.items() if v is not None) + " }"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(one) for one in value) + "]"
    if isinstance(value, str) and "\n" in value:
        escaped = json.dumps(value, ensure_ascii=False)[1:-1].replace("\\n", "\n")
        return f'"""\n{escaped}"""'
    return json.dumps(value, ensure_ascii=False)


def _bare(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)
