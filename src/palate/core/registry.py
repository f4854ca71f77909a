"""Find methods by name: one file a method, the file's name is the method's name.

Third parties add methods through entry points; both kinds answer to the same names in the CLI, the API,
configuration files and stored results.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from palate.core.errors import PalateError, UnknownNameError
from palate.core.settings import check_settings

__all__ = ["Registry", "plain_name"]

T = TypeVar("T")


@dataclass(frozen=True)
class Registry(Generic[T]):
    """The methods of one family.

    Args:
        kind: What one of them is called in messages, such as ``"label aggregator"``.
        package: The package whose public modules each hold one method.
        group: The entry-point group for third parties, such as ``"palate.aggregators"``.
    """

    kind: str
    package: str
    group: str

    def names(self) -> list[str]:
        """Return the names of all methods, sorted, importing none of them."""
        return sorted({*_module_names(self.package), *self._foreign()})

    def get(self, name: str) -> type[T]:
        """Return the class of the method called ``name``; hyphens and capitals do not matter.

        Raises:
            UnknownNameError: There is no such method; the text suggests the nearest.
        """
        plain = plain_name(name)
        if plain in _module_names(self.package):
            return self._class_in(plain)
        foreign = self._foreign()
        if plain in foreign:
            return self._load(foreign[plain])
        raise UnknownNameError(self.kind, name, self.names())

    def create(self, name: str, settings: Mapping[str, Any] | None = None) -> T:
        """Return the method called ``name`` with these settings, others at their defaults.

        Raises:
            UnknownNameError: There is no such method.
            SettingsError: It has no such setting, lacks one it needs, or refuses a value.
        """
        method = self.get(name)
        check_settings(method, settings or {}, f"{self.kind} '{name}'")
        return method(**(settings or {}))

    def __iter__(self) -> Iterator[type[T]]:
        """Iterate over the classes of all methods, in the order of their names."""
        return (self.get(name) for name in self.names())

    def name_of(self, method: T | type[T]) -> str:
        """Return the name under which a method is registered."""
        cls = method if isinstance(method, type) else type(method)
        package, _, module = cls.__module__.rpartition(".")
        if package == self.package:
            return module
        return next((name for name, point in self._foreign().items() if self._is(point, cls)), module)

    def _class_in(self, module_name: str) -> type[T]:
        module = import_module(f"{self.package}.{module_name}")
        public = [getattr(module, name) for name in module.__all__]
        classes = [c for c in public if isinstance(c, type) and c.__module__ == module.__name__]
        return classes[0]

    def _is(self, point: EntryPoint, cls: type) -> bool:
        try:
            return self._load(point) is cls
        except PalateError:  # another's broken method is reported where it is asked for
            return False

    def _load(self, point: EntryPoint) -> type[T]:
        source = f"Entry point '{point.name}' of group '{self.group}' ({point.value})"
        try:
            loaded: type[T] = point.load()
        except (ImportError, AttributeError) as error:
            raise PalateError(f"{source} cannot be loaded: {error}. Mend or remove its package.") from error
        if not isinstance(loaded, type) or not hasattr(loaded, "__dataclass_fields__"):
            raise PalateError(f"{source} is no dataclass of settings: {loaded!r}.")
        return loaded

    def _foreign(self) -> dict[str, EntryPoint]:
        return {plain_name(point.name): point for point in entry_points(group=self.group)}


def plain_name(name: str) -> str:
    """Return ``name`` as methods' files are named: lower case with underscores."""
    return name.strip().casefold().replace("-", "_").replace(" ", "_")


@cache
def _module_names(package: str) -> frozenset[str]:
    """Return the public method modules of a package: not packages, not ``base`` and not ``registry``."""
    path = import_module(package).__path__
    return frozenset(
        m.name
        for m in pkgutil.iter_modules(path)
        if not m.ispkg and not m.name.startswith("_") and m.name not in {"base", "registry"}
    )
