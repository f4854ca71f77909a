"""What ``palate recommend`` and ``palate tune`` share: options of features, and settings of recommenders in a file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from palate.core.atomic import replace_file
from palate.core.errors import OutputError, SettingsError

__all__ = [
    "FeatureSeparator",
    "ItemFeatures",
    "UserFeatures",
    "check_options_path",
    "read_options",
    "unused_features",
    "write_options",
]

UserFeatures = Annotated[
    str | None,
    typer.Option(
        "--user-features",
        help="Features of users, for two_tower: a column user, and any others.",
        show_default=False,
    ),
]
ItemFeatures = Annotated[
    str | None,
    typer.Option(
        "--item-features",
        help="Features of items, for two_tower, watch_time, content and hybrid: a column item, and any others.",
        show_default=False,
    ),
]
FeatureSeparator = Annotated[
    str | None,
    typer.Option(
        "--separator", help="Where one text names several features: what is between.", show_default=False
    ),
]

_SUFFIXES = {".toml", ".json"}


def unused_features(model: str, settings: Mapping[str, Any], given: Mapping[str, str | None]) -> list[str]:
    """Say of which features that were given a recommender learns nothing.

    Args:
        model: The recommender's name.
        settings: Its own.
        given: The files of features, by ``user`` and ``item``; None where there is none.
    """
    from palate.recommend import recommenders

    used = recommenders.create(model, settings).features_used
    kinds = [kind for kind, file in given.items() if file is not None and kind not in used]
    return [f"{model} learns nothing from features of {kind}s." for kind in kinds]


def check_options_path(path: Path | None) -> None:
    """Refuse a name that says neither TOML nor JSON, before anything is computed.

    Raises:
        OutputError: It does.
    """
    if path is not None and path.suffix.casefold() not in _SUFFIXES:
        raise OutputError(f"Cannot write settings to {path}: name it .toml or .json.")


def write_options(path: Path, name: str, settings: Mapping[str, Any], comment: str) -> None:
    """Write a recommender's settings as the section ``[recommend.options.<name>]`` of ``palate.toml``, or as JSON of that form.

    Raises:
        OutputError: The file cannot be written there.
    """
    check_options_path(path)
    given = {
        key: value for key, value in settings.items() if value is not None
    }  # TOML has no word for nothing
    if path.suffix.casefold() == ".json":
        text = json.dumps({"recommend": {"options": {name: given}}}, indent=2, ensure_ascii=False) + "\n"
    else:
        from palate.study.settings_file import settings_text

        section = f"recommend.options.{name}"
        tables = {section: {key: value for key, value in given.items() if not isinstance(value, Mapping)}}
        tables |= {
            f"{section}.{key}": dict(value) for key, value in given.items() if isinstance(value, Mapping)
        }
        text = settings_text(tables, {section: comment})
    with replace_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_options(path: Path | None) -> dict[str, dict[str, Any]]:
    """Return the settings of each recommender in the file; none without one.

    Raises:
        SettingsError: The file cannot be read, or has no section ``[recommend.options.…]``.
    """
    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if path.suffix.casefold() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"{path}: the file cannot be read: {error.strerror}.") from error
    except ValueError as error:  # of TOML, of JSON and of UTF-8
        raise SettingsError(f"{path}: this is neither TOML nor JSON: {error}.") from error
    for key in ("recommend", "options"):
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict) or not all(isinstance(options, dict) for options in found.values()):
        raise SettingsError(
            f"{path}: expected settings in sections such as [recommend.options.als], as 'palate tune -o best.toml' writes"
            " them."
        )
    return found
