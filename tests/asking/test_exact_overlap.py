"""Any history of up to 32 annotators on a pool keeps the overlap exact: pages, slots and ledger, as a state machine."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from palate.asking import ASSIGNMENT, Budget, PageMix, TaskSlots, money, plan_page

REWARD = money("0.03")


class Asking(RuleBasedStateMachine):
    """A pool whose server is a list of tasks, a list of assignments and a ledger."""

    @initialize(
        n_tasks=st.integers(1, 8),
        overlap=st.integers(1, 4),
        n_people=st.integers(1, 32),
        page=st.integers(1, 4),
    )
    def publish(self, n_tasks, overlap, n_people, page):
        self.slots = {task: TaskSlots(overlap) for task in range(n_tasks)}
        self.people = [f"annotator {i}" for i in range(n_people)]
        self.mix = PageMix(real=page)
        self.assignments = []  # [annotator, tasks, status, statuses it had]
        self.ledger = []
        self.claims = Counter()
        self.restricted = set()

    def _eligible(self, annotator):
        return [task for task, slots in self.slots.items() if slots.may_claim(annotator)]

    def _claim(self, annotator):
        tasks = self._eligible(annotator)
        plan = plan_page(
            self.mix,
            0,
            available_real=len(tasks),
            available_golden=0,
            available_training=0,
            seed=len(self.ledger),
        )
        if plan is None:
            return None
        chosen = tasks[: plan.real]
        for task in chosen:
            self.slots[task] = self.slots[task].claim(annotator)
            self.claims[annotator, task] += 1
        self.assignments.append([annotator, chosen, ASSIGNMENT.start])
        return self.assignments[-1]

    def _step(self, assignment, step, status):
        annotator, tasks, before = assignment
        ASSIGNMENT.check_transition(before, status)
        for task in tasks:
            self.slots[task] = getattr(self.slots[task], step)(annotator)
        assignment[2] = status
        if status == "accepted":
            self.ledger.append(REWARD)

    def _pick(self, data, *statuses):
        return data.draw(st.sampled_from([a for a in self.assignments if a[2] in statuses]))

    def _has(self, *statuses):
        return any(a[2] in statuses for a in getattr(self, "assignments", []))

    @rule(data=st.data())
    def claim(self, data):
        free = [p for p in self.people if p not in self.restricted]
        busy = {a[0] for a in self.assignments if a[2] == "active"}
        annotator = data.draw(st.sampled_from(self.people))
        if annotator in free and annotator not in busy:
            self._claim(annotator)

    @precondition(lambda self: self._has("active"))
    @rule(data=st.data(), end=st.sampled_from(["submit", "submit", "submit", "skip", "expire"]))
    def end_page(self, data, end):
        status = {"submit": "submitted", "skip": "skipped", "expire": "expired"}[end]
        self._step(self._pick(data, "active"), end, status)

    @precondition(lambda self: self._has("submitted"))
    @rule(data=st.data(), right=st.booleans())
    def review(self, data, right):
        self._step(
            self._pick(data, "submitted"), *(("accept", "accepted") if right else ("reject", "rejected"))
        )

    @precondition(lambda self: self._has("rejected"))
    @rule(data=st.data())
    def undo_a_rejection(self, data):
        self._step(self._pick(data, "rejected"), "accept", "accepted")

    @rule(data=st.data(), returns=st.booleans())
    def restrict(self, data, returns):
        annotator = data.draw(st.sampled_from(self.people))
        self.restricted.add(annotator)
        for assignment in self.assignments:
            if assignment[0] == annotator and assignment[2] == "active":
                self._step(assignment, "expire", "expired")
        if returns:
            for task, slots in self.slots.items():
                if slots.holds.get(annotator) in {"pending", "accepted"}:
                    self.slots[task] = slots.return_to_others(annotator)

    @rule(data=st.data(), wanted=st.integers(1, 5))
    def change_how_many_are_wanted(self, data, wanted):
        task = data.draw(st.sampled_from(sorted(self.slots)))
        self.slots[task] = self.slots[task].want(wanted)

    @invariant()
    def slots_are_what_a_recount_says(self):
        for task, slots in getattr(self, "slots", {}).items():
            statuses = Counter(a[2] for a in self.assignments if task in a[1])
            counted = statuses["submitted"] + statuses["accepted"]
            assert slots.counted == counted
            assert counted + statuses["active"] <= slots.overlap
            assert slots.open == slots.overlap - counted - statuses["active"]
            assert slots.raised <= slots.holds.keys()
            assert slots.seen == {a[0] for a in self.assignments if task in a[1]}

    @invariant()
    def nobody_sees_a_task_twice(self):
        assert set(getattr(self, "claims", Counter()).values()) <= {1}

    @invariant()
    def the_ledger_is_the_sum_of_accepted_pages(self):
        assignments = getattr(self, "assignments", [])
        accepted = sum(a[2] == "accepted" for a in assignments)
        spent = sum(getattr(self, "ledger", []), Decimal(0))
        assert spent == accepted * REWARD
        assert Budget(None, spent=spent).committed == accepted * REWARD

    def teardown(self):
        """Let everybody who remains work to the end: a task lacks answers only if all of them have seen it."""
        if not hasattr(self, "slots"):
            return
        for assignment in self.assignments:
            if assignment[2] == "active":
                self._step(assignment, "submit", "submitted")
        remain = [p for p in self.people if p not in self.restricted]
        for annotator in remain:
            while page := self._claim(annotator):
                self._step(page, "submit", "submitted")
        for task, slots in self.slots.items():
            assert slots.is_full or set(remain) <= slots.seen, f"task {task} lacks answers and people remain"
        self.slots_are_what_a_recount_says()
        self.nobody_sees_a_task_twice()


TestAsking = Asking.TestCase
TestAsking.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
