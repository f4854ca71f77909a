"""Two recipes from beginning to end, with people at real browsers: invited, trained, examined, paid, and listened to."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import server_scenes as scene
from django.conf import settings
from requirements import chromium
from server_databases import fresh_database
from server_process import Annotator, Server, running

from palate.aggregation.labels import DawidSkene
from palate.aggregation.pairs import BradleyTerry
from palate.server.accounts.invitations import Terms, invite
from palate.server.accounts.models import Account
from palate.server.projects.models import Pool, Project
from palate.server.projects.tasks import TaskRow
from palate.server.work.ledger import earnings_of
from palate.server.work.models import Answer, Assignment, Restriction, SkillValue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

NOUNS = ("kettle", "lamp", "mug", "shoe", "sock")
KEYS = {"relevant": "1", "rather_relevant": "2", "irrelevant": "3", "left": "1", "right": "2"}
Judge = Callable[[str], str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser's loop runs in this thread
    directory = tmp_path_factory.mktemp("recipes") / "server"
    with fresh_database("sqlite", directory, None) as config:
        (directory / "secret.key").write_text(settings.SECRET_KEY)  # else the server would make another
        with running(Server(config, workers=1)) as started:
            yield started
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="module")
def chrome(server: Server) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield started
        started.close()


class Person:
    """Somebody at a browser, who looks at every task and presses the key of what they think."""

    def __init__(
        self, server: Server, chrome: Browser, account: Account, judge: Judge, seconds: float = 60
    ) -> None:
        self.account, self._judge, self._seconds = account, judge, seconds
        self._context = chrome.new_context(base_url=server.url)
        self._context.set_default_timeout(15_000)
        session = Annotator(server, account).client.cookies["palate_session"]
        self._context.add_cookies([{"name": "palate_session", "value": session, "url": server.url}])
        self.page: Page = self._context.new_page()

    def work_in(self, pool: Pool) -> int:
        """Answer pages of a pool until there is none; return how many."""
        done = 0
        while self._start(pool):
            self._answer()
            done += 1
        return done

    def leave(self) -> None:
        """Close the browser."""
        self._context.close()

    def _start(self, pool: Pool) -> bool:
        if not re.search(r"/pages/[^/]+/$", self.page.url):
            self.page.goto(f"/pools/{pool.pk}/")
            start = self.page.locator("main form[method=post] button.primary")
            if not start.count():
                return False
            start.first.click()
            self.page.wait_for_load_state()
        return re.search(r"/pages/[^/]+/$", self.page.url) is not None

    def _answer(self) -> None:
        self._take_time()
        for task in self.page.locator(".task").all_inner_texts():
            self.page.keyboard.press(KEYS[self._judge(task)])
        before = self.page.url
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: url != before)

    def _take_time(self) -> None:
        """Let the page have been claimed a while ago, so that nobody has to wait for it."""
        held = Assignment.objects.filter(annotator=self.account, status="active")
        held.update(claimed_at=datetime.now(UTC) - timedelta(seconds=self._seconds))


def _relevance(text: str) -> str:
    """Return how well a product answers a query, as everybody sees: same noun, same letter, or neither."""
    query, product = re.search(r"old (\w+)", text)[1], re.search(r"new (\w+)", text)[1]
    if query == product:
        return "relevant"
    return "rather_relevant" if query[0] == product[0] else "irrelevant"


def _relevance_rows(kind: str, n: int, start: int) -> list[TaskRow]:
    pairs = itertools.islice(itertools.cycle(itertools.product(NOUNS, NOUNS)), start, start + n)
    rows = []
    for number, (query, product) in enumerate(pairs, start=start):
        shown = {
            "query": f"old {query}",
            "title": f"new {product} {number}",
            "image": f"/static/examples/{product.replace('sock', 'socks')}.svg",
        }
        known = None if kind == "real" else _relevance(f"{shown['query']} {shown['title']}")
        rows.append(
            TaskRow(shown, key=f"{kind}-{number}", kind=kind, golden=known, hint="Look at the nouns.")
        )
    return rows


def _search_relevance(of: Project) -> tuple[Pool, Pool, Pool]:
    """Publish the recipe: 10 training, 10 exam, 10 golden and 50 real tasks."""
    training = scene.open_pool(
        of, name="training", kind="training", tasks=_relevance_rows("training", 10, 0),
        page_mix={"real": 0, "training": 2}, retry_days=2, reward=Decimal(0),
    )  # fmt: skip
    exam = scene.open_pool(
        of, name="exam", kind="exam", tasks=_relevance_rows("golden", 10, 10), page_mix={"real": 0, "golden": 10},
        skill="search-exam", reward=Decimal(0), training="training",
    )  # fmt: skip
    rules = [
        {
            "event": {"name": "golden_answers", "history_size": 20},
            "conditions": ["answers >= 3"],
            "action": {"name": "set_skill_from_rate", "skill": "search-golden", "rate": "right_rate"},
        },
        {
            "event": {"name": "page_submit_time", "fast_seconds": 10},
            "conditions": ["fast_pages >= 1"],
            "action": {"name": "restrict", "duration": "10 days"},
        },
    ]
    main = scene.open_pool(
        of, name="main", tasks=[*_relevance_rows("golden", 10, 20), *_relevance_rows("real", 50, 0)],
        page_mix={"real": 4, "golden": 1}, overlap=3, reward=Decimal("0.03"), seconds_per_page=600,
        audience={"skills": ["search-exam >= 0.9"], "languages": ["en"]}, quality_rules=rules, training="training",
    )  # fmt: skip
    return training, exam, main


def test_search_relevance_from_training_to_judgments(server: Server, chrome: Browser) -> None:
    of = scene.project(template="graded_relevance", one_account_a_device=False)
    training, exam, main = _search_relevance(of)
    judges: list[Judge] = [_relevance, _relevance, _relevance, lambda _: "irrelevant", _relevance]
    people = [
        Person(server, chrome, scene.account(project=of, languages=["en"]), judge, seconds=5 if last else 60)
        for last, judge in zip([False] * 4 + [True], judges, strict=True)
    ]
    careless, hasty = people[3], people[4]
    hasty_pages = 0
    for person in (*people[:4], hasty):
        assert person.work_in(training) == 5
        assert person.work_in(exam) == 1
    hasty_pages = hasty.work_in(main)
    for person in people[:4]:
        person.work_in(main)
    for person in people:
        person.leave()
    exam_skills = dict(SkillValue.objects.filter(skill__name="search-exam").values_list("annotator", "value"))
    assert [exam_skills[person.account.pk] >= 0.9 for person in people] == [True, True, True, False, True]
    assert not Answer.objects.filter(pool=main, annotator=careless.account).exists()
    assert hasty_pages == 1
    assert Restriction.objects.get().annotator == hasty.account
    scene.recount(main)
    main.refresh_from_db()
    assert (main.status, main.close_reason) == ("closed", "completed")
    _judgments_are_right(main)
    paid = sum((earnings_of(person.account).earned for person in people), Decimal(0))
    assert paid == Decimal("0.03") * Assignment.objects.filter(pool=main, status="accepted").count()


def _judgments_are_right(pool: Pool) -> None:
    rows = Answer.objects.filter(pool=pool, task__kind="real", slot__held=True)
    answers = pl.DataFrame(
        list(rows.values_list("task__key", "annotator__code", "label")),
        schema=["task", "annotator", "label"],
        orient="row",
    )
    assert len(answers) == 150
    judged = dict(DawidSkene().aggregate(answers).labels.select("task", "label").iter_rows())
    truth = {
        task.key: _relevance(f"{task.input['query']} {task.input['title']}")
        for task in pool.tasks.filter(kind="real")
    }
    assert judged == truth


def _better(text: str) -> str:
    """Return the side with the product of the lower number."""
    left, right = (int(number) for number in re.findall(r"No (\d+)", text))
    return "left" if left < right else "right"


def _pair(query: str, left: int, right: int) -> dict[str, Any]:
    picture = f"/static/examples/{query.replace('sock', 'socks')}.svg"
    return {
        "query_title": f"A {query}",
        "query_image": picture,
        "left": f"{query}-{left}",
        "left_title": f"{query} thing No {left}",
        "left_image": picture,
        "right": f"{query}-{right}",
        "right_title": f"{query} thing No {right}",
        "right_image": picture,
    }


def _complementary(of: Project) -> tuple[Pool, Pool]:
    """Publish the recipe: a training, then every pair of four products for each of five query products."""
    taught = [
        TaskRow(_pair("lamp", a, b), key=f"teach-{a}-{b}", kind="training", golden="left" if a < b else "right", hint="Lower is better.")
        for a, b in ((1, 9), (9, 2))
    ]  # fmt: skip
    training = scene.open_pool(
        of,
        name="training",
        kind="training",
        tasks=taught,
        page_mix={"real": 0, "training": 2},
        reward=Decimal(0),
    )
    real = [
        TaskRow(_pair(query, *sides), key=f"{query}-{sides[0]}-{sides[1]}")
        for query in NOUNS
        for sides in itertools.combinations((4, 1, 3, 2), 2)
    ]
    checks = [
        TaskRow(_pair(query, 50, 5), key=f"check-{query}", kind="golden", golden="right", attention=True)
        for query in NOUNS[:4]
    ]
    main = scene.open_pool(
        of, name="main", tasks=[*real, *checks], page_mix={"real": 9, "golden": 1}, overlap=3, training="training",
        reward=Decimal("0.05"), seconds_per_page=600,
        quality_rules=[{"event": "attention_check", "conditions": ["failed_rate > 0.5"], "action": "restrict"}],
    )  # fmt: skip
    return training, main


def test_complementary_products_from_an_invitation_to_a_ranked_list(server: Server, chrome: Browser) -> None:
    manager = scene.account(is_manager=True)
    of = scene.project(manager, template="side_by_side", one_account_a_device=False)
    training, main = _complementary(of)
    _, code = invite(manager, Terms("annotator"), of, now=datetime.now(UTC))
    newcomer = _join(server, chrome, code)
    accounts = [newcomer, scene.account(project=of), scene.account(project=of)]
    people = [Person(server, chrome, account, _better) for account in accounts]
    for person in people:
        assert person.work_in(training) == 1
        assert person.work_in(main) >= 3
        person.leave()
    scene.recount(main)
    rows = Answer.objects.filter(pool=main, task__kind="real").select_related("task", "annotator")
    comparisons = pl.DataFrame(
        [(row.task.input["query_title"], row.task.input["left"], row.task.input["right"], row.label, row.annotator.code) for row in rows],
        schema=["query", "left", "right", "label", "annotator"],
        orient="row",
    )  # fmt: skip
    assert len(comparisons) == 90
    assert set(comparisons["label"]) == {"left", "right"}, "sides were not shuffled"
    for query in NOUNS:
        of_query = comparisons.filter(pl.col("query") == f"A {query}").drop("query")
        scores = BradleyTerry().aggregate(of_query).scores.sort("score", descending=True)
        assert scores["item"].to_list() == [f"{query}-{number}" for number in (1, 2, 3, 4)]
    assert earnings_of(newcomer).earned == Decimal("0.05") * newcomer.assignments.filter(pool=main).count()


def _join(server: Server, chrome: Browser, code: str) -> Account:
    """Follow an invitation's link in a browser and make an account."""
    context = chrome.new_context(base_url=server.url)
    page = context.new_page()
    page.goto(f"/join/#{code}")
    page.get_by_label("Login").fill("newcomer@example.org")
    page.get_by_label("Password", exact=True).fill(scene.PASSWORD)
    page.get_by_label("Password, once more").fill(scene.PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    page.wait_for_url(lambda url: "/join/" not in url)
    context.close()
    return Account.objects.get(login="newcomer@example.org")
