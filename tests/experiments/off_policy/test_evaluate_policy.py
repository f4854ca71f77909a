from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from bandit_logs import ITEMS, bandit, bandit_log, policy_table
from requirements import require

from palate.core.errors import InputError, UnknownNameError
from palate.experiments.off_policy import IPS, SNIPS, evaluate_policy

OPEN_BANDIT = Path(__file__).parents[4] / "shared" / "data" / "open_bandit"


@pytest.fixture
def world():
    return bandit(1)


@pytest.fixture
def log(world):
    clicks, logging, _ = world
    return bandit_log(clicks, logging, 300, np.random.default_rng(0))


def test_intervals_cover_the_known_truth(world):
    clicks, logging, target = world
    truth = float((clicks * target).sum(axis=1).mean())
    policy, runs = policy_table(target), 100
    hits = dict.fromkeys(("ips", "snips", "doubly_robust"), 0)
    for seed in range(runs):
        found = evaluate_policy(bandit_log(clicks, logging, 200, np.random.default_rng(seed)), policy)
        for value in found.values:
            hits[value.name] += truth in value.value
    # 95 of 100 with a standard deviation of 2.2.
    assert all(count >= 86 for count in hits.values()), hits


def test_values_rest_on_weights_of_the_items_shown(world, log):
    _, _, target = world
    found = evaluate_policy(log, policy_table(target), methods=["ips", "snips"])
    item = log["item"].str.strip_prefix("i").cast(int).to_numpy()
    weights = target[log["hour"].to_numpy(), item] / log["propensity"].to_numpy()
    ips, snips = (value.value.estimate for value in found.values)
    assert ips == pytest.approx(np.mean(weights * log["reward"].to_numpy()))
    assert snips == pytest.approx(np.average(log["reward"].to_numpy(), weights=weights))
    assert found.effective_rows == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert (found.mean_weight, found.largest_weight) == pytest.approx((weights.mean(), weights.max()))
    same = evaluate_policy(log.with_columns(target=pl.Series(weights) * pl.col("propensity")))
    assert [value.value for value in same.values] == pytest.approx([value.value for value in found.values])


def test_the_logging_policy_itself_has_no_lift(world, log):
    _, logging, _ = world
    found = evaluate_policy(log, policy_table(logging), methods=["ips", "snips"])
    for value in found.values:
        assert value.value.estimate == pytest.approx(log["reward"].mean())
        assert (value.lift.estimate, value.lift.high) == pytest.approx((0, 0))
    assert "which is not clearly more or less than" in found.sentence
    assert found.effective_rows == pytest.approx(len(log))


def test_users_count_once(log, world):
    policy = policy_table(world[2])
    by_user, by_row = evaluate_policy(log, policy), evaluate_policy(log.drop("user"), policy)
    assert (by_user.units, by_user.unit, by_row.units, by_row.unit) == (300, "user", 1500, "row")
    copies = pl.concat([log, log, log])
    tripled = evaluate_policy(copies, policy, methods=["snips"]).values[0]
    assert tripled.value.low == pytest.approx(by_user.values[1].value.low)


def test_a_good_model_takes_noise_out():
    rng = np.random.default_rng(3)
    hour, item = rng.integers(0, 3, 3000), rng.integers(0, ITEMS, 3000)
    reward = 5.0 * hour + 2.0 * item + rng.normal(0, 0.1, 3000)
    log = pl.DataFrame(
        {
            "hour": hour,
            "item": [f"i{i}" for i in item],
            "reward": reward,
            "propensity": np.full(3000, 1 / ITEMS),
        }
    )
    target = bandit(4)[2]
    truth = float((target * (5.0 * np.arange(3)[:, None] + 2.0 * np.arange(ITEMS))).sum(axis=1).mean())
    ips, snips, robust = evaluate_policy(log, policy_table(target)).values
    assert truth in robust.value
    width = robust.value.high - robust.value.low
    assert width < 0.75 * (snips.value.high - snips.value.low)
    assert width < 0.6 * (ips.value.high - ips.value.low)


def test_a_bad_model_keeps_the_value_right(world, log):
    target = world[2]
    odd = log.with_columns(noise=pl.Series(np.random.default_rng(1).normal(0, 1, len(log))))
    plain, noisy = (
        evaluate_policy(table, policy_table(target), methods=["doubly_robust"], features=features).values[0]
        for table, features in ((log, []), (odd, ["noise"]))
    )
    assert noisy.value.estimate == pytest.approx(plain.value.estimate, abs=0.01)


def test_clipping_says_its_bias(world, log):
    policy = policy_table(world[2])
    whole, cut = (evaluate_policy(log, policy, methods=[IPS(clip=c), SNIPS(clip=c)]) for c in (None, 1.0))
    for a, b in zip(whole.values, cut.values, strict=True):
        assert b.clipping == pytest.approx(a.value.estimate - b.value.estimate)
        assert 0 < b.clipped < 1
    assert any(note.startswith("ips: ") and "clipped at 1;" in note for note in cut.notes)
    assert not any("clipped" in note for note in whole.notes)


