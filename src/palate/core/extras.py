"""What an extra installs, imported where it is needed, or an error that says which extra to install."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from palate.core.errors import PalateError

__all__ = ["needed"]


def needed(module: str, *, extra: str, for_: str) -> Any:
    """Return the module of an extra.

    Args:
        module: Its name, such as ``"torch"``.
        extra: The extra of Palate that installs it.
        for_: What needs it, as the error says it.

    Raises:
        PalateError: It is not installed.

    >>> needed("json", extra="deep", for_="two_tower").__name__
    'json'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        raise PalateError(
            f"{for_} needs the package {module.partition('.')[0]}, which is not installed. Install it with"
            f" pip install 'palate[{extra}]'."
        ) from error
