"""How many real, golden and training tasks a page has, and in which order they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, Literal, get_args

from palate.asking._draws import draws
from palate.core.errors import SettingsError
from palate.core.settings import check_settings

__all__ = ["GoldenRate", "PageKind", "PageMix", "PagePlan", "page_order", "plan_page"]

PageKind = Literal["main", "training", "exam"]
GoldenRate = tuple[tuple[int, Fraction], ...]
_KINDS = ("real", "golden", "training")


@dataclass(frozen=True)
class PageMix:
    """What the pages of a pool are made of.

    Args:
        real: Real tasks a page.
        golden: Golden tasks a page, hidden among the others.
        training: Training tasks a page.
        minimum_real: With fewer real tasks, no page is handed out.
        minimum_golden: The same for golden tasks; 0 hands out pages to annotators who have seen all golden tasks.
        minimum_training: The same for training tasks.
        last_short_page: Whether a page shorter than the others is handed out when tasks run out.
        shuffle: Whether tasks stand in random order; else real and training tasks keep theirs. Golden tasks
            stand at random places in any case.
        golden_rate: Steps (tasks already done, share of the page that is golden): the share of the last step
            reached takes the place of ``golden``, and the page stays as long as it is. Where the share is no
            whole number of tasks, the number is drawn so that it is right on average. Empty: always ``golden``.
        kind: ``main`` pages hold at least one real task, ``training`` pages training tasks only and ``exam``
            pages golden tasks only.

    Raises:
        SettingsError: The numbers contradict each other.

    >>> PageMix(real=4, golden=1).size
    5
    >>> PageMix.from_mapping({"real": 9, "golden": 1, "golden_rate": [[0, "1/5"], [100, 0.05]]}).rate_at(250)
    Fraction(1, 20)
    """

    real: int = 10
    golden: int = 0
    training: int = 0
    minimum_real: int = 0
    minimum_golden: int = 0
    minimum_training: int = 0
    last_short_page: bool = True
    shuffle: bool = True
    golden_rate: GoldenRate = ()
    kind: PageKind = "main"

    def __post_init__(self) -> None:
        self._check_counts()
        self._check_kind()
        self._check_rate()

    @property
    def size(self) -> int:
        """Tasks a page, of all kinds."""
        return self.real + self.golden + self.training

    def rate_at(self, tasks_done: int) -> Fraction:
        """Return the share of a page that is golden for an annotator who has done ``tasks_done`` tasks."""
        reached = [rate for start, rate in self.golden_rate if start <= tasks_done]
        return reached[-1] if reached else Fraction(self.golden, self.size)

    def as_mapping(self) -> dict[str, Any]:
        """Return the settings as JSON holds them; shares as text such as ``"1/20"``."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**found, "golden_rate": [[start, str(rate)] for start, rate in self.golden_rate]}

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> PageMix:
        """Return the mix that a mapping from JSON or TOML describes; what it leaves out has its default.

        Raises:
            SettingsError: There is no such setting, or a value is not what it should be.
        """
        check_settings(cls, settings, "page mix")
        rate = settings.get("golden_rate", ())
        return cls(**{**settings, "golden_rate": _parsed_rate(rate)})

    def _check_counts(self) -> None:
        for kind in _KINDS:
            most, least = getattr(self, kind), getattr(self, f"minimum_{kind}")
            if min(most, least) < 0:
                raise SettingsError(
                    f"A page cannot hold fewer than 0 {kind} tasks; 'page mix' says {min(most, least)}."
                )
            if least > most and not (kind == "golden" and self.golden_rate):
                raise SettingsError(
                    f"'minimum_{kind}' is {least}, but a page holds at most {most} {kind} tasks ('{kind}')."
                )

    def _check_kind(self) -> None:
        if self.kind not in get_args(PageKind):
            raise SettingsError(
                f"'kind' must be one of {', '.join(get_args(PageKind))}; it is {self.kind!r}."
            )
        held = {kind for kind in _KINDS if getattr(self, kind)}
        only = {"training": "training", "exam": "golden"}.get(self.kind)
        if only is None and not self.real:
            raise SettingsError(
                "A main page needs at least one real task, as a page of golden tasks only shows which they are;"
                " 'real' is 0. Set it, or make the pool an exam or a training."
            )
        if only is not None and held != {only}:
            raise SettingsError(
                f"The pages of {'a training' if only == 'training' else 'an exam'} hold {only} tasks only;"
                f" this mix holds {' and '.join(sorted(held)) or 'none'}. Set '{only}' alone."
            )

    def _check_rate(self) -> None:
        if not self.golden_rate:
            return
        if self.kind != "main":
            raise SettingsError(f"Only main pages have a 'golden_rate'; this is a mix of kind '{self.kind}'.")
        starts = [start for start, _ in self.golden_rate]
        if starts != sorted(set(starts)) or starts[0] != 0:
            raise SettingsError(
                "The steps of 'golden_rate' begin at 0 tasks done and rise;"
                f" they begin at {', '.join(map(str, starts))}."
            )
        most = Fraction(self.size - self.training - max(1, self.minimum_real), self.size)
        if self.minimum_golden > most * self.size:
            raise SettingsError(
                f"'minimum_golden' is {self.minimum_golden}, but a page of {self.size} has room for at most"
                f" {most * self.size} golden tasks."
            )
        wrong = next((rate for _, rate in self.golden_rate if not 0 <= rate <= most), None)
        if wrong is not None:
            raise SettingsError(
                f"A share of 'golden_rate' must be from 0 to {most}, which leaves room for the other tasks of a page"
                f" of {self.size}; one is {wrong}."
            )


