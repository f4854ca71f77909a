"""What a task shows as HTML that stands alone, for platforms that draw our tasks. All text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from palate.core.errors import InputError, SettingsError
from palate.task_templates import ItemCard, Link, Option, Part, Picture, Ranking, Sides, TaskView

__all__ = ["STYLE", "Drawing", "instructions_html", "options_html"]

STYLE = (
    ".palate{font:16px/1.45 system-ui,sans-serif;max-width:60rem}"
    ".palate fieldset{border:1px solid #b8b8b8;border-radius:6px;margin:0 0 1.2rem;padding:.8rem 1rem}"
    ".palate legend{font-weight:600}"
    ".palate .sides{display:grid;grid-template-columns:1fr 1fr;gap:1rem}"
    ".palate .card{border:1px solid #d5d5d5;border-radius:6px;padding:.6rem;overflow-wrap:anywhere}"
    ".palate .name{color:#555;font-size:.85rem}"
    ".palate img{max-width:100%;max-height:16rem;display:block}"
    ".palate .text{white-space:pre-line}"
    ".palate .options label{display:block;padding:.25rem 0}"
    "@media(max-width:36rem){.palate .sides{grid-template-columns:1fr}}"
)


@dataclass(frozen=True)
class Drawing:
    """Draws what tasks show.

    Args:
        site: Where paths such as /media/shoe.jpg are found, such as ``https://judge.example.org``; empty if nowhere.
    """

    site: str = ""

    def __post_init__(self) -> None:
        if self.site and not self.site.startswith("https://"):
            raise SettingsError(f"'site' must begin with https://; it is {self.site!r}.")

    def task(self, view: TaskView) -> Markup:
        """Return all that is shown of a task, without what is answered.

        Raises:
            InputError: A picture or link is a path on this server, and there is no ``site``.
        """
        language = Markup(' lang="{}"').format(view.content_language) if view.content_language else Markup()
        return Markup('<div dir="auto"{}>{}</div>').format(language, _joined(map(self._part, view.parts)))

    def _part(self, part: Part) -> Markup:
        match part:
            case ItemCard():
                return self._card(part)
            case Ranking():
                items = _joined(Markup("<li>{}</li>").format(self._card(card)) for card in part.cards)
                return Markup("<div>{}<ol>{}</ol></div>").format(_name(part.label), items)
            case Sides():
                sides = (self._part(part.left), self._part(part.right))
                return Markup('<div class="sides">{}{}</div>').format(*sides)
            case Picture():
                return self._picture(part)
            case Link():
                return self._link(part)
        texts = getattr(part, "texts", None)
        text = "; ".join(texts) if texts is not None else getattr(part, "text", "")
        tag = Markup("<h3>{}{}</h3>") if part.kind == "heading" else Markup('<div class="text">{}{}</div>')
        return tag.format(_name(getattr(part, "label", "")), text)

    def _card(self, card: ItemCard) -> Markup:
        inner = [_name(card.label)]
        if card.picture:
            inner.append(self._picture(card.picture))
        inner += [
            Markup("<strong>{}</strong>").format(card.title) if card.title else Markup(),
            Markup('<div class="text">{}</div>').format(card.text) if card.text else Markup(),
            Markup("<p>{}</p>").format(card.price) if card.price else Markup(),
        ]
        if card.link:
            inner.append(self._link(card.link))
        return Markup('<div class="card">{}</div>').format(_joined(inner))

    def _picture(self, picture: Picture) -> Markup:
        return Markup('<img src="{}" alt="{}">').format(self._url(picture.url), picture.alt)

    def _link(self, link: Link) -> Markup:
        tag = Markup('<p><a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a></p>')
        return tag.format(self._url(link.url), link.text)

    def _url(self, url: str) -> str:
        if not url.startswith("/"):
            return url
        if not self.site:
            raise InputError(
                f"{url} is a path on this server, which annotators elsewhere cannot open. Give whole addresses, or"
                " name the server in the setting 'site'.",
                where="tasks",
                column="shown",
            )
        return self.site.rstrip("/") + url


def options_html(options: Iterable[Option], name: str, *, required: bool) -> Markup:
    """Return radio buttons."""
    must = Markup(" required") if required else Markup()
    row = Markup('<label><input type="radio" name="{}" value="{}"{}> {}{}</label>')
    return Markup('<div class="options">{}</div>').format(
        _joined(row.format(name, one.value, must, one.text, _meaning(one)) for one in options)
    )


def instructions_html(markdown: str) -> Markup:
    """Return Markdown as clean HTML in which nothing can run."""
    import nh3
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark").enable("table").render(markdown)
    return Markup(nh3.clean(html, link_rel="noopener noreferrer nofollow"))  # noqa: S704 (cleaned here)


def _meaning(option: Option) -> Markup:
    return (
        Markup(' <span class="name">{}</span>').format(option.description) if option.description else Markup()
    )


def _name(label: str) -> Markup:
    return Markup('<div class="name">{}</div>').format(label) if label else Markup()


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup().join(parts)
