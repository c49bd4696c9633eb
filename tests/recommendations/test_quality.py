"""The shipped settings reach their targets on every data set, and are never behind the simpler ways."""

import pytest

from tests.benchmarks.quality import Contest, reached


@pytest.mark.shared_data
@pytest.mark.slow
@pytest.mark.parametrize("name", ["groceries", "online_retail"])
def test_the_shipped_settings_reach_the_targets(name: str) -> None:
    contest = Contest(name)
    ours = contest.ours()
    assert not [(measure, found, target) for measure, found, target in reached(name, contest, ours) if found < target]


@pytest.mark.shared_data
@pytest.mark.slow
def test_nobody_is_better_served_by_popularity_or_plain_counts() -> None:
    contest = Contest("groceries")
    results = {result.name: result.values for result in contest.systems()}
    for rival in ("popularity", "co-count"):
        for column, measure in enumerate(contest.measures):
            _, _, high = contest.interval((results["ours"] - results[rival])[:, column])
            assert high >= 0, f"{measure}: {rival} is better"
