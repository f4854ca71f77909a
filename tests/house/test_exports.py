from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import is_dataclass

import pytest
from repository import module_names, registries

APART = {
    "palate.__main__",
    "palate._version",
    "palate.server.settings",  # all of its names are Django's
}
MODULES = [name for name in module_names() if name not in APART and ".migrations" not in name]
METHODS = [(registry, name) for registry in registries() for name in registry.names()]


def method_ids(value):
    return value if isinstance(value, str) else getattr(value, "package", None)


def submodules(package):
    return {module.name for module in pkgutil.iter_modules(getattr(package, "__path__", []))}


def is_documented(name, value):
    """Return whether a class or function has a docstring of its own; constants say theirs in the source."""
    if not (inspect.isclass(value) or inspect.isroutine(value)):
        return True
    text = value.__dict__.get("__doc__") if inspect.isclass(value) else value.__doc__
    written_by_dataclass = (
        inspect.isclass(value) and is_dataclass(value) and (text or "").startswith(f"{name}(")
    )
    return bool(text) and not written_by_dataclass


@pytest.mark.parametrize("name", MODULES)
def test_module_says_what_is_public(name):
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    is_package = hasattr(module, "__path__")
    names = getattr(module, "__all__", [] if is_package else None)
    assert names is not None, f"{name} has no __all__"
    assert len(set(names)) == len(names), f"{name}.__all__ repeats a name"
    missing = [public for public in names if not hasattr(module, public)]
    assert not missing, f"{name}.__all__ names what is not there: {missing}"
    bare = [public for public in names if not is_documented(public, getattr(module, public))]
    assert not bare, f"{name} has public names without docstring: {bare}"


@pytest.mark.parametrize("name", MODULES)
def test_no_public_name_is_also_a_module(name):
    """Importing the module would put it in the name's place."""
    module = importlib.import_module(name)
    lazy = set(getattr(module, "__all__", [])) & submodules(module)
    assert not {public for public in lazy if not inspect.ismodule(getattr(module, public))}


@pytest.mark.parametrize(("registry", "name"), METHODS, ids=method_ids)
def test_method_is_exported_frozen_and_made_without_settings(registry, name):
    cls = registry.get(name)
    package = importlib.import_module(registry.package)
    assert cls.__name__ in package.__all__, f"{registry.package} does not export {cls.__name__}"
    assert getattr(package, cls.__name__) is cls
    module = importlib.import_module(cls.__module__)
    assert module.__all__[0] == cls.__name__, f"{cls.__module__}.__all__ must list {cls.__name__} first"
    assert is_dataclass(cls), f"{cls.__name__} is no dataclass"
    assert cls.__dataclass_params__.frozen, f"{cls.__name__} is not frozen"
    settings = (
        {"cutoff": 10} if getattr(cls, "needs_cutoff", False) else {}
    )  # the one setting without a default
    assert registry.create(name, settings) == cls(**settings)
    assert hash(cls(**settings)) == hash(cls(**settings))
    assert registry.name_of(cls(**settings)) == name


def test_every_registry_has_methods():
    families = registries()
    assert len(families) >= 8
    empty = [registry.package for registry in families if not registry.names()]
    assert not empty
