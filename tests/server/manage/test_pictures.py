"""Pictures of tasks: what is taken, what is refused, who sees them, and that nothing is stored by half."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator

import pytest
import server_scenes as scene
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from server_browser import browser, text_of

from palate.server.config import ServerConfig
from palate.server.manage import picture_files
from palate.server.projects.making import new_version
from palate.server.projects.models import Picture, Project
from palate.server.projects.pictures import kind_of
from palate.server.projects.specs import ProjectSpec
from palate.server.projects.tasks import TaskErrors, TaskRow, add_tasks

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
PICTURES = {
    "png": PNG,
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "gif": b"GIF89a\1\0\1\0",
    "webp": b"RIFF\x10\0\0\0WEBPVP8 ",
    "avif": b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf" + b"\0" * 40,
}
NO_PICTURES = {
    "a.png": b"<!doctype html><script>alert(1)</script>",
    "b.png": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "c.svg": b"\xef\xbb\xbf<?xml version='1.0'?><svg/>",
    "d.gif": b" GIF89a",
    "e.avif": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "f.webp": b"RIFF\x10\0\0\0WAVEfmt ",
    "g.png": b"",
    "h.jpg": b"%PDF-1.7",
    "i.bmp": b"BM\0\0\0\0",
}


@pytest.fixture
def project(sqlite: ServerConfig) -> Iterator[Project]:
    with override_settings(CONFIG=sqlite):
        yield scene.project(template="image_query")


@pytest.fixture
def client(project: Project) -> Client:
    return browser(project.created_by)


def upload(client: Client, project: Project, **contents: bytes):
    return send(client, project, {name.replace("_", "."): content for name, content in contents.items()})


def send(client: Client, project: Project, contents: dict[str, bytes]):
    files = [SimpleUploadedFile(name, content) for name, content in contents.items()]
    return client.post(f"/manage/projects/{project.pk}/pictures/", {"files": files})


def zipped(contents: dict[str, bytes], **options: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = options.get("method", zipfile.ZIP_DEFLATED)
            entry.external_attr = options.get("mode", stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content)
    return made.getvalue()


def left_over(project: Project) -> list[str]:
    from django.conf import settings

    home = settings.CONFIG.media_directory() / str(project.pk)
    return sorted(path.name for path in home.rglob("*")) if home.exists() else []


def names(project: Project) -> list[str]:
    return sorted(project.pictures.values_list("name", flat=True))


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_comes_back_as_it_was_uploaded(client: Client, project: Project, kind: str) -> None:
    assert send(client, project, {"photo": PICTURES[kind]}).status_code == 302
    annotator = browser(scene.account(project=project))
    response = annotator.get(f"/media/{project.pk}/photo")
    assert response.content == PICTURES[kind]
    assert response.headers["Content-Type"] == f"image/{kind}"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Cache-Control"].startswith("private")
    again = annotator.get(f"/media/{project.pk}/photo", headers={"if-none-match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_is_refused_whatever_its_name(client: Client, project: Project, name: str) -> None:
    response = send(client, project, {"good.png": PNG, name: NO_PICTURES[name]})
    assert response.status_code == 400
    assert names(project) == left_over(project) == []


def test_a_page_that_begins_like_a_picture_is_shown_as_a_picture_only(
    client: Client, project: Project
) -> None:
    polyglot = PICTURES["gif"] + b"/*<html><script>alert(1)</script>*/=1;alert(1)"
    assert send(client, project, {"page.html": polyglot}).status_code == 302
    response = client.get(f"/media/{project.pk}/page.html")
    assert response.headers["Content-Type"] == "image/gif"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("sandbox")


def test_only_members_see_a_projects_pictures(client: Client, project: Project) -> None:
    upload(client, project, shoe_png=PNG)
    path = f"/media/{project.pk}/shoe.png"
    stranger, other = scene.account(), scene.project()
    for account in (stranger, other.created_by):
        assert browser(account).get(path).status_code == 404
        assert browser(account).get(f"/media/{other.pk}/shoe.png").status_code == 404
    assert browser().get(path).status_code == 302
    assert browser(scene.account(project=project)).get(path).status_code == 200
    assert browser(scene.account(is_admin=True)).get(path).status_code == 200


def test_other_managers_and_annotators_can_neither_upload_nor_delete(
    client: Client, project: Project
) -> None:
    upload(client, project, shoe_png=PNG)
    for account in (scene.project().created_by, scene.account(project=project)):
        assert send(browser(account), project, {"more.png": PNG}).status_code == 404
        assert browser(account).get(f"/manage/projects/{project.pk}/pictures/").status_code == 404
        deleting = f"/manage/projects/{project.pk}/pictures/delete/"
        assert browser(account).post(deleting, {"which": "all"}).status_code == 404
    assert names(project) == ["shoe.png"]


@pytest.mark.parametrize("name", [
    "..%2f..%2fpalate.sqlite3", "..", "%2e%2e%2fsecret.key", "../../secret.key", "..\\secret.key", "%00", "%ff",
    "shoe.png/", "shoe.png%00.html",
])  # fmt: skip
def test_no_name_leads_out_of_the_pictures(client: Client, project: Project, name: str) -> None:
    upload(client, project, shoe_png=PNG)
    assert client.get(f"/media/{project.pk}/{name}").status_code == 404
    hashed = Picture.objects.get().sha256
    assert client.get(f"/media/{project.pk}/{hashed}.png").status_code == 404


@pytest.mark.parametrize(
    "name", ["a?b.png", 'a".png', "a#b.png", "a%2fb.png", ".hidden.png", "a" * 151, "a\u202e.png"]
)
def test_odd_names_are_refused(client: Client, project: Project, name: str) -> None:
    assert send(client, project, {"x.zip": zipped({name: PNG})}).status_code == 400
    assert names(project) == []


def test_a_picture_that_is_too_large_is_refused(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = PNG + bytes(5 * 2**20)
    for contents in ({"a.png": PNG, "huge.png": huge}, {"x.zip": zipped({"a.png": PNG, "huge.png": huge})}):
        response = send(client, project, contents)
        assert response.status_code == 400
        assert "more than 5 MB" in text_of(response)
    assert names(project) == left_over(project) == []


def test_a_zip_is_taken_whole(client: Client, project: Project) -> None:
    content = zipped({"shoes/": b"", "shoes/red.png": PNG, "shoes/deep/a.gif": PICTURES["gif"],
                      "__MACOSX/shoes/._red.png": b"x", "shoes/.DS_Store": b"x", "schön.webp": PICTURES["webp"]})  # fmt: skip
    assert send(client, project, {"all.zip": content, "single.jpg": PICTURES["jpeg"]}).status_code == 302
    assert names(project) == ["a.gif", "red.png", "schön.webp", "single.jpg"]
    page = text_of(client.get(f"/manage/projects/{project.pk}/pictures/"))
    assert f'src="/media/{project.pk}/sch%C3%B6n.webp"' in page
    assert client.get(f"/media/{project.pk}/sch%C3%B6n.webp").status_code == 200


@pytest.mark.parametrize("contents", [
    {"../../evil.png": PNG}, {"/etc/evil.png": PNG}, {"a/../../b.png": PNG}, {"C:evil.png": PNG}, {"a\\b.png": PNG},
    {"readme.txt": b"hello"}, {"page.png": b"<html>"}, {"inner.zip": zipped({"a.png": PNG})},
    {"one/a.png": PNG, "two/a.png": PICTURES["gif"]}, {},
])  # fmt: skip
def test_a_zip_with_something_wrong_in_it_is_refused_whole(
    client: Client, project: Project, contents: dict[str, bytes]
) -> None:
    assert (
        send(
            client, project, {"x.zip": zipped({"good.png": PNG, **contents} if contents else {})}
        ).status_code
        == 400
    )
    assert names(project) == left_over(project) == []


def test_links_pipes_and_unusual_packing_are_refused(client: Client, project: Project) -> None:
    for options in ({"mode": stat.S_IFLNK | 0o777}, {"mode": stat.S_IFIFO}, {"method": zipfile.ZIP_BZIP2}):
        assert send(client, project, {"x.zip": zipped({"a.png": PNG}, **options)}).status_code == 400
    encrypted = bytearray(zipped({"a.png": PNG}))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        encrypted[encrypted.find(signature) + offset] |= 1
    assert send(client, project, {"x.zip": bytes(encrypted)}).status_code == 400
    assert names(project) == left_over(project) == []


def test_a_bomb_goes_off_nowhere(client: Client, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_files, "LARGEST_ZIP", 2 * 2**20)
    many = {f"{number}.png": PNG + bytes(2**19) for number in range(8)}
    content = zipped(many)
    assert len(content) < 2**14
    response = send(client, project, {"x.zip": content})
    assert response.status_code == 400
    assert "more than 2 MB" in text_of(response)
    assert names(project) == left_over(project) == []


def test_a_zip_that_lies_about_its_sizes_is_refused(client: Client, project: Project) -> None:
    honest = zipped({"a.png": PNG + bytes(50 * 2**20)})
    lying = bytearray(honest)
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = lying.find(signature) + offset
        lying[at : at + 4] = struct.pack("<I", 100)
    many, far, cut = (
        bytearray(zipped({"a.png": PNG})),
        bytearray(zipped({"a.png": PNG})),
        zipped({"a.png": PNG})[:-9],
    )
    many[-12:-10] = struct.pack("<H", 65_000)
    far[-10:-6] = struct.pack("<I", 2**30)
    broken = bytearray(zipped({"a.png": PNG * 50}))
    broken[45] ^= 0xFF
    for content in (lying, many, far, cut, broken, b"PK\3\4" + bytes(100)):
        assert send(client, project, {"x.zip": bytes(content)}).status_code == 400
    assert names(project) == left_over(project) == []


def test_sending_twice_changes_nothing_and_no_picture_replaces_another(
    client: Client, project: Project
) -> None:
    for _ in range(2):
        assert upload(client, project, a_png=PNG, b_png=PNG).status_code == 302
    assert names(project) == ["a.png", "b.png"]
    assert len(left_over(project)) == 1  # of two equal pictures one is kept
    response = upload(client, project, a_png=PNG + b"other", c_png=PNG)
    assert response.status_code == 400
    assert "another picture called &#x27;a.png&#x27;" in text_of(response)
    assert names(project) == ["a.png", "b.png"]


def test_tables_of_tasks_call_pictures_by_their_names(client: Client, project: Project) -> None:
    send(client, project, {"x.zip": zipped({"my shoe.png": PNG})})
    pool = scene.open_pool(project, tasks=[], status="draft")
    row = {"query": "shoe", "image": " my shoe.png "}
    add_tasks(pool, [TaskRow(row), TaskRow({**row, "image": "https://example.org/a.png"})])
    shown = sorted(task.input["image"] for task in pool.tasks.all())
    assert shown == [f"/media/{project.pk}/my%20shoe.png", "https://example.org/a.png"]
    assert client.get(shown[0]).status_code == 200
    with pytest.raises(TaskErrors, match=r"no picture called 'boot\.png'"):
        add_tasks(pool, [TaskRow(row), TaskRow({**row, "image": "boot.png"})])
    assert pool.tasks.count() == 2


def test_lists_of_items_call_pictures_by_their_names(client: Client, project: Project) -> None:
    other = scene.project(project.created_by, template="list_ranking")
    upload(client, other, a_png=PNG)
    pool = scene.open_pool(other, tasks=[], status="draft")
    items = [
        {"title": "one", "image": "a.png"},
        {"title": "two", "image": "/static/examples/mug.svg"},
        {"title": "x"},
    ]
    add_tasks(pool, [TaskRow({"query": "q", "items": items})])
    stored = pool.tasks.get().input["items"]
    assert [item.get("image") for item in stored] == [
        f"/media/{other.pk}/a.png",
        "/static/examples/mug.svg",
        None,
    ]
    with pytest.raises(TaskErrors, match="entry 1, image"):
        add_tasks(
            pool, [TaskRow({"query": "q", "items": '[{"title": "x", "image": "b.png"}, {"title": "y"}]'})]
        )


def test_pictures_that_tasks_show_are_not_deleted(client: Client, project: Project) -> None:
    upload(client, project, used_png=PNG, spare_png=PNG, other_png=PICTURES["gif"], last_png=PICTURES["gif"])
    add_tasks(
        scene.open_pool(project, tasks=[], status="draft"), [TaskRow({"query": "q", "image": "used.png"})]
    )
    page = f"/manage/projects/{project.pk}/pictures/delete/"
    assert client.post(page, {"picture": ["used.png", "other.png"]}).status_code == 400
    assert len(names(project)) == 4
    assert client.post(page, {"picture": ["other.png", "no such"]}).status_code == 302
    assert names(project) == ["last.png", "spare.png", "used.png"]
    assert client.get(f"/media/{project.pk}/last.png").status_code == 200
    assert client.post(page, {"which": "all"}).status_code == 302
    assert names(project) == ["used.png"]
    assert len(left_over(project)) == 1
    assert client.get(f"/media/{project.pk}/used.png").status_code == 200


def test_a_new_version_of_a_project_has_its_pictures(client: Client, project: Project) -> None:
    upload(client, project, a_png=PNG)
    newer = new_version(project, ProjectSpec(name="v2", template="image_query"), project.created_by)
    assert names(newer) == ["a.png"]
    client.post(f"/manage/projects/{project.pk}/pictures/delete/", {"which": "all"})
    assert client.get(f"/media/{newer.pk}/a.png").status_code == 200


def test_kinds_are_told_by_the_first_bytes() -> None:
    assert {kind: kind_of(content[:64]) for kind, content in PICTURES.items()} == {
        kind: kind for kind in PICTURES
    }
    assert {kind_of(content[:64]) for content in NO_PICTURES.values()} == {None}
    packed = zlib.compress(PNG)
    assert kind_of(packed) is None


def test_pictures_are_kept_and_deleted_on_every_database(database: ServerConfig) -> None:
    with override_settings(CONFIG=database):
        project = scene.project(template="image_query")
        client = browser(project.created_by)
        upload(client, project, a_png=PNG, b_png=PNG)
        add_tasks(
            scene.open_pool(project, tasks=[], status="draft"), [TaskRow({"query": "q", "image": "a.png"})]
        )
        client.post(f"/manage/projects/{project.pk}/pictures/delete/", {"which": "all"})
        assert names(project) == ["a.png"]
        assert client.get(f"/media/{project.pk}/a.png").status_code == 200


def test_uploading_nothing_says_so(client: Client, project: Project) -> None:
    response = client.post(f"/manage/projects/{project.pk}/pictures/", {})
    assert response.status_code == 400
    assert "Choose one picture or more" in text_of(response)


def test_a_picture_whose_file_is_gone_is_not_there(client: Client, project: Project) -> None:
    from palate.server.projects.pictures import file_of

    upload(client, project, a_png=PNG)
    file_of(Picture.objects.get()).unlink()
    assert client.get(f"/media/{project.pk}/a.png").status_code == 404
