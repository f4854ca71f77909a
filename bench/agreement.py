"""How long does saying how far annotators agree take? Krippendorff's alpha beside its peers (if installed), same answers.

See ``_crowds.py`` for the answers and ``_beside.py`` for what is measured. The peers are the count path of
``krippendorff``, which is given how often each task was given each label and need not count (ours counts, from ids; in a
row of its own the peer's counts are made with numpy, likewise from ids), and Crowd-Kit's ``alpha_krippendorff``. Neither
has an interval; ours is timed with 39 resamples, the fewest that an interval of 95% needs, and with 1,000.

    python bench/agreement.py [words of a title ...]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from _beside import Row, Work

FEWEST = 39


def ours(name: str, **settings: Any) -> Callable[[Any], Any]:
    def work(answers: Any) -> Any:
        from palate.agreement import agreement_coefficients

        return agreement_coefficients.create(name, settings).measure(answers).value

    return work


def counted(answers: Any) -> Callable[[], Any]:
    import krippendorff

    counts = _counts(answers)
    return lambda: krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")


def counting(answers: Any) -> Callable[[], Any]:
    import krippendorff

    return lambda: krippendorff.alpha(value_counts=_counts(answers), level_of_measurement="nominal")


def _counts(answers: Any) -> np.ndarray:
    tasks, task_codes = np.unique(answers["task"].to_numpy(), return_inverse=True)
    labels, label_codes = np.unique(answers["label"].to_numpy(), return_inverse=True)
    cells = np.bincount(task_codes * len(labels) + label_codes, minlength=len(tasks) * len(labels))
    return cells.reshape(len(tasks), len(labels))


def crowd_kit(answers: Any) -> Callable[[], Any]:
    from crowdkit.metrics.data import alpha_krippendorff

    frame = answers.rename(columns={"annotator": "worker"})
    return lambda: alpha_krippendorff(frame)


def _quick(name: str) -> Work:
    return Work(ours(name, resamples=FEWEST))


WORK = {
    "alpha": Work(
        ours("krippendorff_alpha", resamples=FEWEST), {"krippendorff": counted, "crowdkit": crowd_kit}
    ),
    "alpha_counting": Work(ours("krippendorff_alpha", resamples=FEWEST), {"krippendorff": counting}),
    "alpha_1000": Work(ours("krippendorff_alpha")),
    **{name: _quick(name) for name in ("cohen_kappa", "fleiss_kappa", "gwet_ac", "brennan_prediger")},
}
"""By name, what is timed."""

ALPHA = "Krippendorff’s α"
MILLION = 1_000_000
ROWS = (
    Row(
        "agreement", "alpha", f"{ALPHA}; the peer is given the counts", MILLION, peer="krippendorff", ratio=1
    ),
    Row("agreement", "alpha_counting", f"{ALPHA}; the peer counts, too", MILLION, peer="krippendorff"),
    Row("agreement", "alpha", ALPHA, MILLION, peer="crowdkit", ratio=30),
    Row("agreement", "alpha_1000", f"{ALPHA}, 1,000 resamples", MILLION),
    *(
        Row("agreement", name, f"{name}, {FEWEST} resamples", MILLION)
        for name in WORK
        if not name.startswith("alpha")
    ),
)

if __name__ == "__main__":
    from _table import print_rows

    print_rows(ROWS, sys.argv[1:])
