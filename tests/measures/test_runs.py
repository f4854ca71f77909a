import polars as pl
import pytest

from palate.core.errors import InputError
from palate.measures import read_runs
from palate.measures._runs import systems_in

RUN = pl.DataFrame({"query": ["1", "1"], "item": ["x", "y"], "score": [2.0, 1.0]})
TREC = "1 Q0 x 1 2.0 {0}\n1 Q0 y 2 1.0 {0}\n"


def names(runs):
    return [run.system for run in systems_in(runs)]


def test_a_dataframe_without_system_is_called_run():
    assert names(RUN) == ["run"]


def test_a_file_without_system_is_called_as_the_file(tmp_path):
    RUN.write_csv(tmp_path / "als.v2.csv")
    assert names(tmp_path / "als.v2.csv") == ["als.v2"]
    assert names([str(tmp_path / "als.v2.csv")]) == ["als.v2"]


def test_the_column_system_names_systems(tmp_path):
    (tmp_path / "file.trec").write_text(TREC.format("als"))
    assert names(tmp_path / "file.trec") == ["als"]
    both = pl.concat([RUN.with_columns(system=pl.lit(name)) for name in ("bpr", "als")])
    assert names(both) == ["bpr", "als"]
    found = systems_in(both)
    assert found[1].rows.rows() == RUN.rows()


def test_numbers_name_systems_too():
    assert names(RUN.with_columns(system=7)) == ["7"]


def test_a_dict_names_runs_whatever_they_call_themselves(tmp_path):
    (tmp_path / "a.trec").write_text(TREC.format("default"))
    (tmp_path / "b.trec").write_text(TREC.format("default"))
    assert names({"first": tmp_path / "a.trec", "second": tmp_path / "b.trec", "third": RUN}) == [
        "first",
        "second",
        "third",
    ]


def test_a_name_for_several_systems_is_refused():
    both = pl.concat([RUN.with_columns(system=pl.lit(name)) for name in ("bpr", "als")])
    with pytest.raises(InputError, match="run given as 'mine' holds 2 systems: 'bpr', 'als'"):
        systems_in({"mine": both})


def test_two_systems_of_one_name_are_refused(tmp_path):
    (tmp_path / "a.trec").write_text(TREC.format("default"))
    (tmp_path / "b.trec").write_text(TREC.format("default"))
    with pytest.raises(InputError, match=r"called 'default' \(.*a\.trec and .*b\.trec\).*dict"):
        systems_in([tmp_path / "a.trec", tmp_path / "b.trec"])
    with pytest.raises(InputError, match="called 'run'. Name them apart"):
        systems_in([RUN, RUN])


@pytest.mark.parametrize("nothing", [[], {}])
def test_no_run_is_refused(nothing):
    with pytest.raises(InputError, match="no run to evaluate"):
        systems_in(nothing)


def test_a_missing_system_is_refused():
    with pytest.raises(InputError, match="row 2, column 'system'.*missing"):
        systems_in(RUN.with_columns(system=pl.Series(["als", None])))


def test_read_runs_returns_one_table_with_names(tmp_path):
    RUN.with_columns(pl.col("query", "item"), rank=pl.Series([1, 2])).write_parquet(tmp_path / "als.parquet")
    table = read_runs([tmp_path / "als.parquet", RUN.with_columns(system=pl.lit("bpr"))])
    assert table.select("system", "query", "item", "score").rows() == [
        ("als", "1", "x", 2.0),
        ("als", "1", "y", 1.0),
        ("bpr", "1", "x", 2.0),
        ("bpr", "1", "y", 1.0),
    ]


def test_read_runs_brings_ids_of_different_types_together_as_text():
    numbers = pl.DataFrame({"query": [1], "item": [3], "score": [2.0]})
    table = read_runs({"a": numbers, "b": RUN})
    assert table["query"].to_list() == ["1", "1", "1"]
    assert table["item"].to_list() == ["3", "x", "y"]


def test_errors_call_a_run_by_its_file_or_its_name(tmp_path):
    (tmp_path / "a.trec").write_text(TREC.format("default"))
    files = systems_in({"first": tmp_path / "a.trec"})
    assert files[0].where == str(tmp_path / "a.trec")
    assert systems_in({"first": RUN})[0].where == "run 'first'"
    with pytest.raises(InputError, match="^run 'first', row 1, column 'score'"):
        systems_in({"first": RUN.with_columns(score=pl.lit(float("nan")))})
