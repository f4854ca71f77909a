from __future__ import annotations

import importlib
import sys
import textwrap

import pytest

PACKAGE = """
from palate.core.lazy import lazy_exports
__getattr__, __all__ = lazy_exports(__name__, {"Thing": "_thing", "other": "deep.other"})
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package whose modules leave a trace when they are imported."""
    name = f"lazy_example_{tmp_path.name}"
    root = tmp_path / name
    (root / "deep").mkdir(parents=True)
    (root / "__init__.py").write_text(textwrap.dedent(PACKAGE))
    (root / "_thing.py").write_text("class Thing: pass\n")
    (root / "deep" / "__init__.py").write_text("def other(): return 7\n")
    (root / "deep" / "other.py").write_text("def other(): return 8\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module(name)
    for module in [m for m in sys.modules if m.partition(".")[0] == name]:
        del sys.modules[module]


def test_nothing_is_imported_before_it_is_used(package):
    assert f"{package.__name__}._thing" not in sys.modules
    assert package.Thing.__name__ == "Thing"
    assert f"{package.__name__}._thing" in sys.modules
    assert f"{package.__name__}.deep" not in sys.modules


def test_the_same_object_comes_every_time(package):
    assert package.Thing is package.Thing
    assert "Thing" in vars(package), "the second use must not search again"


def test_names_are_listed_sorted(package):
    assert package.__all__ == ["Thing", "other"]
    names = {}
    exec(f"from {package.__name__} import *", names)  # noqa: S102 (that is what a star import is for)
    assert names["other"]() == 8


def test_unknown_attribute_is_the_usual_error(package):
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'thing'"):
        _ = package.thing
    assert not hasattr(package, "__path_of_no_one__")
