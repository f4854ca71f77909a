from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palate.core import errors
from palate.core.errors import InputError, PalateError, SettingsError, UnknownNameError, nearest


def test_place_comes_before_the_problem():
    error = InputError("Expected a number.", where="a.csv", row=3, column="seconds")
    assert str(error) == "a.csv, row 3, column 'seconds': Expected a number."


def test_only_what_is_known_of_the_place_is_said():
    assert str(InputError("Empty.", where="a.csv")) == "a.csv: Empty."
    assert str(InputError("Bad.", column="task")) == "column 'task': Bad."
    assert str(InputError("Bad.")) == "Bad."


def test_every_error_is_a_palate_error():
    classes = [getattr(errors, name) for name in errors.__all__ if name != "nearest"]
    assert len(classes) == 6
    assert all(issubclass(cls, PalateError) for cls in classes)


def test_unknown_name_suggests_and_lists():
    error = UnknownNameError("measure", "nddcg", ["RR", "nDCG", "AP"])
    assert str(error) == "There is no measure named 'nddcg'. Did you mean nDCG? There are: AP, nDCG, RR."


def test_unknown_name_without_a_near_one_only_lists():
    assert (
        str(UnknownNameError("measure", "zzz", ["AP"])) == "There is no measure named 'zzz'. There are: AP."
    )
    assert str(UnknownNameError("measure", "zzz", [])) == "There is no measure named 'zzz'."


@pytest.mark.parametrize(
    "error",
    [
        InputError("Bad.", where="a.csv", row=2, column="task"),
        UnknownNameError("measure", "nddcg", ["nDCG"]),
        SettingsError("Bad."),
    ],
)
def test_errors_survive_the_way_between_processes(error):
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 (our own bytes)
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)


def test_nearest_takes_hyphens_and_capitals_as_they_come():
    assert nearest("Dawid-Skene", ["dawid_skene", "mace"]) == "dawid_skene"
    assert nearest("xyz", ["dawid_skene", "mace"]) is None


@given(st.lists(st.text(min_size=1), min_size=1), st.data())
def test_a_name_that_exists_is_its_own_nearest(names, data):
    name = data.draw(st.sampled_from(names))
    found = nearest(name, names)
    assert found is not None
    assert found.casefold().replace("-", "_") == name.casefold().replace("-", "_")
