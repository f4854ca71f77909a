"""The matrix of access on PostgreSQL: a manager of one of two projects, and bodies and queries that it takes otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from server_databases import Postgres, fresh_database
from server_matrix import DECLARED, Scene, check_access, check_odd_bodies, check_odd_queries, make_scene
from server_routes import Route


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, postgres_cluster: Postgres) -> Iterator[Scene]:
    directory = tmp_path_factory.mktemp("matrix") / "server"
    with fresh_database("postgresql", directory, postgres_cluster):
        yield make_scene()


@pytest.mark.parametrize("route", DECLARED, ids=str)
def test_access_is_what_the_view_declares(route: Route, scene: Scene) -> None:
    check_access(route, "manager", scene)  # who may all in one project, nothing in the other


@pytest.mark.parametrize("route", DECLARED, ids=str)
def test_odd_requests_never_break_a_view(route: Route, scene: Scene) -> None:
    check = check_odd_queries if route.method == "GET" else check_odd_bodies
    check(route, scene)
