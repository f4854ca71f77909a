from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Optional

import pytest

from palate.core.errors import SettingsError
from palate.core.settings import check_counts, check_positive, check_settings

if TYPE_CHECKING:
    from decimal import Decimal

Likes = Literal["all", "some"]


@dataclass(frozen=True)
class Method:
    needed: int
    share: float = 0.5
    count: int | None = None
    old_style: Optional[float] = None  # noqa: UP045 (others still write so)
    exact: bool = True
    name: str = "x"
    likes: Likes = "all"
    levels: Literal[1, 2] = 1
    labels: tuple[str, ...] = ()
    path: str | Path = ""
    made: list[int] = field(default_factory=list)
    inner: int = field(default=0, init=False)


@dataclass(frozen=True)
class Annotated:
    price: Decimal
    count: int = 1


def check(**settings):
    check_settings(Method, {"needed": 1, **settings}, "sampler 'm'")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"share": 1},
        {"share": 0.25},
        {"count": None},
        {"count": 3},
        {"old_style": 2},
        {"exact": False},
        {"name": ""},
        {"likes": "some"},
        {"levels": 2},
        {"labels": ("a",)},
        {"labels": ["a"]},
        {"path": Path("x")},
        {"made": [1]},
    ],
    ids=repr,
)
def test_settings_of_the_declared_type_pass(settings):
    check(**settings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"needed": "1"}, "'needed' of the sampler 'm' must be a whole number; it is '1'."),
        ({"needed": 1.0}, "'needed' of the sampler 'm' must be a whole number; it is 1.0."),
        ({"needed": True}, "'needed' of the sampler 'm' must be a whole number; it is true."),
        ({"needed": None}, "'needed' of the sampler 'm' must be a whole number; it is None."),
        ({"share": "half"}, "'share' of the sampler 'm' must be a number; it is 'half'."),
        ({"share": False}, "'share' of the sampler 'm' must be a number; it is false."),
        ({"share": float("nan")}, "'share' of the sampler 'm' must be a number; it is nan."),
        ({"count": 1.5}, "'count' of the sampler 'm' must be a whole number or nothing; it is 1.5."),
        ({"old_style": "x"}, "'old_style' of the sampler 'm' must be a number or nothing; it is 'x'."),
        ({"exact": 1}, "'exact' of the sampler 'm' must be true or false; it is 1."),
        ({"name": 1}, "'name' of the sampler 'm' must be text; it is 1."),
        ({"likes": "none"}, "'likes' of the sampler 'm' must be one of all, some; it is 'none'."),
        ({"levels": 3}, "'levels' of the sampler 'm' must be one of 1, 2; it is 3."),
        (
            {"shares": 1},
            "The sampler 'm' has no setting 'shares'. Did you mean 'share'? Its settings: count, exact,",
        ),
        ({"zzz": 1}, "The sampler 'm' has no setting 'zzz'. Its settings: count,"),
        ({"inner": 1}, "The sampler 'm' has no setting 'inner'."),
    ],
    ids=repr,
)
def test_other_settings_are_refused(settings, said):
    with pytest.raises(SettingsError) as caught:
        check(**settings)
    assert str(caught.value).startswith(said)


def test_setting_without_default_is_needed():
    with pytest.raises(SettingsError, match=r"^The sampler 'm' needs the setting 'needed'\.$"):
        check_settings(Method, {}, "sampler 'm'")


def test_types_that_cannot_be_known_are_left_to_the_method():
    check_settings(Annotated, {"price": "1.50", "count": "many"}, "platform 'a'")
    with pytest.raises(SettingsError, match="needs the setting 'price'"):
        check_settings(Annotated, {}, "platform 'a'")


def test_method_without_settings_says_none():
    @dataclass(frozen=True)
    class Bare:
        pass

    with pytest.raises(SettingsError, match=r"has no setting 'x'\. Its settings: none\."):
        check_settings(Bare, {"x": 1}, "ranker 'bare'")


@pytest.mark.parametrize("value", [0, -1, -(10**9)])
def test_count_below_one_is_refused_by_its_name(value):
    check_counts(first=1, second=10**9)
    with pytest.raises(SettingsError, match=f"^'second' must be at least 1; it is {value}.$"):
        check_counts(first=1, second=value)


@pytest.mark.parametrize("value", [0.0, -1.5, float("inf"), float("-inf"), float("nan")])
def test_number_that_is_not_above_zero_is_refused_by_its_name(value):
    check_positive(first=1e-300, second=1e300)
    with pytest.raises(SettingsError, match=f"^'second' must be a number above 0; it is {value}.$"):
        check_positive(first=1.0, second=value)
