from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass

import pytest

from palate.core.errors import PalateError, SettingsError, UnknownNameError
from palate.core.registry import Registry, plain_name
from palate.inference.base import PairedTest
from palate.inference.registry import paired_tests
from palate.sampling import DepthPool
from palate.sampling.registry import samplers

OURS = {
    "__init__": "",
    "base": "class Fruit: pass",
    "registry": "",
    "_press": "def press(): return 1",
    "apple": """
        from dataclasses import dataclass
        from fruit_shop.base import Fruit
        __all__ = ["Apple", "Juice", "slices"]
        @dataclass(frozen=True)
        class Apple(Fruit):
            size: int = 3
        class Juice: pass
        def slices(): return 8
    """,
    "blood_orange": """
        from dataclasses import dataclass
        from fruit_shop.base import Fruit
        __all__ = ["squeeze", "Fruit", "BloodOrange"]
        squeeze = len
        @dataclass(frozen=True)
        class BloodOrange(Fruit):
            origin: str
    """,
}
THEIRS = {
    "lemon": """
        from dataclasses import dataclass
        from fruit_shop.base import Fruit
        @dataclass(frozen=True)
        class Lemon(Fruit):
            sour: float = 1.0
        class Peel: pass
        zest = 7
    """,
    "lime": "import a_module_that_nobody_has",
}
ENTRY_POINTS = """
    [test.fruits]
    Green-Lemon = lemon:Lemon
    apple = lemon:Lemon
    lime = lime:Lime
    nothing = lemon:Nothing
    peel = lemon:Peel
    zest = lemon:zest

    [other.group]
    melon = melon:Melon
"""


