"""What was learned from a crowd, as one file."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from palate.core.archive import Archive, read_archive, write_archive
from palate.core.errors import InputError, OutputError
from palate.learning.crowds._classifiers import Trained, TrainedNetwork
from palate.learning.crowds._descent import History
from palate.learning.crowds._found import CrowdResult
from palate.learning.crowds._networks import SmallNetwork, made_network, quiet_torch
from palate.learning.crowds.registry import crowd_learners

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

__all__ = ["load_crowd", "save_crowd"]

_FORMAT = "palate crowd 1"
_ARRAYS = ("from_features", "from_all", "answered", "confusion", "answers_each")
_COLUMNS = ("label_values", "annotator_ids", "task_ids")


def save_crowd(result: CrowdResult, path: Path) -> None:
    """Write a result to one file, whole or not at all: a zip archive of JSON, Parquet and numpy arrays.

    Raises:
        OutputError: The file cannot be written, or the classifier is no network.
    """
    classifier = result.classifier
    if classifier is not None and not isinstance(classifier, TrainedNetwork):
        raise OutputError(
            f"{path} cannot hold a classifier that is no network without pickle, which runs whatever a file says. Save"
            " the labels and what is known of annotators (to_dict), or learn with a network."
        )
    settings = result.settings
    header = {
        "format": _FORMAT,
        "method": crowd_learners.name_of(settings),
        "settings": {f.name: getattr(settings, f.name) for f in fields(settings)},
        "seed": result.seed,
        "history": result.history.to_dict(),
        "notes": list(result.notes),
        "feature_names": list(result.feature_names),
        "feature_shape": list(result.feature_shape),
        "learned": classifier is not None,
        "small_network": classifier.maker.to_dict() if classifier and classifier.maker else None,
    }
    arrays = {name: np.asarray(getattr(result, name)) for name in _ARRAYS}
    if result.weights is not None:
        arrays["weights"] = result.weights
    if classifier is not None:
        state = classifier.network.state_dict()
        arrays |= {f"network/{name}": tensor.numpy() for name, tensor in state.items()}
    write_archive(path, header, {name: getattr(result, name) for name in _COLUMNS}, arrays)


def load_crowd(
    path: str | Path,
    network: torch.nn.Module | Callable[[Any, int], torch.nn.Module] | None = None,
) -> CrowdResult:
    """Return what :meth:`CrowdResult.save` wrote; it foretells the same, to the last bit.

    Args:
        path: The file.
        network: Of the same layers as the one that learned, any weights, or the function that made it: a file holds
            numbers, not code. :class:`SmallNetwork` needs none.

    Raises:
        InputError: There is no such file, it is damaged or no such result, or the network does not fit.
        PalateError: torch is not installed.
    """
    advice = "Choose a file that CrowdResult.save wrote."
    return read_archive(
        Path(path),
        _FORMAT,
        lambda archive: _restored(archive, network, str(path)),
        what="saved result of learning from a crowd",
        advice=advice,
    )


def _restored(archive: Archive, network: Any, where: str) -> CrowdResult:
    header = archive.header
    parts: dict[str, Any] = {name: archive.column(name) for name in _COLUMNS}
    parts |= {name: archive.array(name) for name in _ARRAYS}
    if parts["from_features"].shape != (len(parts["task_ids"]), len(parts["label_values"])):
        raise ValueError("its parts do not fit one another")
    history = header["history"]
    return CrowdResult(
        settings=crowd_learners.create(header["method"], header["settings"]),
        seed=int(header["seed"]),
        history=History(
            tuple(history["loss"]), tuple(history["held_out_loss"]), history["warm_start"], history["best"]
        ),
        notes=tuple(header["notes"]),
        feature_names=tuple(header["feature_names"]),
        feature_shape=tuple(header["feature_shape"]),
        weights=archive.array("weights") if "weights" in archive else None,
        classifier=_network(archive, network, where) if header["learned"] else None,
        **parts,
    )


def _network(archive: Archive, given: Any, where: str) -> Trained:
    made, small = given, None
    if archive.header["small_network"] is not None:
        settings = archive.header["small_network"]
        made = small = SmallNetwork(tuple(settings["hidden"]), settings["dropout"])
    if made is None:
        raise InputError(
            "The network that learned was your own: give one of the same layers, load_crowd(path, network).",
            where=where,
        )
    values = np.zeros((2, *archive.header["feature_shape"]))
    n_labels = archive.array("from_features").shape[1]
    with quiet_torch(0, 1, "A saved network"):
        import torch

        network = made_network(made, values, n_labels)
        state = {name: torch.from_numpy(array) for name, array in archive.named("network/", None).items()}
        network.load_state_dict(state)
    return TrainedNetwork(network, small)
