"""Read ``palate.toml``; every error names the line and, for an unknown key, the nearest valid one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from palate.core.errors import SettingsError, nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from palate.study.settings import StudySettings

__all__ = ["SETTINGS_FILE", "read_settings", "settings_text"]

SETTINGS_FILE = "palate.toml"
_HEADER = re.compile(r"^\s*\[+\s*(?P<name>[^\]]+?)\s*\]+\s*(#.*)?$")
_KEY = re.compile(r"^\s*(?P<key>[\w.\"'-]+)\s*=")


def read_settings(path: Path) -> StudySettings:
    """Return the settings in the file.

    Raises:
        SettingsError: The file is missing, is no TOML, or holds an unknown key, a wrong type or a bad value;
            the text has one line a problem, each naming the line of the file.
    """
    from pydantic import ValidationError

    from palate.study.settings import StudySettings

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"There is no readable {path}: {error.strerror}. Make a study with 'palate study new DIR'."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: the file is not UTF-8 text ({error.reason}).") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: this is not TOML: {error}.") from error
    try:
        return StudySettings.model_validate(_lists_to_tuples(values))
    except ValidationError as error:
        lines = [_explain(problem, text, path) for problem in error.errors()]
        raise SettingsError("\n".join(dict.fromkeys(lines))) from error


def settings_text(values: dict[str, dict[str, Any]], comments: dict[str, str]) -> str:
    """Return TOML for ``values`` (section → key → value), each section under its comment."""
    import json

    parts = []
    for section, keys in values.items():
        lines = [f"# {comments[section]}"] if section in comments else []
        lines.append(f"[{section}]")
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items()]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _lists_to_tuples(value: Any) -> Any:
    """TOML knows arrays only; settings are frozen, so arrays become tuples."""
    if isinstance(value, dict):
        return {key: _lists_to_tuples(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_lists_to_tuples(item) for item in value)
    return value


def _explain(problem: ErrorDetails, text: str, path: Path) -> str:
    place = _names(problem["loc"])
    line = _line_of(text, place)
    where = f"{path}, line {line}" if line else str(path)
    dotted = ".".join(place)
    if problem["type"] == "extra_forbidden":
        known = _known_keys(place[:-1])
        guess = nearest(place[-1], known)
        hint = f" Did you mean '{guess}'?" if guess else ""
        return f"{where}: there is no setting '{dotted}'.{hint} There are: {', '.join(known)}."
    if problem["type"] == "missing":
        return f"{where}: the setting '{dotted}' is missing."
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return f"{where}: [{dotted}] {message}." if place else f"{where}: {message}."
    return f"{where}: '{dotted}' is {problem['input']!r}; {message[0].lower()}{message[1:]}."


def _names(location: Sequence[int | str]) -> list[str]:
    """Return the keys of a location, less what pydantic adds for positions and alternatives of a type."""
    return [part for part in location if isinstance(part, str) and re.fullmatch(r"[\w-]+", part)][
        : 2 if location and location[0] not in {"recommend", "ask", "aggregate"} else None
    ]


def _known_keys(place: list[str]) -> list[str]:
    from palate.study.settings import StudySettings

    model: Any = StudySettings
    for name in place:
        model = model.model_fields[name].annotation
    return sorted(model.model_fields)


def _line_of(text: str, place: list[str]) -> int | None:
    """Return the line that sets ``place``, or that opens the nearest table around it."""
    table: list[str] = []
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        key = _KEY.match(line)
        if header:
            table = _split(header["name"])
            found = table
        elif key:
            found = table + _split(key["key"])
        else:
            continue
        depth = len(found)
        if found == place[:depth] and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def _split(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