def write_modules(folder, modules):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text))


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A package of two methods, and a distribution that adds others by entry points; both really installed."""
    write_modules(tmp_path / "fruit_shop", OURS)
    write_modules(tmp_path / "fruit_shop" / "crate", {"__init__": ""})
    write_modules(tmp_path, THEIRS)
    metadata = tmp_path / "citrus-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: citrus\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(textwrap.dedent(ENTRY_POINTS))
    monkeypatch.syspath_prepend(tmp_path)
    yield Registry("fruit", "fruit_shop", "test.fruits")
    for name in [n for n in sys.modules if n.partition(".")[0] in {"fruit_shop", *THEIRS}]:
        del sys.modules[name]


class TestNames:
    def test_public_modules_and_entry_points_are_the_names(self, shop):
        assert shop.names() == ["apple", "blood_orange", "green_lemon", "lime", "nothing", "peel", "zest"]

    def test_names_are_known_without_importing_the_methods(self, shop):
        shop.names()
        assert not {"fruit_shop.apple", "lemon", "lime"} & set(sys.modules)

    @pytest.mark.parametrize("name", ["blood_orange", "blood-orange", "Blood Orange", " BLOOD_ORANGE "])
    def test_hyphens_spaces_and_capitals_do_not_matter(self, shop, name):
        assert shop.get(name).__name__ == "BloodOrange"
        assert plain_name(name) == "blood_orange"

    def test_unknown_name_suggests_the_nearest(self, shop):
        with pytest.raises(UnknownNameError) as caught:
            shop.get("aple")
        assert str(caught.value) == (
            "There is no fruit named 'aple'. Did you mean apple?"
            " There are: apple, blood_orange, green_lemon, lime, nothing, peel, zest."
        )

    @pytest.mark.parametrize(
        "name", ["base", "registry", "_press", "crate", "__init__", "", "melon", "os.path"]
    )
    def test_other_modules_are_no_methods(self, shop, name):
        with pytest.raises(UnknownNameError):
            shop.get(name)

    def test_first_public_class_of_the_module_is_the_method(self, shop):
        assert shop.get("apple").__name__ == "Apple"
        assert shop.get("blood_orange").__name__ == "BloodOrange"

    def test_names_of_methods_lead_back_to_them(self, shop):
        for name in ("apple", "blood_orange", "green_lemon"):
            assert shop.name_of(shop.get(name)) == name
        assert shop.name_of(shop.create("apple", {"size": 9})) == "apple"
        assert shop.name_of(shop.create("green-lemon")) == "green_lemon"

    def test_method_that_nobody_registered_is_called_after_its_module(self, shop):
        @dataclass(frozen=True)
        class Stray:
            pass

        assert shop.name_of(Stray) == __name__.rpartition(".")[2]


class TestThirdParties:
    def test_their_method_is_loaded(self, shop):
        assert shop.get("green_lemon").__module__ == "lemon"
        assert shop.create("Green Lemon", {"sour": 0.5}).sour == 0.5

    def test_our_method_goes_before_theirs_of_that_name(self, shop):
        assert shop.get("apple").__module__ == "fruit_shop.apple"

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            (
                "lime",
                "(lime:Lime) cannot be loaded: No module named 'a_module_that_nobody_has'. Mend or remove",
            ),
            (
                "nothing",
                "(lemon:Nothing) cannot be loaded: module 'lemon' has no attribute 'Nothing'. Mend or remove",
            ),
            ("zest", "(lemon:zest) is no dataclass of settings: 7."),
            ("peel", "(lemon:Peel) is no dataclass of settings: <class 'lemon.Peel'>."),
        ],
    )
    def test_their_mistake_is_said_where_it_is_asked_for(self, shop, name, said):
        with pytest.raises(PalateError) as caught:
            shop.get(name)
        assert f"Entry point '{name}' of group 'test.fruits' {said}" in str(caught.value)

    def test_their_mistake_harms_no_other_name(self, shop):
        assert shop.name_of(shop.get("apple")) == "apple"
        assert shop.name_of(shop.get("green_lemon")) == "green_lemon"
        assert "lime" not in sys.modules

    def test_palate_finds_what_others_install(self, tmp_path):
        write_modules(
            tmp_path,
            {
                "coin_toss": """
                    from dataclasses import dataclass
                    @dataclass(frozen=True)
                    class CoinToss:
                        sides: int = 2
                """
            },
        )
        metadata = tmp_path / "coins-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: coins\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text("[palate.paired_tests]\ncoin-toss = coin_toss:CoinToss\n")
        script = (
            "from palate.inference import paired_tests\n"
            "found = paired_tests.create('coin_toss', {'sides': 3})\n"
            "print('coin_toss' in paired_tests.names(), paired_tests.name_of(found), found.sides)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == ("True coin_toss 3\n", "")


class TestCreate:
    def test_settings_go_to_the_method_and_others_stay_at_their_defaults(self, shop):
        assert shop.create("apple").size == 3
        assert shop.create("apple", None) == shop.create("apple", {})
        assert shop.create("apple", {"size": 5}).size == 5

    def test_unknown_setting_suggests_the_nearest(self, shop):
        with pytest.raises(SettingsError) as caught:
            shop.create("apple", {"sise": 5})
        assert str(caught.value) == (
            "The fruit 'apple' has no setting 'sise'. Did you mean 'size'? Its settings: size."
        )

    def test_setting_of_the_wrong_type_is_refused(self, shop):
        with pytest.raises(
            SettingsError, match="'size' of the fruit 'apple' must be a whole number; it is 'big'"
        ):
            shop.create("apple", {"size": "big"})

    def test_setting_that_a_method_needs_is_asked_for(self, shop):
        with pytest.raises(SettingsError, match=r"^The fruit 'blood_orange' needs the setting 'origin'\.$"):
            shop.create("blood_orange")


def test_iteration_is_over_classes_in_the_order_of_names():
    classes = list(samplers)
    assert [samplers.name_of(cls) for cls in classes] == samplers.names()
    assert DepthPool in classes
    assert all(issubclass(cls, PairedTest) for cls in paired_tests)


def test_registries_are_values():
    assert Registry("a", "b", "c") == Registry("a", "b", "c")
    assert len({Registry("a", "b", "c"), Registry("a", "b", "c")}) == 1
