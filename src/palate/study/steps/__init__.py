"""The steps of the loop, in order; each file holds one."""

from __future__ import annotations

from palate.study.step import Step
from palate.study.steps.aggregate import AGGREGATE
from palate.study.steps.ask import ASK
from palate.study.steps.evaluate import EVALUATE
from palate.study.steps.learn import LEARN
from palate.study.steps.read import READ
from palate.study.steps.recommend import RECOMMEND
from palate.study.steps.report import REPORT
from palate.study.steps.sample import SAMPLE
from palate.study.steps.split import SPLIT

__all__ = ["STEPS"]

STEPS: tuple[Step, ...] = (READ, SPLIT, RECOMMEND, SAMPLE, ASK, AGGREGATE, EVALUATE, LEARN, REPORT)
