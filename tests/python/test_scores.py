"""Scores: definitions as dicts, fitting, what models say of a profile and why."""

import random
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import kith
import pytest

AT = "2024-01-01"
NOW = "2024-06-01"
BEGIN = datetime(2023, 1, 1, tzinfo=timezone.utc)
SIZE = {
    "kind": "rules",
    "rules": [{"name": "big", "when": "sum(order.total) > 1000"}, {"name": "small", "when": "count(order) >= 2"}],
    "otherwise": "consumer",
}
TIER = {
    "kind": "tiers", "value": "sum(order.total)",
    "tiers": [{"name": "gold", "top_percent": 25}, {"name": "silver", "top_percent": 50}], "otherwise": "bronze",
}
RHYTHM = {"kind": "lifecycle", "event": "order", "amount": "total"}
ORDERS = {"1": [700, 800], "2": [5, 7], "3": [9], "4": []}


@pytest.fixture
def scored(store):
    """Four customers, two scores of whom one is fitted."""
    with store.write() as txn:
        for key, totals in ORDERS.items():
            txn.put("crm", key, {"given_name": f"P{key}"}, AT)
            for day, total in enumerate(totals, 1):
                txn.event("crm", key, "order", f"2024-02-{10 * day}", {"total": total}, message_id=f"{key}-{day}")
        txn.define_score("size", SIZE, AT, note="who is big")
        txn.define_score("tier", TIER, AT)
    store.fit_score("tier", NOW)
    return store


def values(store, call, now=NOW):
    """What an expression gives for each customer."""
    with store.read() as txn:
        return {key: txn.profile_of("crm", key, now).evaluate(call, now)["value"] for key in ORDERS}


def test_definitions_are_dicts(scored):
    with scored.read() as txn:
        size = txn.score_definition("size")
        assert size == {"name": "size", "version": 1, "removed": False, "definition": SIZE, "note": "who is big",
                        "gives": "text", "at": datetime(2024, 1, 1, tzinfo=timezone.utc)}
        assert [found["name"] for found in txn.score_definitions()] == ["size", "tier"]
        tier = txn.score_definition("tier")
        assert tier["version"] == 2 and tier["note"] is None
        assert {**tier["definition"], "fitted": None} == {**TIER, "fitted": None}
        assert tier["definition"]["fitted"]["customers"] == 4
        assert txn.score_definition("tier", 1)["definition"] == TIER
        assert txn.mentions("score", "size") == [("event", "order"), ("property", "total")]
        assert txn.segments() == [] and txn.traits() == []


def test_putting_again(scored):
    with scored.write() as txn:
        assert txn.define_score("size", SIZE, "2024-03-01", note="who is big") == "unchanged"
        assert txn.define_score("tier", TIER, "2024-03-01") == "unchanged"  # what was learnt stays
        assert txn.define_score("size", {**SIZE, "otherwise": "private"}, "2024-03-01") == "updated"
        assert txn.define_score("care", '{"kind": "rules", "rules": [{"name": "call", "when": "TRUE"}]}', AT) == "added"
        txn.remove_score("care", "2024-03-01")
        with pytest.raises(kith.NotFound):
            txn.score_definition("care")
        assert txn.score_definition("care", 1)["definition"]["kind"] == "rules"


def test_models_say_what_they_are(scored):
    with scored.read() as txn:
        assert txn.score_model("size") == {
            "kind": "rules", "learns": False, "learnt": False,
            "outputs": [{"output": "name", "gives": "text", "what": "of the first rule that holds", "kept": True}]}
        tier = txn.score_model("tier")
        assert (tier["kind"], tier["learns"], tier["learnt"]) == ("tiers", True, True)
        with pytest.raises(kith.NotFound, match="did you mean 'size'"):
            txn.score_model("sise")


def test_dates_are_outputs_too(scored):
    with scored.write() as txn:
        txn.define_score("rhythm", RHYTHM, AT)
        gives = {about["output"]: about["gives"] for about in txn.score_model("rhythm")["outputs"]}
    assert (gives["stage"], gives["changes_on"], gives["usual_gap"]) == ("text", "date", "number")


@pytest.mark.parametrize("definition, words", [
    ("{", "line 1 column"), ({"kind": "ruled"}, "expected the kind of score"), ({}, "expected the kind of score"),
    ({"kind": "rules", "rules": [{"name": "a", "when": "did(ordr)"}]}, "did you mean 'order'")])
