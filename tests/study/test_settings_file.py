from pathlib import Path

import pytest

from palate.core.errors import SettingsError
from palate.study.new import default_values, new_study
from palate.study.settings_file import read_settings, settings_text


def problems(tmp_path: Path, text: str) -> str:
    path = tmp_path / "palate.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_settings(path)
    return str(caught.value)


def test_every_default_written_reads_back_as_the_default(tmp_path):
    path = tmp_path / "palate.toml"
    path.write_text(
        settings_text(default_values({"source": "movielens"}, seed=9, name='a "quoted" näme'), {})
    )
    settings = read_settings(path)
    assert settings.study.seed == 9
    assert settings.study.name == 'a "quoted" näme'
    assert settings.ask.reward == type(settings.ask.reward)("0.05")
    assert settings.grades.thresholds == (3.0, 4.0, 5.0)


def test_unknown_key_names_the_line_and_the_nearest_key(tmp_path):
    text = '[data]\nsource = "movielens"\n\n[ask]\noverlap = 3\noverlap_maks = 5\n'
    message = problems(tmp_path, text)
    assert (
        "palate.toml, line 6: there is no setting 'ask.overlap_maks'. Did you mean 'overlap_max'?" in message
    )


def test_unknown_table_names_the_line_and_the_nearest_table(tmp_path):
    message = problems(tmp_path, '[data]\nsource = "movielens"\n[evalute]\nheadline = "AP"\n')
    assert "line 3: there is no setting 'evalute'. Did you mean 'evaluate'?" in message


def test_wrong_type_names_the_line_and_what_came(tmp_path):
    message = problems(tmp_path, '[data]\nsource = "movielens"\n[split]\n# a comment\nqueries = "many"\n')
    assert "line 5: 'split.queries' is 'many'" in message
    assert "integer" in message


def test_bad_value_names_the_line(tmp_path):
    message = problems(tmp_path, '[data]\nsource = "movielens"\n[split]\nfuture_share = 1.5\n')
    assert "line 4: 'split.future_share' is 1.5" in message
    assert "less than 1" in message


def test_several_problems_are_all_told_at_once(tmp_path):
    message = problems(
        tmp_path, '[data]\nsource = "movielens"\n[split]\nqueries = 0\nfuture_share = 2\n[lern]\n'
    )
    assert len(message.splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[data]\nsource = "files"\n', "line 1: [data] name a file of interactions"),
        ("[study]\nseed = 1\n", "the setting 'data' is missing"),
        ('[data]\nsource = "movies"\n', "line 2: 'data.source' is 'movies'"),
        (
            '[data]\nsource = "movielens"\n[ask]\noverlap = 6\n',
            "line 3: [ask] overlap (6) must not exceed overlap_max (5)",
        ),
        ('[data]\nsource = "movielens"\n[ask]\ngolden_per_page = 10\n', "must leave room on a page of 10"),
        ('[data]\nsource = "movielens"\n[ask]\nreward = -1\n', "line 4: 'ask.reward' is -1"),
        (
            '[data]\nsource = "movielens"\n[grades]\nthresholds = [3, 2, 4]\n',
            "line 3: [grades] thresholds must ascend",
        ),
        (
            '[data]\nsource = "movielens"\n[grades]\nthresholds = [3.0]\n',
            "4 names need 3 thresholds; there are 1",
        ),
        ('[data]\nsource = "movielens"\n[grades]\nnames = ["no", "yes"]\n', "needs four names"),
        ('[data]\nsource = "movielens"\n[split]\nmin_candidates = 40\n', "must not exceed candidates (30)"),
        (
            '[data]\nsource = "movielens"\n[evaluate]\nheadline = "AP"\n',
            "headline 'AP' must be one of measures",
        ),
        ('[data]\nsource = "movielens"\n[recommend]\nsystems = ["als"]\n', "line 4: 'recommend.systems'"),
        ("[data\n", "this is not TOML"),
    ],
)
def test_message_of(tmp_path, text, expected):
    assert expected in problems(tmp_path, text)


def test_dotted_keys_and_inline_tables_are_found(tmp_path):
    assert "line 2: 'split.queries' is 'x'" in problems(
        tmp_path, 'data = {source = "movielens"}\nsplit.queries = "x"\n'
    )
    assert "line 1: 'data.source'" in problems(tmp_path, "data = {source = 3}\n").replace(
        "line 1: 'data.source' is 3", "line 1: 'data.source'"
    )


def test_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(SettingsError, match="palate study new DIR"):
        read_settings(tmp_path / "palate.toml")


def test_file_that_is_no_utf8_is_named(tmp_path):
    (tmp_path / "palate.toml").write_bytes(b'[data]\nsource = "\xff"\n')
    with pytest.raises(SettingsError, match="not UTF-8"):
        read_settings(tmp_path / "palate.toml")


def test_new_study_refuses_to_overwrite(tmp_path):
    new_study(tmp_path / "s")
    with pytest.raises(Exception, match="There is a study in"):
        new_study(tmp_path / "s")


def test_file_written_before_there_were_rounds_reads_as_it_was_and_has_one(tmp_path):
    path = tmp_path / "palate.toml"
    path.write_text(
        '[study]\nname = "demo"\nseed = 0\n\n[data]\nsource = "movielens"\n\n'
        "[split]\nfuture_share = 0.3\nqueries = 150\ncandidates = 20\nmin_candidates = 15\nliked_shown = 5\n\n"
        "[sample]\ndepth = 20\npairs = 300\npair_depth = 5\n\n"
        '[evaluate]\nmeasures = ["nDCG@10", "R(rel=2)@10"]\nheadline = "nDCG@10"\n\n'
        '[learn]\nranker = "lambdamart"\nfolds = 5\n'
    )
    settings = read_settings(path)
    assert settings.study.rounds == 1
    assert (settings.split.candidates, settings.sample.depth, settings.split.queries) == (20, 20, 150)
    assert settings.evaluate.measures == ("nDCG@10", "R(rel=2)@10")


def test_new_study_has_two_rounds(tmp_path):
    study = new_study(tmp_path / "s")
    assert study.settings.study.rounds == 2


@pytest.mark.parametrize("rounds", ["0", "10", "2.0", '"two"'])
def test_rounds_are_a_number_from_one_to_nine(tmp_path, rounds):
    message = problems(tmp_path, f'[study]\nrounds = {rounds}\n[data]\nsource = "movielens"\n')
    assert "line 2: 'study.rounds' is" in message
