"""A ranker that has learned, as a folder: the model itself and a card that says what it is and how good."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import polars as pl

from palate.core.atomic import replace_directory
from palate.core.errors import InputError, OutputError
from palate.learning._card_text import card_text
from palate.learning._contributions import Contributions
from palate.learning._cross_fit import CrossFit
from palate.learning._declared import declared_features, feature_gaps
from palate.learning.base import FittedRanker
from palate.learning.registry import rankers

__all__ = ["LearnedRanker", "ModelCard", "SavedModel", "load_model", "read_card", "save_model"]

_FORMAT = "palate model 1"
_CARD, _TEXT, _MODEL = "card.json", "card.md", "model.txt"


@dataclass(frozen=True)
class ModelCard:
    """What a learned ranker is, what it rests on, and how good it was on queries that it had not seen.

    Args:
        objective: The ranker's registered name.
        settings: Its settings.
        seed: Of learning and of the parts of cross-fitting.
        folds: In how many parts queries were held out.
        judged_rows: How many judged rows it learned from.
        features: In the ranker's order; of each its name as ``feature``, ``source``, ``meaning``, the share of rows where it is
            ``missing``, its ``importance`` and, where known, its ``mean_contribution``.
        data: The hash of each file it rests on, by the file's part in it, such as ``runs a.trec``.
        measured: Of the ranker and of each system it learned from: ``system, measure, value, low, high, queries``.
        verdict: What sets it apart from the best of these, a sentence; empty if there is none.
        notes: What a reader must know beside the numbers.
        versions: Of the packages it was learned with.
    """

    objective: str
    settings: Mapping[str, Any]
    seed: int
    folds: int
    judged_rows: int
    features: Sequence[Mapping[str, Any]]
    data: Mapping[str, str] = field(default_factory=dict)
    measured: Sequence[Mapping[str, Any]] = ()
    verdict: str = ""
    notes: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        fit: CrossFit,
        table: pl.DataFrame,
        *,
        seed: int,
        data: Mapping[str, str] | None = None,
        measured: pl.DataFrame | None = None,
        verdict: str = "",
        contributions: Contributions | None = None,
        notes: Sequence[str] = (),
    ) -> ModelCard:
        """Return the card of what cross-fitting found.

        Args:
            fit: As :func:`cross_fit` returns it.
            table: The features it learned from.
            seed: As given to :func:`cross_fit`.
            data: The hash of each file.
            measured: The summary of :func:`palate.measures.evaluate` on its runs and others.
            verdict: The sentence that compares it.
            contributions: As :func:`contributions_of` returns them.
            notes: Further notes.
        """
        shares = fit.ranker.importance()
        means = (
            {}
            if contributions is None
            else dict(zip(contributions.features, contributions.mean, strict=True))
        )
        features = [
            {**row, "importance": shares[row["feature"]]}
            | ({"mean_contribution": float(means[row["feature"]])} if means else {})
            for row in declared_features(table).iter_rows(named=True)
            if row["feature"] in shares
        ]
        return cls(
            rankers.name_of(fit.settings),
            asdict(fit.settings),
            seed,
            int(fit.folds["fold"].max()),  # type: ignore[arg-type]  # a column of whole numbers
            fit.judged_rows,
            features,
            dict(data or {}),
            [] if measured is None else measured.to_dicts(),
            verdict,
            tuple(dict.fromkeys([*fit.notes, *feature_gaps(table), *notes])),
            _versions(),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the card as JSON holds it."""
        return {"format": _FORMAT, **{part.name: getattr(self, part.name) for part in fields(self)}}


@dataclass(frozen=True)
class LearnedRanker:
    """What ``palate learn`` found, as its page shows it.

    Args:
        card: The model's card.
        contributions: What features add to scores; None where exact ones are not known.
    """

    card: ModelCard
    contributions: Contributions | None = None


@dataclass(frozen=True)
class SavedModel:
    """A model read back.

    Args:
        ranker: It scores as it did before it was saved.
        card: What it is.
    """

    ranker: FittedRanker
    card: ModelCard


def save_model(ranker: FittedRanker, card: ModelCard, path: str | Path) -> None:
    """Write a folder with ``model.txt``, ``card.json`` and ``card.md``, whole or not at all; nothing in it is pickled.

    A folder that holds a model is replaced; one that holds anything else is left alone.

    Raises:
        OutputError: The folder cannot be written, or holds something else.
    """
    target = Path(path)
    if target.is_dir() and any(target.iterdir()) and not (target / _CARD).is_file():
        raise OutputError(
            f"Cannot write the model to {target}: the folder holds other files. Name a new or an empty folder."
        )
    with replace_directory(target) as folder:
        ranker.save(folder / _MODEL)
        text = json.dumps(card.to_dict(), ensure_ascii=False, indent=1, default=_plain) + "\n"
        (folder / _CARD).write_text(text, encoding="utf-8")
        (folder / _TEXT).write_text(card_text(card.to_dict()), encoding="utf-8")


def load_model(path: str | Path) -> SavedModel:
    """Return the model in a folder that :func:`save_model` wrote.

    Raises:
        InputError: There is no such folder, or its card or model is missing, damaged or no such thing.
        UnknownNameError: Its objective is not installed.
    """
    card = read_card(path)
    settings = {name: tuple(v) if isinstance(v, list) else v for name, v in card.settings.items()}
    return SavedModel(rankers.create(card.objective, settings).load(Path(path) / _MODEL), card)


def read_card(path: str | Path) -> ModelCard:
    """Return the card alone of the model in a folder that :func:`save_model` wrote.

    Raises:
        InputError: There is no such folder, or its card is missing, damaged or no such thing.
    """
    file = Path(path) / _CARD
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"There is no model here: {error.strerror}. Name the folder that palate learn -o wrote.",
            where=str(file),
        ) from error
    except ValueError as error:
        raise _not_ours(file) from error
    if not isinstance(found, dict) or found.pop("format", None) != _FORMAT:
        raise _not_ours(file)
    if found.keys() != {part.name for part in fields(ModelCard)} or not isinstance(found["settings"], dict):
        raise _not_ours(file)
    return ModelCard(**found)


def _not_ours(file: Path) -> InputError:
    return InputError(
        "The file is damaged or no model's card. Name the folder that palate learn -o wrote.", where=str(file)
    )


def _plain(value: Any) -> Any:
    """Return numpy's numbers as Python's."""
    return value.item()


def _versions() -> dict[str, str]:
    found = {}
    for package in ("palate", "lightgbm", "numpy", "polars", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
