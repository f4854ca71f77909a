from __future__ import annotations

import pytest
import report_examples as examples
from html_tree import Element, parse


@pytest.fixture(scope="module")
def page() -> Element:
    return parse(examples.example())


@pytest.fixture(scope="module")
def hostile_page() -> Element:
    return parse(examples.hostile())


@pytest.fixture(params=["page", "hostile_page"])
def any_page(request: pytest.FixtureRequest) -> Element:
    found: Element = request.getfixturevalue(request.param)
    return found
