"""Ask people on Toloka, by its public API."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from palate.core.errors import PalateError, SettingsError
from palate.core.randomness import Seed
from palate.core.settings import check_counts
from palate.platforms._estimate import Bonus
from palate.platforms._html import Drawing
from palate.platforms._posted import PostedPlatform, Standing, collected
from palate.platforms._questions import Questions, pool_mark, questions_of
from palate.platforms._right import golden_counts
from palate.platforms._service import Service, ServiceRefusedError, check_address
from palate.platforms._toloka_api import TolokaApi
from palate.platforms._toloka_pool import Terms, pool_body, project_body, task_bodies, task_name
from palate.platforms.base import Pool

__all__ = ["Toloka"]

_TOKEN = "TOLOKA_TOKEN"  # noqa: S105 (the variable's name)
_FINISHED = {"COMPLETED", "MANUAL"}


@dataclass(frozen=True)
class Toloka(PostedPlatform):
    """Toloka. It mixes golden tasks into pages, weighs answers by the skill they show, and asks on where they disagree.

    The key comes from the environment variable ``TOLOKA_TOKEN``, never from settings. What is repeated after a crash
    is done once: projects and pools are found again by a mark, tasks and bonuses are sent as operations with an id.

    Args:
        url: Where its API is.
        seconds_per_page: How long people have for a page.
        days: How long the pool may stay open.
        review_days: How long pages may wait for review, which comes with the next look; 0 accepts them at once.
        confidence: A task with golden tasks beside it is asked on, up to ``overlap_max``, until its leading label is
            this sure.
        least_right: Who has a smaller share of golden answers right, after five of them, is kept from the project, and
            with ``review_days`` their pages are rejected and asked anew; 0 keeps nobody.
        languages: Codes of languages, one of which people must speak; empty: any.
        fee_share: What Toloka takes on top, as a share of the reward: see your contract.
        least_fee: What it takes at least for a page, US dollars.
        site: Where paths such as /media/shoe.jpg are found.
    """

    pays_bonuses: ClassVar[bool] = True

    url: str = "https://toloka.dev"
    seconds_per_page: int = 900
    days: int = 30
    review_days: int = 0
    confidence: float = 0.9
    least_right: float = 0.5
    languages: tuple[str, ...] = ()
    fee_share: Decimal | float | str = "0.3"
    least_fee: Decimal | float | str = "0.005"
    site: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_address(self.url)
        Drawing(self.site)
        check_counts(seconds_per_page=self.seconds_per_page, days=self.days)
        if not 0.5 < self.confidence < 1:
            raise SettingsError(f"'confidence' must be above 0.5 and below 1; it is {self.confidence:g}.")
        if not 0 <= self.least_right < 1 or not 0 <= self.review_days <= 21:
            raise SettingsError("'least_right' must be from 0 to below 1, and 'review_days' from 0 to 21.")
        self._fee(Decimal(1))

    def publish(self, pool: Pool, *, seed: Seed = 0) -> None:  # noqa: ARG002 (Toloka draws who sees what)
        """Make the project, the pool and its tasks, as far as they are not there, and open the pool.

        Raises:
            SettingsError: There is no key.
            InputError: The pool cannot be shown.
            PalateError: Toloka cannot be reached, or refuses.
        """
        memory = self.memory(pool)
        if memory.get("opened"):
            return
        questions, mark = questions_of(pool, self.language), pool_mark(pool)
        bodies = list(task_bodies(pool, "", questions, mark, Drawing(self.site)))
        api = self._api()
        if memory.get("pool") is None:
            memory.note(**self._made(api, pool, questions))
        number = memory.get("pool")
        there = {task["input_values"]["task"] for task in api.rows("/tasks", pool_id=number)}
        missing = [
            {**body, "pool_id": number} for body in bodies if body["input_values"]["task"] not in there
        ]
        api.send("/tasks", missing, key=mark)
        api.switch(number, "open")
        memory.note(opened=True)

    def standing(self, pool: Pool) -> Standing:
        """Return the pages that came; those that wait are accepted or rejected.

        Raises:
            PalateError: Toloka cannot be reached, or refuses.
        """
        api, memory = self._api(), self.memory(pool)
        number, questions = memory.get("pool"), questions_of(pool, self.language)
        found = api.get(f"/pools/{number}")
        sent = self._accepted(api, number, questions, pool)
        rows = [
            (
                task,
                page["user_id"],
                label,
                _seconds(page) / len(page["tasks"]),
                _time(page["submitted"]),
                page["id"],
            )
            for page, labels in sent
            for task, label in labels.items()
        ]
        had: dict[str, int] = {}
        for row in rows:
            had[row[0]] = had.get(row[0], 0) + 1
        real = [task for task in questions.inputs if task not in questions.golden]
        rewards = [Decimal(str(page["reward"])) for page, _ in sent]
        bonuses = [Decimal(amount) for amount in memory.get("bonuses", {}).values()]
        cost = sum((amount + self._fee(amount) for amount in [*rewards, *bonuses]), Decimal(0))
        reason = found.get("last_close_reason", "")
        closed = found["status"] in {"CLOSED", "ARCHIVED"}
        return Standing(
            collected(rows, pool, pages=len(sent), cost=cost),
            answers=sum(min(had.get(task, 0), pool.overlap) for task in real),
            wanted=pool.overlap * len(real),
            done=closed and reason in _FINISHED and not memory.get("paused") and bool(rows),
            stalled=closed,
            waiting_for=f"The pool {number} is closed on Toloka ({reason}); open it there." if closed else "",
        )

    def pause(self, pool: Pool) -> None:
        """Close the pool; pages that people hold can be sent."""
        memory = self.memory(pool)
        memory.note(paused=True)
        self._api().switch(memory.get("pool"), "close")

    def resume(self, pool: Pool) -> None:
        """Open the pool again."""
        memory = self.memory(pool)
        self._api().switch(memory.get("pool"), "open")
        memory.note(paused=False)

    def pay(self, pool: Pool, bonuses: Sequence[Bonus]) -> Decimal:
        """Give bonuses; return what was given now, without fees.

        Raises:
            PalateError: Toloka cannot be reached, or refuses.
        """
        api, memory = self._api(), self.memory(pool)
        comment = f"palate {pool_mark(pool)}"
        there = {str(one["user_id"]) for one in api.rows("/user-bonuses", private_comment=comment)}
        given = Decimal(0)
        for one in bonuses:
            if not one.bonus or one.annotator in memory.get("bonuses", {}):
                continue
            if one.annotator not in there:
                body = {
                    "user_id": one.annotator,
                    "amount": float(one.bonus),
                    "private_comment": comment,
                    "without_message": True,
                }
                api.send("/user-bonuses", [body], key=comment)
                given += one.bonus
            memory.note_in("bonuses", {one.annotator: str(one.bonus)})
        return given

    def page_fee(self, pool: Pool) -> Decimal:
        """Return Toloka's share of a page, by the settings."""
        return self._fee(pool.reward)

    def shortcomings(self, pool: Pool) -> tuple[str, ...]:
        """Return what Toloka cannot do."""
        found = []
        if pool.overlap_max > pool.overlap and (pool.golden is None or not pool.golden_per_page):
            found.append(
                f"Without golden tasks Toloka cannot weigh answers: every task gets {pool.overlap}, not up to"
                f" {pool.overlap_max} where they disagree."
            )
        if pool.template and questions_of(pool, self.language).shuffles_sides:
            found.append("Sides are shuffled for each task, not for each annotator.")
        return tuple(found)

    def _fee(self, amount: Decimal) -> Decimal:
        try:
            share, least = Decimal(str(self.fee_share)), Decimal(str(self.least_fee))
        except ArithmeticError:
            share = least = Decimal(-1)
        if not all(one.is_finite() and one >= 0 for one in (share, least)):
            raise SettingsError("'fee_share' and 'least_fee' must be numbers from 0, such as \"0.3\".")
        return max(share * amount, least)

    def _api(self) -> TolokaApi:
        token = os.environ.get(_TOKEN, "")
        if not token:
            raise SettingsError(
                f"There is no key for Toloka. Make one in your profile there, and set the variable {_TOKEN}."
            )
        return TolokaApi(Service("Toloka", self.url, f"ApiKey {token}"))

    def _made(self, api: TolokaApi, pool: Pool, questions: Questions) -> dict[str, Any]:
        """Return the ids of the project, the skill and the pool."""
        mark = pool_mark(pool)
        project = api.made_once("/projects", project_body(pool, questions, mark), "private_comment")
        skill = None
        if pool.golden is not None and pool.golden_per_page:
            named = {"name": f"palate {mark[:12]}", "hidden": True}
            skill = api.made_once("/skills", named, "name", name=named["name"])
        terms = Terms(
            self.seconds_per_page,
            self.days,
            self.review_days,
            self.confidence,
            self.least_right,
            self.languages,
        )
        body = pool_body(pool, project, mark, terms, skill=skill, now=time.time())
        number = api.made_once("/pools", body, "private_comment", project_id=project)
        return {"project": project, "skill": skill, "pool": number}

    def _accepted(
        self, api: TolokaApi, number: str, questions: Questions, pool: Pool
    ) -> list[tuple[dict[str, Any], Mapping[str, str]]]:
        """Return the accepted pages with their labels, after those that wait were reviewed."""
        names = {task_name(pool_mark(pool), task): task for task in questions.inputs}
        listed = api.rows("/assignments", pool_id=number, status="SUBMITTED,ACCEPTED,REJECTED")
        sent = [(page, _labels(page, names, questions)) for page in listed]
        sent.sort(key=lambda pair: (pair[0]["submitted"], pair[0]["id"]))
        golden = golden_counts(((page["user_id"], labels) for page, labels in sent), questions.golden)
        accepted: list[tuple[dict[str, Any], Mapping[str, str]]] = []
        for page, labels in sent:
            good = not golden[page["user_id"]].is_below(self.least_right)
            if page["status"] == "SUBMITTED":
                verdict = {"status": "ACCEPTED" if good else "REJECTED"}
                why = (
                    "Thank you."
                    if good
                    else "Too many answers to questions whose answer is known were wrong."
                )
                _decide(api, page["id"], {**verdict, "public_comment": why})
            if page["status"] == "ACCEPTED" or (page["status"] == "SUBMITTED" and good):
                accepted.append((page, labels))
        return accepted


def _decide(api: TolokaApi, page: str, verdict: dict[str, str]) -> None:
    try:
        api.change(f"/assignments/{page}", verdict)
    except ServiceRefusedError as error:
        if error.status != 409:  # decided before: the answer was lost, or Toloka accepted it by itself
            raise


def _labels(page: Mapping[str, Any], names: Mapping[str, str], questions: Questions) -> dict[str, str]:
    """Return what somebody chose, by task; tasks without a readable answer are left out."""
    values = {option.value for option in questions.options}
    found = {}
    for asked, solution in zip(page["tasks"], page.get("solutions") or [], strict=False):
        task = names.get(asked["input_values"].get("task", ""))
        chosen = ((solution or {}).get("output_values") or {}).get("label")
        if task is not None and chosen in values:
            found[task] = questions.label(task, chosen, task)
    return found


def _time(text: str) -> float:
    """Return a time of Toloka's, which is UTC, as seconds since 1970."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise PalateError(f"Toloka sent a time that cannot be read: {text!r}.") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _seconds(page: Mapping[str, Any]) -> float:
    return max(0.0, _time(page["submitted"]) - _time(page["created"]))
