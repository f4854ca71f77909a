"""The steps of the loop, in order; each file holds one."""

from __future__ import annotations

from palate.study.step import Step
from palate.study.steps.aggregate import aggregate_step
from palate.study.steps.ask import ask_step
from palate.study.steps.evaluate import evaluate_step
from palate.study.steps.learn import learn_step
from palate.study.steps.read import READ
from palate.study.steps.recommend import RECOMMEND
from palate.study.steps.report import report_step
from palate.study.steps.sample import sample_step
from palate.study.steps.split import SPLIT

__all__ = ["steps_of"]


def steps_of(rounds: int) -> tuple[Step, ...]:
    """Return the steps of a study of so many rounds, in order.

    Every round ends with a ranker that learned from it, which the next round judges; the last round ends
    with its verdict. A study of one round learns, too: nobody is asked about what that ranker changes.

    >>> [step.name for step in steps_of(2)][3:]
    ['sample', 'ask', 'aggregate', 'evaluate', 'learn', 'sample-2', 'ask-2', 'aggregate-2', 'evaluate-2', 'report']
    """
    loop: list[Step] = []
    for number in range(1, rounds + 1):
        loop += [sample_step(number), ask_step(number), aggregate_step(number), evaluate_step(number)]
        if number < max(rounds, 2):
            loop.append(learn_step(number))
    return (READ, SPLIT, RECOMMEND, *loop, report_step(rounds))
