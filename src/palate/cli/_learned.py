"""Recommenders that have learned, from interactions or from files, for ``palate recommend``."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from palate.cli._options import naming
from palate.core.errors import OutputError, SettingsError

if TYPE_CHECKING:
    import polars as pl

    from palate.recommend import CodedInteractions, FittedRecommender, Recommender, ValueSettings

__all__ = ["Learned", "Tables", "learn_all", "load_all", "save_all"]

_SUFFIX = ".palate"


@dataclass(frozen=True)
class Tables:
    """The files that recommenders learn from."""

    interactions: str
    items: str | None = None
    user_features: str | None = None
    item_features: str | None = None
    separator: str | None = None

    @property
    def named(self) -> AbstractContextManager[None]:
        """Make errors name the file."""
        return naming(
            interactions=self.interactions,
            items=self.items,
            user_features=self.user_features,
            item_features=self.item_features,
        )


@dataclass(frozen=True)
class Learned:
    """A recommender that has learned.

    Args:
        system: What runs call it.
        recommender: Its settings.
        fitted: What it learned.
        known: The interactions as they came, which tell ids and what was seen.
    """

    system: str
    recommender: Recommender
    fitted: FittedRecommender
    known: CodedInteractions


def learn_all(
    settings: dict[str, dict[str, Any]],
    tables: Tables,
    catalogue: pl.DataFrame | None,
    *,
    values: ValueSettings | None,
    seed: int,
) -> list[Learned]:
    """Let every recommender learn.

    Args:
        settings: Of each, by its name.
        tables: Where the interactions and features are.
        catalogue: The items' texts.
        values: What is done to values before anything learns from them.
        seed: For random starts.
    """
    from palate.cli._output import counted, notes, progress_bar
    from palate.cli._recommender_options import unused_features
    from palate.recommend import (
        code_interactions,
        recommenders,
        weigh_interactions,
        with_features,
        with_items,
    )

    chosen = {name: recommenders.create(name, options) for name, options in settings.items()}
    past = code_interactions(tables.interactions)
    with tables.named:
        past = with_features(past, tables.user_features, tables.item_features, separator=tables.separator)
        described = past if catalogue is None else with_items(past, catalogue)
    if any(recommender.needs_items for recommender in chosen.values()):
        with tables.named:
            notes(_without_text(described))
    if values is not None and values.least is not None:
        low = int((past.values < values.least).sum())
        notes(
            [f"{counted(low, 'interaction')} of a value below {values.least:g} not learned from."] * (low > 0)
        )
    learned = []
    for name, recommender in chosen.items():
        of_items = tables.item_features is not None and "item" in recommender.features_used
        known = described if recommender.needs_items or of_items else past
        with tables.named:
            source = known if values is None else weigh_interactions(known, values)
            with progress_bar(f"Learning {name}") as progress:
                fitted = recommender.fit(source, seed=seed, progress=progress)
        notes(
            unused_features(
                name, settings[name], {"user": tables.user_features, "item": tables.item_features}
            )
        )
        notes(fitted.notes)
        learned.append(Learned(recommenders.name_of(recommender), recommender, fitted, known))
    return learned


def load_all(paths: list[Path]) -> list[Learned]:
    """Read recommenders from files, or from all files of a folder that ``save_all`` wrote.

    Raises:
        InputError: One cannot be read.
        SettingsError: A folder holds none, or two have the same name.
    """
    from palate.recommend import load_recommender, recommenders

    files: list[Path] = []
    for path in paths:
        inside = sorted(path.glob(f"*{_SUFFIX}")) if path.is_dir() else [path]
        if not inside:
            raise SettingsError(f"There is no saved recommender (*{_SUFFIX}) in {path}.")
        files += inside
    learned: list[Learned] = []
    for file in files:
        saved = load_recommender(file)
        system = recommenders.name_of(saved.recommender)
        if any(one.system == system for one in learned):
            raise SettingsError(
                f"Two of the saved recommenders are called {system}; {file} is the second. Load one."
            )
        learned.append(Learned(system, saved.recommender, saved.fitted, saved.interactions))
    return learned


def save_all(learned: list[Learned], path: Path) -> None:
    """Write one recommender to a file that is called ``.palate``, or any number to a folder, each by its name.

    Raises:
        OutputError: Several would go to one file, or it cannot be written there.
    """
    from palate.cli._output import say
    from palate.recommend import save_recommender

    to_file = path.suffix == _SUFFIX
    if to_file and len(learned) > 1:
        raise OutputError(
            f"Cannot write {len(learned)} recommenders to {path}: name a folder, such as models/."
        )
    if not to_file:
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"Cannot make the folder {path}: {error.strerror}.") from error
    for one in learned:
        file = path if to_file else path / f"{one.system}{_SUFFIX}"
        save_recommender(one.fitted, file, one.recommender, one.known)
        say(f"{one.system} in {file}")


def _without_text(coded: CodedInteractions) -> list[str]:
    """Say how many items have no words to be recommended by."""
    from palate.cli._output import counted
    from palate.recommend._features import item_texts

    texts = item_texts(coded)[0]
    blank = 0 if texts is None else int((texts == "").sum())
    return [
        f"{counted(blank, 'item')} of {len(coded.item_ids):,} without text: content says nothing of them."
    ] * (blank > 0)
