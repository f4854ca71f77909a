"""Take the README's picture of the demo's report: needs demo/ (``make demo``), Chromium, and the package playwright."""

from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "demo" / "report" / "index.html"


def take(target: Path, *, width: int, height: int) -> None:
    """Save what a window of this size shows of the report."""
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
        view.goto(PAGE.as_uri())
        view.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    images = ROOT / "docs" / "images"
    images.mkdir(exist_ok=True)
    take(images / "report.png", width=1280, height=900)
