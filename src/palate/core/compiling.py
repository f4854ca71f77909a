"""Hot loops as machine code. Importing this imports numba, which takes a third of a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

__all__ = ["compiled", "inlined"]

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def compiled(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Compile to machine code that releases the interpreter's lock; numba's own decorator has no types."""
    machine: Any
    try:
        machine = numba.njit(nogil=True, error_model="numpy", cache=True)(function)
    except RuntimeError:  # nowhere to keep what is compiled, as on a read-only disk
        machine = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("Callable[_Arguments, _Result]", machine)


def inlined(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Write a function out wherever a compiled one calls it: a call in a hot loop can halve its speed."""
    machine: Any = numba.njit(error_model="numpy", inline="always")(function)
    return cast("Callable[_Arguments, _Result]", machine)