@dataclass(frozen=True)
class PagePlan:
    """How many tasks of each kind the next page holds.

    Args:
        real: Real tasks.
        golden: Golden tasks.
        training: Training tasks.
    """

    real: int
    golden: int
    training: int

    @property
    def size(self) -> int:
        """Tasks of all kinds."""
        return self.real + self.golden + self.training


def plan_page(
    mix: PageMix,
    tasks_done: int,
    *,
    available_real: int,
    available_golden: int,
    available_training: int,
    seed: int,
) -> PagePlan | None:
    """Return what the next page of an annotator holds, None where no page can be handed out.

    Where golden tasks are missing, real ones take their places: a page is as much work as the reward says, and
    its length does not tell how many golden tasks it holds. Nothing takes the places of the others.

    Args:
        mix: What pages are made of.
        tasks_done: Tasks that the annotator has done in the pool.
        available_real: Real tasks with an open slot that the annotator may still get.
        available_golden: Golden tasks that the annotator has not seen.
        available_training: Training tasks, likewise.
        seed: The page's, for the number of golden tasks where it is drawn.

    >>> mix = PageMix(real=4, golden=1)
    >>> plan_page(mix, 0, available_real=50, available_golden=10, available_training=0, seed=1)
    PagePlan(real=4, golden=1, training=0)
    >>> plan_page(mix, 0, available_real=0, available_golden=10, available_training=0, seed=1) is None
    True
    """
    training = min(mix.training, available_training)
    golden = min(_golden_wanted(mix, tasks_done, seed), available_golden)
    real = min(mix.size - mix.training - golden, available_real) if mix.real else 0
    plan = PagePlan(real, golden, training)
    least = (max(mix.minimum_real, mix.kind == "main"), mix.minimum_golden, mix.minimum_training)
    too_few = any(found < wanted for found, wanted in zip((real, golden, training), least, strict=True))
    if too_few or plan.size == 0 or (plan.size < mix.size and not mix.last_short_page):
        return None
    return plan


def page_order(n: int, seed: int, keep: int = 0) -> tuple[int, ...]:
    """Return in which order the ``n`` tasks of a page stand: the task at each position, from 0.

    Every task is equally likely to stand anywhere, so that the order does not tell golden tasks from others.

    Args:
        n: Tasks of the page, the real ones first.
        seed: The page's, from a secret: who can guess it can tell where golden tasks stand.
        keep: This many first tasks keep their order among themselves; the others stand anywhere between.

    >>> sorted(page_order(5, seed=7))
    [0, 1, 2, 3, 4]
    >>> [task for task in page_order(6, seed=7, keep=5) if task < 5]
    [0, 1, 2, 3, 4]
    """
    order = list(range(n))
    draws(seed, "page order").shuffle(order)
    kept = iter(range(keep))
    return tuple(next(kept) if task < keep else task for task in order)


def _golden_wanted(mix: PageMix, tasks_done: int, seed: int) -> int:
    if not mix.golden_rate:
        return mix.golden
    wanted = mix.rate_at(tasks_done) * mix.size
    whole = int(wanted)
    drawn = whole + (draws(seed, "golden tasks").random() < wanted - whole)
    return max(drawn, mix.minimum_golden)


def _parsed_rate(steps: object) -> GoldenRate:
    problem = (
        '\'golden_rate\' is a list of steps [tasks already done, share], such as [[0, "1/5"], [100, "1/20"]];'
        f" it is {steps!r}."
    )
    if not isinstance(steps, Iterable) or isinstance(steps, (str, Mapping)):
        raise SettingsError(problem)
    found = []
    for step in steps:
        if not isinstance(step, (list, tuple)) or len(step) != 2 or type(step[0]) is not int:
            raise SettingsError(problem)
        try:
            found.append((step[0], Fraction(str(step[1]))))  # text, so that 0.05 is 1/20
        except (ValueError, ZeroDivisionError):
            raise SettingsError(problem) from None
    return tuple(found)
