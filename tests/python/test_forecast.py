"""What is foreseen: of a customer by a score of repeat buying, of an audience by a power calculation."""

import random
from datetime import date, timedelta

import kith
import pytest

AT, NOW, SEED = "2023-01-01", "2024-01-01", 20240601
REPEAT = {"kind": "repeat", "event": "order", "amount": "total"}


@pytest.fixture
def bought(store):
    """Customers who buy at rates of their own until they drop out; one who never bought."""
    print(f"seed {SEED}")
    draw = random.Random(SEED)
    with store.write() as txn:
        txn.put("crm", "nobody", {"given_name": "Nobody"}, AT)
        for number in range(300):
            day, rate, quits = draw.random() * 60, draw.gammavariate(0.9, 1 / 25), draw.betavariate(1, 3)
            mean, key = draw.gammavariate(6, 10), str(number)
            while day < 365:
                at = (date(2023, 1, 1) + timedelta(days=int(day))).isoformat()
                txn.event("crm", key, "order", f"{at}T12:00:00Z", {"total": round(mean * draw.gammavariate(4, .25), 2)},
                          message_id=f"{key}-{day}")
                day = 365 if draw.random() < quits else day + draw.expovariate(rate)
        txn.define_score("repeat", REPEAT, AT)
    store.fit_score("repeat", NOW)
    return store


def best(txn):
    """Of whom the most purchases are to be expected."""
    return max((txn.get(row["id"], NOW) for row in txn.query("did(order)", now=NOW)),
               key=lambda customer: customer.evaluate("score('repeat.purchases')", NOW)["value"])


def test_a_forecast_agrees_with_the_score(bought):
    with bought.read() as txn:
        customer = best(txn)
        found = customer.forecast("repeat", NOW)
        said = {name: customer.evaluate(f"score('repeat.{name}')", NOW)["value"]
                for name in ("alive", "purchases", "order_value", "value", "at_risk")}
        for name, value in said.items():
            assert found[name] == pytest.approx(float(value), abs=1e-6)
        assert found["days"] == 365 and len(found["chances"]) == 11
        assert sum(found["chances"]) == pytest.approx(1, abs=1e-9)
        assert 0 < found["alive_then"] < found["alive"] < 1 and found["alive_if_silent"] < found["alive"]
        assert found["next_early_days"] < found["next_days"] < found["next_late_days"]
        assert found["value_low"] <= found["value"] <= found["value_high"] and found["value_error"] > 0
        soon, sure = customer.forecast("repeat", NOW, days=7.5), customer.forecast("repeat", NOW, share=.95)
        assert soon["days"] == 7.5 and 0 < soon["purchases"] < found["purchases"]
        assert sure["value_high"] > found["value_high"] and sure["value"] == found["value"]


def test_forecasts_that_are_refused(bought):
    with bought.read() as txn:
        customer = best(txn)
        with pytest.raises(kith.NotFound, match="did you mean 'repeat'"):
            customer.forecast("repeatt", NOW)
        with pytest.raises(kith.NotFound, match="no orders"):
            txn.profile_of("crm", "nobody", NOW).forecast("repeat", NOW)
        for wrong in ({"days": -1}, {"share": 1}, {"days": float("nan")}):
            with pytest.raises(kith.Invalid):
                customer.forecast("repeat", NOW, **wrong)


def test_a_definition_is_fitted_and_nothing_is_written(bought):
    kept = bought.fit_score("repeat", NOW)
    fit = bought.fit_score(None, NOW, definition=REPEAT)
    assert (fit["score"], fit["version"]) == (None, 0)
    assert fit["fitted"] == kept["fitted"] == fit["definition"]["fitted"] == kept["definition"]["fitted"]
    assert {**fit["definition"], "fitted": None} == {**REPEAT, "fitted": None}
    with bought.read() as txn:
        assert [score["name"] for score in txn.score_definitions()] == ["repeat"]
    for wrong in ({}, {"definition": {"kind": "repeat"}}):
        with pytest.raises(kith.Error):
            bought.fit_score(None, NOW, **wrong)
    with pytest.raises(kith.Misuse):
        bought.fit_score("repeat", NOW, definition=REPEAT)


def test_a_control_group_is_as_small_as_tells(now):
    plan = kith.control_group(100_000, .05, .1)
    assert plan["tells"] and plan["why_not"] is None
    assert plan["control_count"] + plan["treated_count"] == 100_000
    assert plan["control_count"] < kith.control_group(100_000, .05, .1, power=.9)["control_count"]
    assert plan["control_count"] < kith.control_group(100_000, .05, .1, alpha=.01)["control_count"]
    few = kith.control_group(200, .05, .1)
    assert not few["tells"] and few["control_count"] == few["treated_count"] == 100 and few["least_lift"] > .1
    assert few["bucket_count"] == 5000 and few["why_not"]
    with pytest.raises(kith.Invalid):
        kith.control_group(200, 1.5, .1)
    with pytest.raises(TypeError):
        kith.control_group(200, .05)