def test_notes_warn_of_what_the_log_cannot_tell(world, log):
    target = world[2].copy()
    narrow = evaluate_policy(log.head(60), policy_table(target), methods=["snips"])
    assert any("of its own would" in note for note in narrow.notes)
    wrong = evaluate_policy(log.with_columns(propensity=pl.col("propensity") / 2), policy_table(target))
    assert any("propensities are wrong" in note for note in wrong.notes)
    heavy = log.with_columns(
        propensity=pl.when(pl.int_range(pl.len()) == 3).then(1e-6).otherwise("propensity")
    )
    assert any("of all weight" in note for note in evaluate_policy(heavy, policy_table(target)).notes)
    of_first = pl.Series(world[1][:, 0]).gather(log["hour"])
    absent = log.with_columns(pl.col("propensity") / (1 - of_first)).filter(pl.col("item") != "i0")
    assert any(
        "of which the log says nothing" in note
        for note in evaluate_policy(absent, policy_table(target)).notes
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"propensity": pl.lit(0.0)}, "column 'propensity': The value must be above 0"),
        ({"propensity": pl.lit(1.2)}, "must be at most 1"),
        ({"propensity": pl.lit(None, pl.Float64)}, "The value is missing"),
        ({"reward": pl.lit(float("nan"))}, "column 'reward'"),
        (
            {"hour": pl.lit(9)},
            "The policy says nothing about 1,500 of 1,500 rows of the log, such as those of hour 9",
        ),
        ({"item": pl.lit(None, pl.String)}, "every row of the log needs the column 'item'"),
        ({"user": pl.lit(1)}, "at least two users; the log has one"),
    ],
)
def test_bad_logs_are_errors(log, world, change, problem):
    with pytest.raises(InputError, match=problem):
        evaluate_policy(log.with_columns(**change), policy_table(world[2]))


def test_bad_policies_are_errors(log, world):
    policy = policy_table(world[2])
    with pytest.raises(InputError, match="those of hour 0 sum to 0.5"):
        evaluate_policy(log, policy.with_columns(probability=pl.col("probability") / 2))
    twice = pl.concat([policy, policy]).with_columns(probability=pl.col("probability") / 2)
    with pytest.raises(InputError, match="some are named twice"):
        evaluate_policy(log, twice)
    with pytest.raises(InputError, match="What the target policy would show is not known"):
        evaluate_policy(log)
    with pytest.raises(InputError, match="give the table of the policy"):
        evaluate_policy(log.with_columns(target=0.5), methods=["doubly_robust"])
    with pytest.raises(UnknownNameError, match="no off-policy estimator named 'dm'"):
        evaluate_policy(log, policy, methods=["dm"])
    with pytest.raises(InputError, match="The log has no feature 'age'"):
        evaluate_policy(log, policy, features=["age"])
    with pytest.raises(InputError, match="A feature is missing"):
        evaluate_policy(log.with_columns(age=pl.lit(None)), policy, features=["age"])
    with pytest.raises(InputError, match="no estimator"):
        evaluate_policy(log, policy, methods=[])
    with pytest.raises(InputError, match="at least two rows"):
        evaluate_policy(log.head(1), policy)


def open_bandit(policy: str) -> pl.DataFrame:
    require((OPEN_BANDIT / f"{policy}.csv").exists(), "the open bandit logs are not beside the repository")
    columns = ["item_id", "position", "click", "propensity_score"]
    return pl.read_csv(OPEN_BANDIT / f"{policy}.csv", columns=columns).rename({"item_id": "item"})


def test_the_random_policy_is_told_from_the_log_of_another():
    thompson, random = open_bandit("thompson"), open_bandit("random")
    uniform = pl.DataFrame({"item": range(34), "probability": [1 / 34] * 34})
    found = evaluate_policy(thompson, uniform)
    truth = random["click"].mean()
    error = (truth * (1 - truth) / len(random)) ** 0.5
    for value in found.values:
        half = (value.value.high - value.value.low) / 2
        assert abs(value.value.estimate - truth) < (half**2 + (1.96 * error) ** 2) ** 0.5
    assert 0.9 < found.mean_weight < 1.1
    assert found.effective_rows < 0.5 * len(thompson)


def test_a_feature_of_text_has_a_coefficient_a_value():
    rng = np.random.default_rng(6)
    sex, item = rng.integers(0, 2, 2000), rng.integers(0, ITEMS, 2000)
    log = pl.DataFrame(
        {
            "hour": rng.integers(0, 3, 2000),
            "item": [f"i{i}" for i in item],
            "sex": np.array(["f", "m"])[sex],
            "reward": 10.0 * sex + rng.normal(0, 0.1, 2000),
            "propensity": np.full(2000, 1 / ITEMS),
        }
    )
    target = policy_table(bandit(4)[2])
    plain, informed = (
        evaluate_policy(log, target, methods=["doubly_robust"], features=features).values[0].value
        for features in ([], ["sex"])
    )
    assert informed.high - informed.low < 0.8 * (plain.high - plain.low)
    assert informed.estimate == pytest.approx(10 * sex.mean(), abs=0.2)
