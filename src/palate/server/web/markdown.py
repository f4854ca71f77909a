"""Markdown that managers write, as HTML in which nothing can run."""

from __future__ import annotations

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe

__all__ = ["html_of"]


@lru_cache(maxsize=64)
def html_of(markdown: str) -> SafeString:
    r"""Return Markdown as clean HTML, its headings one level down: pages have their own first heading.

    >>> html_of("# Why <script>alert(1)</script>")
    '<h2>Why </h2>\n'
    """
    import nh3
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1:]) + 1)}"
    html = parser.renderer.render(tokens, parser.options, {})
    return mark_safe(nh3.clean(html, link_rel="noopener noreferrer nofollow"))  # noqa: S308 (cleaned here)
