"""A page of ten tasks, with everything it loads but the tasks' pictures, stays small and asks the database little."""

from __future__ import annotations

import re
from pathlib import Path

import server_scenes as scene
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from server_browser import text_of
from work_pages import example_rows, holder

from palate.server.config import ServerConfig

MOST_BYTES = 30_000
"""Half of what the page may have, so that a long one in any script stays below it."""
MOST_PLAIN_BYTES = 62_000
LONG_TEXT = "Boils a litre in two minutes, switches itself off and keeps warm for half an hour. " * 2


def test_a_page_of_ten_tasks_transfers_at_most_60_kilobytes(sqlite: ServerConfig) -> None:
    of = scene.project(instructions="Look at **both**.\n\n" * 20)
    rows = [
        scene.TaskRow(
            {
                "query": f"electric kettle with thermometer {n}",
                "title": f"Electric kettle, 1.7 l, brushed steel, model {n}",
                "text": LONG_TEXT,
                "price": "34.90 €",
                "link": f"https://shop.example.org/kitchen/kettles/{n}",
                "image": f"https://pictures.example.org/kitchen/kettles/{n}/large.jpg",
            }
        )
        for n in range(10)
    ]
    one = holder(scene.open_pool(of, tasks=rows, page_mix={"real": 10}))
    html = text_of(one.client.get(one.address))
    loaded = {*re.findall(r"/static/(palate/[\w./-]+)", html), "palate/texts.js"}  # which the scripts import
    assert {"palate/base.css", "palate/tasks.css", "palate/keys.js"} <= loaded
    plain = {name: Path(finders.find(name)).read_bytes() for name in loaded}
    assert len(html.encode()) + sum(map(len, plain.values())) <= MOST_PLAIN_BYTES
    sent = {
        path: sent_bytes(one.client, path) for path in (one.address, *(f"/static/{name}" for name in loaded))
    }
    assert sum(sent.values()) <= MOST_BYTES, sent


def sent_bytes(client: Client, path: str) -> int:
    """Return how many bytes travel to a browser, all of which take compressed answers."""
    response = client.get(path, headers={"accept-encoding": "gzip"})
    assert response.status_code == 200
    assert response.headers["Content-Encoding"] == "gzip"
    return len(b"".join(response.streaming_content) if response.streaming else response.content)


def test_a_page_asks_the_database_the_same_however_many_tasks_it_has(sqlite: ServerConfig) -> None:
    counts = []
    for size in (2, 20):
        rows = example_rows("graded_relevance", ["real"] * size)
        one = holder(scene.open_pool(tasks=rows, page_mix={"real": size}))
        with CaptureQueriesContext(connection) as queries:
            one.client.get(one.address)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
