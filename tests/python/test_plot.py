"""kith.plot: what its pictures show, and what it says where it can't draw."""

import sys
from datetime import date, datetime

import kith
import kith.plot
import pytest


# What a model that foretells reports, in the shape of Store.fit_score().
FIT = {"score": "churn", "fitted": {"customers": 95, "calibration": {"groups": [
    {"predicted": 0.1, "actual": 0.15, "customers": 60}, {"predicted": 0.4, "actual": 0.35, "customers": 30},
    {"predicted": 0.0, "actual": 0.0, "customers": 0}, {"predicted": 0.9, "actual": 1.0, "customers": 5}]}}}


@pytest.fixture
def buyer(store):
    """Ann with three orders, and what scores say of her."""
    with store.write() as txn:
        txn.put("crm", "1", {"given_name": "Ann"}, "2024-01-01")
        for number, day in enumerate(("2024-01-10", "2024-02-10", "2024-03-10")):
            txn.event("crm", "1", "order", day, {"total": 10}, message_id=f"o-{number}")
        txn.define_score("rhythm", {"kind": "lifecycle", "event": "order"}, "2024-01-01")
        txn.define_score("size", {"kind": "rules", "rules": [{"name": "it's big", "when": "count(order) >= 2"}]},
                         "2024-01-01")
    return store


