"""What in a page could run: looked for with the standard library's parser, as a browser would find it."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["dangers_in"]

_WITH_ADDRESSES = {"href", "src", "action", "formaction", "srcset", "poster", "data", "ping"}


class _Dangers(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if (
            tag == "script"
            and not values.get("src", "").startswith("/static/")
            and values.get("type") != "application/json"
        ):
            self.found.append(f"<script> that is not a file of ours: {values}")
        if tag in {"style", "iframe", "object", "embed", "base", "meta"} and not self._harmless(tag, values):
            self.found.append(f"<{tag}>: {values}")
        for name, value in values.items():
            if name.startswith("on") or name in {"style", "srcdoc"}:
                self.found.append(f"{name} on <{tag}>: {value}")
            if name in _WITH_ADDRESSES and value.strip().casefold().startswith(
                ("javascript:", "data:", "vbscript:")
            ):
                self.found.append(f"{name} of <{tag}>: {value}")

    @staticmethod
    def _harmless(tag: str, values: dict[str, str]) -> bool:
        return tag == "meta" and "http-equiv" not in values


def dangers_in(page: str) -> list[str]:
    """Return every script, handler, style or address in a page that a strict policy would have to stop."""
    parser = _Dangers()
    parser.feed(page)
    return parser.found
