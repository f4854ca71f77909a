"""Ask people on Amazon Mechanical Turk: a page is a HIT; in the sandbox unless real money is meant."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlsplit

from palate.core.errors import PalateError, SettingsError
from palate.core.hashing import hash_json
from palate.core.randomness import Seed
from palate.core.settings import check_counts
from palate.platforms._estimate import Bonus
from palate.platforms._html import Drawing
from palate.platforms._posted import PostedPlatform, Standing
from palate.platforms._questions import Questions, fixed_pages, pool_mark, questions_of
from palate.platforms._turk_calls import Calls, TurkRefusedError, connected
from palate.platforms._turk_page import question_of
from palate.platforms._turk_review import Review, reviewed
from palate.platforms.base import Pool

__all__ = ["MTurk"]

_PLACES = {
    True: ("https://mturk-requester.us-east-1.amazonaws.com", "https://www.mturk.com"),
    False: ("https://mturk-requester-sandbox.us-east-1.amazonaws.com", "https://workersandbox.mturk.com"),
}
_LOCALE, _APPROVED_SHARE, _APPROVED = "00000000000000000071", "000000000000000000L0", "00000000000000000040"
_DAY = 86_400
_CENT = Decimal("0.01")
_MANY = 10
"""Assignments of one HIT from which MTurk takes more, and beyond which a smaller HIT cannot be extended."""


@dataclass(frozen=True)
class MTurk(PostedPlatform):
    """Mechanical Turk, through boto3 (extra ``mturk``). Credentials come from where boto3 looks, never from settings.

    Every page is one HIT for as many people as the overlap. What is repeated after a crash is done once: HITs carry
    a mark by which they are found again, and every request that costs money a token.

    Args:
        production: Whether real people are asked for real money; else the sandbox is used.
        seconds_per_page: How long people have for a page.
        days: How long pages are on offer; after that, the next run offers them again.
        approve_after_days: When MTurk approves a page by itself, should nobody have reviewed it.
        countries: Two-letter codes of where people may live; empty: anywhere.
        least_approval: Percent of a person's earlier pages, anybody's, that must have been approved.
        least_approved: How many of them there must be.
        exam: The id of a qualification of your own, such as an exam's; see :meth:`give_scores`. Empty: none.
        least_score: The least percent there.
        reject_below: A page is rejected if its sender's share of right golden answers is lower, after five of them;
            0 rejects nothing.
        keywords: By which people find it.
        site: Where paths such as /media/shoe.jpg are found.
        endpoint: Another address of MTurk's API.
    """

    asks_more_where_answers_disagree: ClassVar[bool] = False
    pays_bonuses: ClassVar[bool] = True

    production: bool = False
    seconds_per_page: int = 900
    days: int = 7
    approve_after_days: int = 7
    countries: tuple[str, ...] = ()
    least_approval: int = 95
    least_approved: int = 100
    exam: str = ""
    least_score: int = 80
    reject_below: float = 0.0
    keywords: str = "judgment, search, recommendation"
    site: str = ""
    endpoint: str = ""
    seconds_between: float = 300.0

    def __post_init__(self) -> None:
        super().__post_init__()
        Drawing(self.site)
        check_counts(days=self.days, approve_after_days=self.approve_after_days)
        if not 30 <= self.seconds_per_page <= 365 * _DAY:
            raise SettingsError(
                f"'seconds_per_page' must be from 30 to a year; it is {self.seconds_per_page:,}."
            )
        if not 0 <= self.reject_below < 1:
            raise SettingsError(f"'reject_below' must be from 0 to below 1; it is {self.reject_below:g}.")
        if not all(0 <= share <= 100 for share in (self.least_approval, self.least_score)):
            raise SettingsError("'least_approval' and 'least_score' are percents, from 0 to 100.")
        parts = urlsplit(self.endpoint)
        if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise SettingsError(f"'endpoint' must be encrypted, with https; it is {self.endpoint}.")

    def publish(self, pool: Pool, *, seed: Seed = 0) -> None:
        """Create a HIT for every page that has none; offer pages again whose time is over.

        Raises:
            SettingsError: There are no credentials, or not enough money on the account.
            InputError: The pool cannot be shown, or a page is too large.
            PalateError: MTurk cannot be reached, or refuses.
        """
        questions, memory = questions_of(pool, self.language), self.memory(pool)
        if pool.reward < _CENT or pool.reward % _CENT:
            raise SettingsError(f"MTurk pays whole cents; 'reward' is ${pool.reward:f}.")
        if memory.get("pages") is None:
            memory.note(pages=fixed_pages(pool, questions, seed), production=self.production)
        if memory.get("production") != self.production:
            where = "production" if memory.get("production") else "the sandbox"
            raise SettingsError(
                f"This pool was published in {where}. Set 'production' as it was, or name another 'folder'."
            )
        pages, hits = memory.get("pages"), memory.get("hits", {})
        if len(hits) < len(pages):
            asked = [self._question(pool, questions, number, page) for number, page in enumerate(pages)]
            calls = self._calls()
            hits = self._found(calls, pool)
            self._check_balance(calls, pool, len(pages) - len(hits))
            for number, question in enumerate(asked):
                if str(number) not in hits:
                    hits[str(number)] = self._create(calls, pool, number, question)
            memory.note(hits=hits, until=time.time() + self.days * _DAY)
        elif time.time() > memory.get("until") and not memory.get("paused"):
            self.resume(pool)

    def standing(self, pool: Pool) -> Standing:
        """Return the pages that came, reviewed: approved, or rejected and asked anew.

        Raises:
            PalateError: MTurk cannot be reached, or refuses.
        """
        memory = self.memory(pool)
        review = Review(self._calls(), pool, questions_of(pool, self.language), memory, pool_mark(pool))
        found = reviewed(review, least_right=self.reject_below, fee=self._fee(pool.reward, pool))
        bonuses = [Decimal(amount) for amount in memory.get("bonuses", {}).values()]
        return found.standing(sum((bonus + self._fee(bonus, pool) for bonus in bonuses), Decimal(0)))

    def pause(self, pool: Pool) -> None:
        """Take the pages off offer; those that people hold can be sent."""
        self._offer(pool, 0.0)
        self.memory(pool).note(paused=True)

    def resume(self, pool: Pool) -> None:
        """Offer the pages again, for as many days as the setting says."""
        until = time.time() + self.days * _DAY
        self._offer(pool, until)
        self.memory(pool).note(paused=False, until=until)

    def pay(self, pool: Pool, bonuses: Sequence[Bonus]) -> Decimal:
        """Send bonuses; return what was sent now, without fees.

        Raises:
            PalateError: MTurk cannot be reached, or refuses.
        """
        memory, calls, mark = self.memory(pool), self._calls(), pool_mark(pool)
        reason = f"Thank you: this brings your pay up to the floor that we promise. [{mark[:12]}]"
        sent = Decimal(0)
        for one in bonuses:
            if not one.bonus or one.annotator in memory.get("bonuses", {}):
                continue
            assignment = memory.get("approved", {}).get(one.annotator)
            if assignment is None:
                raise PalateError(f"No page of {one.annotator} was approved, so no bonus can be sent.")
            if not _has_bonus(calls, assignment, mark):
                token = hash_json([mark, "bonus", one.annotator])
                try:
                    calls(
                        "send_bonus",
                        WorkerId=one.annotator,
                        BonusAmount=f"{one.bonus:.2f}",
                        AssignmentId=assignment,
                        Reason=reason,
                        UniqueRequestToken=token,
                    )
                except TurkRefusedError:
                    if not _has_bonus(calls, assignment, mark):  # else only the answer was lost
                        raise
                sent += one.bonus
            memory.note_in("bonuses", {one.annotator: f"{one.bonus:.2f}"})
        return sent

    def give_scores(self, name: str, scores: Mapping[str, float]) -> str:
        """Give people a score in a qualification of your own, made if it is not there; return its id, for ``exam``.

        Args:
            name: What it is called.
            scores: By annotator, from 0 to 1.
        """
        calls = self._calls()
        given = {"Query": name, "MustBeRequestable": False, "MustBeOwnedByCaller": True}
        types = calls.pages("list_qualification_types", "QualificationTypes", **given)
        known = next((str(one["QualificationTypeId"]) for one in types if one.get("Name") == name), None)
        if known is None:
            made = calls(
                "create_qualification_type",
                Name=name,
                Description="Share of right answers, in percent.",
                QualificationTypeStatus="Active",
            )
            known = str(made["QualificationType"]["QualificationTypeId"])
        for annotator, score in scores.items():
            calls(
                "associate_qualification_with_worker",
                QualificationTypeId=known,
                WorkerId=annotator,
                IntegerValue=round(100 * score),
                SendNotification=False,
            )
        return known

    def page_fee(self, pool: Pool) -> Decimal:
        """Return MTurk's share of a page: 20%, with 10 people or more a page 40%; at least a cent."""
        return self._fee(pool.reward, pool)

    def shortcomings(self, pool: Pool) -> tuple[str, ...]:
        """Return what MTurk cannot do."""
        found = []
        if pool.golden is not None and pool.golden_per_page:
            found.append(
                "Everybody sees a page with the same golden tasks, and may see one again on another page."
            )
        if pool.overlap_max > pool.overlap:
            found.append(
                f"Every task gets {pool.overlap} answers, not up to {pool.overlap_max} where they disagree."
            )
        if pool.template and questions_of(pool, self.language).shuffles_sides:
            found.append("Sides are shuffled for each task, not for each annotator.")
        if not self.production:
            found.append("The sandbox has no real annotators; set 'production' to ask people for money.")
        return tuple(found)

    def _fee(self, amount: Decimal, pool: Pool) -> Decimal:
        share = Decimal("0.4") if pool.overlap >= _MANY else Decimal("0.2")
        return max(share * amount, _CENT)

    def _calls(self) -> Calls:
        return connected(self.endpoint or _PLACES[self.production][0])

    def _question(self, pool: Pool, questions: Questions, number: int, page: Sequence[str]) -> str:
        return question_of(
            page,
            questions,
            title=pool.title,
            instructions=pool.instructions,
            action=f"{_PLACES[self.production][1]}/mturk/externalSubmit",
            drawing=Drawing(self.site),
            seed=str(number),
        )

    def _found(self, calls: Calls, pool: Pool) -> dict[str, str]:
        """Return the HITs that an earlier run made, by the number of the page."""
        begin = f"palate {pool_mark(pool)} "
        return {
            hit["RequesterAnnotation"].removeprefix(begin): hit["HITId"]
            for hit in calls.pages("list_hits", "HITs")
            if hit.get("RequesterAnnotation", "").startswith(begin)
        }

    def _check_balance(self, calls: Calls, pool: Pool, pages: int) -> None:
        needed = pages * pool.overlap * (pool.reward + self.page_fee(pool))
        there = Decimal(str(calls("get_account_balance")["AvailableBalance"]))
        if there < needed:
            raise SettingsError(
                f"The pages would cost ${needed:,.2f} with fees; the account has ${there:,.2f}. Nothing was published."
            )

    def _create(self, calls: Calls, pool: Pool, number: int, question: str) -> str:
        token = hash_json([pool_mark(pool), "page", number])
        try:
            made = calls(
                "create_hit",
                Title=pool.title[:128] or "Judgments",
                Description=(pool.title or "Judge what is shown.")[:2000],
                Keywords=self.keywords,
                Reward=f"{pool.reward:.2f}",
                MaxAssignments=pool.overlap,
                AssignmentDurationInSeconds=self.seconds_per_page,
                LifetimeInSeconds=self.days * _DAY,
                AutoApprovalDelayInSeconds=self.approve_after_days * _DAY,
                Question=question,
                RequesterAnnotation=f"palate {pool_mark(pool)} {number}",
                QualificationRequirements=self._requirements(),
                UniqueRequestToken=token,
            )
        except TurkRefusedError as error:
            if "HitAlreadyExists" not in error.code:
                raise
            return self._found(calls, pool)[str(number)]
        return str(made["HIT"]["HITId"])

    def _requirements(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        if self.countries:
            places = [{"Country": country} for country in self.countries]
            found.append({"QualificationTypeId": _LOCALE, "Comparator": "In", "LocaleValues": places})
        least = {
            _APPROVED_SHARE: self.least_approval,
            _APPROVED: self.least_approved,
            self.exam: self.least_score,
        }
        found += [
            {
                "QualificationTypeId": name,
                "Comparator": "GreaterThanOrEqualTo",
                "IntegerValues": [value],
            }
            for name, value in least.items()
            if name and value and (self.production or name == self.exam)
        ]
        return [{**one, "ActionsGuarded": "Accept"} for one in found]

    def _offer(self, pool: Pool, until: float) -> None:
        calls = self._calls()
        for hit in self.memory(pool).get("hits", {}).values():
            calls("update_expiration_for_hit", HITId=hit, ExpireAt=datetime.fromtimestamp(until, UTC))


def _has_bonus(calls: Calls, assignment: str, mark: str) -> bool:
    """Return whether the bonus of a pool was sent for a page."""
    earlier = calls.pages("list_bonus_payments", "BonusPayments", AssignmentId=assignment)
    return any(mark[:12] in payment.get("Reason", "") for payment in earlier)
