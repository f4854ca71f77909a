"""A new server takes over from an old one while people work."""

from __future__ import annotations

from server_process import Annotator, Server, running
from server_scenes import account, open_pool, project, recount

from palate.server.config import ServerConfig


def test_a_page_claimed_from_one_server_is_submitted_to_the_next(database: ServerConfig) -> None:
    pool = open_pool(project(), real=8, overlap=1, page_mix={"real": 2})
    old = Server(database, workers=1)
    person = Annotator(old, account(project=pool.project))
    with running(old):
        page = person.claim(pool.pk)
        assert page is not None
        form = person.fill_in(page)
        with running(Server(database, workers=1)) as new:
            person.client.base_url = new.url
            old.kill()
            following = person.submit(page, form).headers["location"]
            assert following.startswith("/pages/")
            assert following != page
            assert person.client.get(following).status_code == 200
    person.client.close()
    recount(pool)
