"""What a page says has happened: nothing before it has, with the run's own numbers, beside each other as they were predicted."""

from __future__ import annotations

import pytest

from engine.core.topic import Verdict
from pages.kit.ui.topic.happened import aligned, claim_rows, judge, own_timeline, told
from tests.pages.tab import new_run, tab

pytestmark = pytest.mark.usefixtures("workers")


@pytest.mark.parametrize(
    ("verdict", "written"),
    [
        (Verdict(0.9125, 0.91, 0.02), ("0.9125", "0.9100", "0.02")),
        (Verdict(0.0, 0.5, 0.0), ("0.0000", "0.5000", "0")),
        (Verdict(1234.5, 12345.678, 0.125), ("1,234", "12,346", "0.12")),
        (Verdict.at_least(2.0, 5.0), ("≥ 2", "5", "0")),
        (Verdict.at_most(0.25, 0.1, 0.01), ("≤ 0.2500", "0.1000", "0.01")),
        (Verdict.between(0.5, 2.0, 1.0), ("0.500 … 2.000", "1.000", "")),
        (Verdict(0.0, 2.5e-7, 1e-4), ("0", "2.50·10⁻⁷", "0.0001")),
        (Verdict(10_000.0, 12_000.0, 1.0), ("10,000", "12,000", "1")),
    ],
)
def test_predicted_and_measured_have_equally_many_decimals_and_separated_thousands(verdict, written):
    assert aligned(verdict) == written


def test_nothing_is_claimed_before_it_happened_and_what_waits_is_counted():
    run = new_run()
    with tab(run) as page:
        assert own_timeline(run) is None
        judged, waiting = judge(run, own_timeline(run))
        assert judged == [] and waiting == list(run.topic.claims) and waiting
        page.ask("step", lambda status: status["step"] == 50, count=50)
        timeline = own_timeline(run)
        assert timeline is not None and timeline.frame.step == 50
        judged, waiting = judge(run, timeline)
        assert judged and {claim.name for claim, _ in judged} | {claim.name for claim in waiting} == {
            claim.name for claim in run.topic.claims
        }
        rows = claim_rows(run, judged)
        assert len(rows) == 2 + len(judged) and rows[1] == "|---|--:|--:|--:|---|"
    run.close()


def test_a_number_that_the_run_has_not_is_grey_and_never_a_dash():
    run = new_run()
    said = told(run, "{a:.1f}, {b:.1f}, {c}", {"a": 1.0, "b": float("nan")}, {"a": 9.0, "b": 2.0})
    assert said == "1.0, :gray[2.0], :gray[not measured]"
    run.close()
