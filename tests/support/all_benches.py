"""The bench of every platform, for one set of tests."""

from __future__ import annotations

from instant_benches import ModelBench, SimulatedBench
from posted_benches import BENCHES, Bench
from server_bench import ServerBench

__all__ = ["KINDS", "SERVICES"]

KINDS: dict[str, type[Bench]] = {
    **{name: kind for name, (kind, _) in BENCHES.items()},
    "server": ServerBench,
    "simulated": SimulatedBench,
    "model_judge": ModelBench,
}
SERVICES = [name for name, kind in KINDS.items() if "service" not in kind.absent]
"""Those that speak to something that can fail."""