def test_wrong_definitions(scored, definition, words):
    with scored.write() as txn:
        with pytest.raises(kith.Invalid, match=words):
            txn.define_score("wrong", definition, AT)
        assert txn.define_score("right", SIZE, AT) == "added"  # the transaction goes on


def test_definitions_of_other_types(scored):
    with scored.write() as txn:
        with pytest.raises(TypeError, match="definition must be a dict or JSON text"):
            txn.define_score("wrong", ["rules"], AT)


def test_what_is_asked_for_stays(scored):
    with scored.write() as txn:
        txn.put_segment("big", "score('size') = 'big'", AT)
        with pytest.raises(kith.Invalid, match="segment 'big' asks for it"):
            txn.remove_score("size", AT)


def test_expressions_ask_for_scores(scored):
    assert values(scored, "score('size')") == {"1": "big", "2": "small", "3": "consumer", "4": "consumer"}
    assert values(scored, "score('tier.name')") == {"1": "gold", "2": "silver", "3": "bronze", "4": "bronze"}
    assert values(scored, "score('size')", "2024-01-15")["1"] == "consumer"
    with scored.read() as txn:
        assert txn.count("score('tier') = 'gold'", NOW) == 1


def test_what_a_profile_shows(scored):
    with scored.write() as txn:
        txn.define_score("rhythm", RHYTHM, AT)
        txn.score(("crm", "1"), "churn", 0.25, AT)
    with scored.read() as txn:
        ann = txn.profile_of("crm", "1", NOW)
        assert ann.score_values["size"] == {"name": "big"} and ann.score_values["tier"] == {"name": "gold"}
        assert ann.scores.keys() == {"churn"} and ann.score("churn") == Decimal("0.25")
        assert len(ann.orders) == 1
        orders = ann.orders[0]
        assert (orders["event"], orders["amount"], orders["refund"]) == ("order", "total", None)
        assert (orders["first"], orders["last"]) == (date(2024, 2, 10), date(2024, 2, 20))
        assert (orders["order_count"], orders["day_count"], orders["last_gap_days"]) == (2, 2, 10)
        assert (orders["spent"], orders["first_spent"], orders["refunded"]) == (1500, 700, 0)
        assert orders["squares"] == pytest.approx(700**2 + 800**2)
        nobody = txn.profile_of("crm", "4", NOW).orders[0]
        assert (nobody["first"], nobody["last"], nobody["order_count"]) == (None, None, 0)
        told = ann.to_dict()
        assert told["score_values"] == ann.score_values and told["orders"] == ann.orders


def test_fitting(scored):
    fit = scored.fit_score("tier", NOW, dry_run=True, where="did(order)")
    assert (fit["change"], fit["version"], fit["customer_count"]) == ("updated", 3, 3)
    assert fit["fitted"]["least"] == ["1500", "1500"]
    again = scored.fit_score("tier", NOW)
    assert (again["score"], again["change"], again["version"], again["customer_count"]) == ("tier", "unchanged", 2, 4)
    later = scored.fit_score("tier", "2024-07-01", where=kith.Expression("did(order)", scored), threads=2)
    assert (later["change"], later["version"]) == ("updated", 3)
    with scored.read() as txn:
        assert txn.score_definition("tier")["definition"]["fitted"] == later["fitted"]


def test_fitting_that_is_refused(scored):
    with pytest.raises(kith.NotFound):
        scored.fit_score("teer", NOW)
    with pytest.raises(kith.Invalid, match="it has nothing to learn"):
        scored.fit_score("size", NOW)
    with pytest.raises(kith.Invalid, match="did you mean 'order'") as refused:
        scored.fit_score("tier", NOW, where="did(ordr)")
    assert refused.value.position == 4
    with scored.write():
        with pytest.raises(kith.Misuse):
            scored.fit_score("tier", NOW)
    with pytest.raises(ValueError, match="holdout_days"):
        scored.fit_score("tier", NOW, holdout_days=2**33)


def test_fitting_tells_how_it_goes(scored):
    told = []
    scored.fit_score("tier", NOW, progress=lambda *step: told.append(step))
    assert told and all(done <= total for _, done, total, _ in told)