@pytest.fixture
def drawn(people, truth, now):
    """A pair that links, one that doesn't, and an evaluation."""
    people.resolve(now)
    with people.read() as txn:
        pairs = [txn.pair(("crm", "3"), ("shop", "3")), txn.pair(("crm", "3"), ("crm", "4"))]
    return (*pairs, people.evaluate(truth))


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip("matplotlib", reason="SKIPPED: there is no matplotlib to draw with")
    matplotlib.use("Agg")
    import matplotlib.pyplot

    yield matplotlib.pyplot
    matplotlib.pyplot.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_it_says_what_it_needs(drawn, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for call in (lambda: kith.plot.waterfall(drawn[0]), lambda: kith.plot.curve(drawn[2]),
                 lambda: kith.plot.weights({"comparisons": []}), lambda: kith.plot.calibration(FIT)):
        with pytest.raises(ImportError, match="kith.plot needs matplotlib.*pip install matplotlib"):
            call()


def test_no_curve_without_a_model(shop, tmp_path):
    path = tmp_path / "truth.csv"
    path.write_text("source,key,entity\ncrm,1,A\nweb,77,A\n")
    with pytest.raises(ValueError, match="has no curve"):
        kith.plot.curve(shop.evaluate(path))


def test_rows_add_up(drawn):
    for pair in drawn[:2]:
        *steps, total = kith.plot._rows(pair)
        assert steps[0].label == "prior" and steps[0].start == 0
        for before, after in zip(steps, steps[1:]):
            assert after.start == pytest.approx(before.start + before.bits)
        assert steps[-1].start + steps[-1].bits == pytest.approx(total.bits) == pair["bits"]
    assert (kith.plot._rows(drawn[0])[-1].said, kith.plot._rows(drawn[1])[-1].said) == (
        "enough for a link", "too few for a link")


@pytest.mark.parametrize("bits, odds", [
    (0, "1.0 to 1 that they are one"), (3, "8.0 to 1 that they are one"), (-10, "1,024 to 1 that they are two"),
    (30, "1e+09 to 1 that they are one"), (5000, "1e+18 to 1 that they are one")])
def test_odds(bits, odds):
    assert kith.plot._odds(bits) == odds


def test_waterfall(drawn, pyplot, tmp_path):
    for pair in drawn[:2]:
        ax = kith.plot.waterfall(pair)
        assert len(ax.patches) == len(kith.plot._rows(pair))
        assert ":".join(pair["a"]) in ax.get_title(loc="left")
        assert f"a link needs {pair['link_at']:+.1f}" in texts(ax)
        ax.figure.savefig(tmp_path / "pair.png")
        assert (tmp_path / "pair.png").stat().st_size > 10_000


def test_waterfall_draws_dollars_as_they_are(drawn, pyplot, tmp_path):
    pair = dict(drawn[0], a=("crm", "$x^{$"))
    pair["comparisons"] = [dict(comparison, value_a="$a_{$") for comparison in pair["comparisons"]]
    kith.plot.waterfall(pair).figure.savefig(tmp_path / "pair.png")


def test_curve(drawn, pyplot, tmp_path):
    evaluation = drawn[2]
    ax = kith.plot.curve(evaluation)
    lines = {line.get_label(): line for line in ax.lines}
    for label, name in (("precision", "precision"), ("recall", "recall"), ("F1", "f1")):
        assert list(lines[label].get_ydata()) == [point["quality"][name] for point in evaluation["curve"]]
    assert any(label.startswith("F1 of the profiles") for label in lines)
    ax.figure.savefig(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 10_000


def test_weights(resolved, pyplot, tmp_path):
    with resolved.read() as txn:
        model = txn.model()
    ax = kith.plot.weights(model)
    seen = [comparison for comparison in model["comparisons"] if comparison["seen"]]
    assert 0 < len(seen) < len(model["comparisons"])
    wanted = []
    for comparison in seen:
        wanted.append(comparison["name"].replace("_", " "))
        wanted += [level["name"] for level in comparison["levels"][:0:-1]]
    assert texts(ax) == wanted
    drawn = [bar.get_width() for bar in ax.patches]
    assert drawn == [level[bits] for comparison in seen for level in comparison["levels"][:0:-1]
                     for bits in ("bits", "relative_bits")]
    assert "match model 1, learnt from 200 records" in ax.get_title(loc="left")
    ax.figure.savefig(tmp_path / "model.png")
    assert (tmp_path / "model.png").stat().st_size > 10_000


def test_weights_of_nothing(resolved, pyplot, tmp_path):
    with resolved.read() as txn:
        kith.plot.weights(dict(txn.model(), comparisons=[])).figure.savefig(tmp_path / "model.png")


def test_score_history_of_a_text(buyer, pyplot, tmp_path):
    ax = kith.plot.score_history(buyer, ("crm", "1"), "size", "2024-01-01", "2024-03-31", steps=90)
    line = ax.lines[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["it's big"]
    known = [time.date().isoformat() for time, value in zip(line.get_xdata(), line.get_ydata()) if value == 0]
    assert (known[0], known[-1], len(line.get_xdata())) == ("2024-02-10", "2024-03-31", 91)
    assert ax.get_title(loc="left") == "size of crm:1" and len(ax.lines) == 1  # rules don't say what an order is
    ax.figure.savefig(tmp_path / "size.png")


def test_score_history_of_a_number(buyer, pyplot, tmp_path):
    buyer.fit_score("rhythm", "2024-04-01")
    ax = kith.plot.score_history(buyer, ("crm", "1"), "rhythm.silent_days", "2024-01-10", "2024-03-31", steps=81)
    days, orders = ax.lines
    assert [int(value) for value in days.get_ydata()][:33] == [*range(31), 0, 1]
    assert [time.date().isoformat() for time in orders.get_xdata()] == ["2024-01-10", "2024-02-10", "2024-03-10"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["3 orders"]
    with buyer.read() as txn:
        id = txn.profile_id("crm", "1")
    again = kith.plot.score_history(buyer, id, "rhythm", 1704067200000000, datetime(2024, 3, 31), steps=20)
    assert again.get_title(loc="left") == f"rhythm of {id[:8]}"
    again.figure.savefig(tmp_path / "rhythm.png")
    assert (tmp_path / "rhythm.png").stat().st_size > 10_000


def test_no_history_of_nobody(buyer):
    with pytest.raises(ValueError, match="there is no customer crm:2"):
        kith.plot.score_history(buyer, ("crm", "2"), "size", "2024-01-01", "2024-03-31")
    with pytest.raises(ValueError, match="ends before it begins"):
        kith.plot.score_history(buyer, ("crm", "1"), "size", "2024-03-31", date(2024, 1, 1))
    with pytest.raises(kith.NotFound):
        kith.plot.score_history(buyer, ("crm", "1"), "sise", "2024-01-01", "2024-03-31")


def test_calibration(pyplot, tmp_path):
    definition = {"definition": {"kind": "chance", "fitted": FIT["fitted"]}}
    for given in (FIT, FIT["fitted"], definition, {"fitted": {"holdout": FIT["fitted"]["calibration"]}}):
        ax = kith.plot.calibration(given)
        line = ax.lines[1]
        assert list(zip(line.get_xdata(), line.get_ydata())) == [(0.1, 0.15), (0.4, 0.35), (0.9, 1.0)]
        assert ax.get_title(loc="left") == "3 groups of 95 customers"
    ax.figure.savefig(tmp_path / "calibration.png")
    assert (tmp_path / "calibration.png").stat().st_size > 10_000


def test_no_calibration_of_what_foretells_nothing():
    with pytest.raises(ValueError, match="doesn't foretell anything"):
        kith.plot.calibration({"fitted": {"least": ["1"]}})


def test_axes_are_taken(drawn, resolved, pyplot):
    figure, (left, middle, right) = pyplot.subplots(1, 3)
    assert kith.plot.waterfall(drawn[0], left) is left and kith.plot.curve(drawn[2], ax=right) is right
    with resolved.read() as txn:
        assert kith.plot.weights(txn.model(), middle) is middle
    assert pyplot.get_fignums() == [figure.number]


def test_a_grid_shows_all_customers(shop, now, pyplot):
    with shop.read() as txn:
        found = txn.rfm(now)
    ax = kith.plot.rfm_grid(found)
    assert ax.get_title(loc="left") == "1 customers as of 2024-06-01"
    shown = texts(ax)
    assert len(shown) == 25 and sum(text != "–" for text in shown) == 1
    assert "1\n50 each" in shown
    given = pyplot.subplots()[1]
    assert kith.plot.rfm_grid(found, given) is given
