from __future__ import annotations

from palate.core.compiling import compiled


def test_kernels_compile_where_nothing_can_be_kept(monkeypatch) -> None:
    from numba.core.caching import CompileResultCacheImpl

    monkeypatch.setattr(CompileResultCacheImpl, "_locator_classes", [])
    twice = compiled(lambda number: 2 * number)
    assert twice(21) == 42