def put_buyers(store, seed=20240229, count=400):
    """Customers who buy at a rate of their own, and may leave after each order."""
    draw = random.Random(seed)
    print("seed", seed)
    with store.write() as txn:
        for customer in range(count):
            rate, leaves, day = draw.gammavariate(1, 0.05), draw.betavariate(0.8, 2.4), draw.uniform(0, 90)
            while day < 365:
                total = round(draw.gammavariate(6, 1) * draw.gammavariate(4, 2), 2) + 1
                txn.event("shop", str(customer), "order", BEGIN + timedelta(days=day), {"total": total})
                day = 365 if draw.random() < leaves else day + draw.expovariate(rate)


def test_fitting_repeat_buying_tells_reading_from_fitting(store):
    steps = []

    def progress(phase, done, total, _):
        step = (done, total) if phase == "fit" else phase
        if not steps or steps[-1] != step:
            steps.append(step)
        return step != (3, 3)

    put_buyers(store)
    with store.write() as txn:
        txn.define_score("repeat", {"kind": "repeat", "event": "order", "amount": "total"}, AT)
    with pytest.raises(kith.Interrupted):
        store.fit_score("repeat", BEGIN + timedelta(days=365), progress=progress)
    # The customers, their model, what they spend; those who were known some time ago, and their model.
    assert steps == ["read", (0, 3), (1, 3), (2, 3), "read", (2, 3), (3, 3)]
    with store.read() as txn:
        assert txn.score_definition("repeat")["version"] == 1


def test_a_fit_that_is_stopped_writes_nothing(scored):
    before = values(scored, "score('tier')")
    with pytest.raises(kith.Interrupted):
        scored.fit_score("tier", "2024-07-01", where="did(order)", progress=lambda *step: False)
    with pytest.raises(ZeroDivisionError):
        scored.fit_score("tier", "2024-07-01", where="did(order)", progress=lambda *step: 1 / 0)
    assert values(scored, "score('tier')") == before
    with scored.read() as txn:
        assert txn.score_definition("tier")["version"] == 2


def test_versions_are_compared(scored):
    scored.fit_score("tier", NOW, where="sum(order.total) < 1000")
    with scored.read() as txn:
        drift = txn.score_drift("tier", NOW)
        assert (drift["output"], drift["from_version"], drift["to_version"]) == ("name", 2, 3)
        assert drift["customer_count"] == 4 and drift["changed_count"] > 0 and drift["stability_index"] > 0
        assert (drift["from_mean"], drift["to_mean"], drift["mean_change"]) == (0, 0, 0)  # it gives a text
        assert txn.score_drift("tier", NOW, from_version=3, to_version=3)["changed_count"] == 0
        for wrong in ({"name": "teer"}, {"name": "tier", "from_version": 9}):
            with pytest.raises(kith.NotFound):
                txn.score_drift(now=NOW, **wrong)


def test_comparing_versions_may_be_stopped(scored):
    scored.fit_score("tier", NOW, where="sum(order.total) < 1000")
    told = []
    with scored.read() as txn:
        drift = txn.score_drift("tier", NOW, threads=2, progress=lambda *step: told.append(step[0]))
        assert set(told) == {"read"} and drift == txn.score_drift("tier", NOW)
        with pytest.raises(kith.Interrupted):
            txn.score_drift("tier", NOW, progress=lambda *step: False)
        with pytest.raises(ZeroDivisionError):
            txn.score_drift("tier", NOW, progress=lambda *step: 1 / 0)
        with pytest.raises(TypeError, match="progress must be callable"):
            txn.score_drift("tier", NOW, progress=5)
    with scored.write() as txn:  # where others aren't told
        assert txn.score_drift("tier", NOW, progress=lambda *step: False) == drift


def test_explaining(scored):
    with scored.read() as txn:
        ann = txn.profile_of("crm", "1", NOW)
        why = ann.explain_score("size", NOW)
        assert (why["score"], why["kind"], why["version"], why["learnt"]) == ("size", "rules", 1, True)
        assert why["outputs"] == [{"output": "name", "value": "big", "what": "of the first rule that holds"}]
        assert why["reasons"] == [{"text": "sum(order.total) > 1000", "share": None}]
        assert why["next_change_at"] is None
        with pytest.raises(kith.NotFound, match="did you mean 'size'"):
            ann.explain_score("sise", NOW)


def test_a_score_that_is_not_fitted_says_nothing(scored):
    with scored.write() as txn:
        txn.define_score("other", {**TIER, "otherwise": "none"}, AT)
    with scored.read() as txn:
        ann = txn.profile_of("crm", "1", NOW)
        assert "other" not in ann.score_values
        why = ann.explain_score("other", NOW)
        assert why["learnt"] is False and why["outputs"][0]["value"] is None
