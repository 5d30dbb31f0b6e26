"""Segments and traits: defining them, who is in them, queries, and who entered and left."""

import _thread
import gc
import operator
import signal
import sys
import threading
import time
from datetime import datetime, timezone
from functools import partial

import kith
import pytest

UTC = timezone.utc

def day(number):
    return datetime(2024, 6, number, tzinfo=UTC)


def numbers(rows):
    return [row["number"] for row in rows]


@pytest.fixture
def town(store):
    """Ann and Cid of York, Bob of Ayr; Ann buys on day 5, Bob on day 20."""
    with store.write() as txn:
        for number, (name, city) in enumerate((("Ann", "York"), ("Bob", "Ayr"), ("Cid", "York"))):
            txn.put("crm", str(number), {"given_name": name, "city": city}, 0)
        txn.event("crm", "0", "order", day(5), {"total": 12.5})
        txn.event("crm", "1", "order", day(20), {"total": 30})
    return store


@pytest.fixture
def known(town):
    """The same, with two segments and two traits."""
    with town.write() as txn:
        txn.put_segment("local", "city = 'York'", day(1))
        txn.put_segment("recent", "did(order LAST 10d)", day(1))
        txn.put_trait("orders", "count(order)", day(1))
        txn.put_trait("spent", "sum(order.total)", day(1))
    return town


# ---- definitions ----


def test_definitions_have_versions(town):
    with town.write() as txn:
        assert txn.put_segment("york", "city='York'", day(1), note="they live there") == "added"
        assert txn.put_segment("york", "city = 'York'", day(2), note="they live there") == "unchanged"
        assert txn.put_segment("york", "city IN ('York', 'Ayr')", at=day(3)) == "updated"
        assert txn.put_trait("orders", "count(order)", at=day(1)) == "added"
    with town.read() as txn:
        york = txn.segment("york")
        assert york == {"kind": "segment", "name": "york", "version": 2, "removed": False,
                        "expression": "city IN ('York', 'Ayr')", "note": None, "gives": "condition", "at": day(3)}
        assert txn.segments() == [york]
        old = txn.segment("york", 1)
        assert old == txn.segment("york", version=1)
        assert (old["expression"], old["note"], old["at"]) == ("city = 'York'", "they live there", day(1))
        assert [(trait["kind"], trait["name"], trait["gives"]) for trait in txn.traits()] == [
            ("trait", "orders", "number")]
        assert txn.trait("orders") == txn.traits()[0]
        with pytest.raises(kith.NotFound, match="did you mean 'york'"):
            txn.segment("yorc")
        for version in (3, 2**32, 2**40):
            with pytest.raises(kith.NotFound):
                txn.segment("york", version)


def test_definitions_as_expressions_and_as_twins(town):
    with town.write() as txn:
        assert txn.put_segment("a", kith.Expression("city='York'"), 0) == "added"
        assert txn.put_segment("a", {"=": [{"attribute": "city"}, "York"]}, 0, json=True) == "unchanged"
        assert txn.put_segment("a", '{"=": [{"attribute": "city"}, "York"]}', 0, json=True) == "unchanged"
        with pytest.raises(kith.Invalid, match="visit"):
            txn.put_segment("b", kith.Expression("did(visit)"), 0)
        assert txn.put_segment("b", "did(visit)", 0, any_name=True) == "added"
        assert txn.put_segment("c", kith.Expression("did(call)", town, any_name=True), 0) == "added"
        assert txn.put_trait("t", kith.Expression("count(order)", value=True), 0) == "added"


def test_what_is_refused_leaves_no_trace(town):
    with town.write() as txn:
        txn.put_segment("a", "city = 'York'", 0)
        txn.put_segment("b", "segment('a')", 0)
        for name, expression, words in (
            ("a", "segment('b')", "asks for itself"), ("c", "count(order)", "expected a condition"),
            ("c", "citty = 'York'", "did you mean 'city'"), ("", "city = 'York'", "name"),
        ):
            with pytest.raises(kith.Invalid, match=words):
                txn.put_segment(name, expression, 0)
        with pytest.raises(kith.Invalid) as caught:
            txn.put_segment("c", "city = ", 0)
        assert caught.value.position == 7
        with pytest.raises(kith.Invalid, match="segment 'b' asks for it"):
            txn.remove_segment("a", 1)
        with pytest.raises(TypeError):
            txn.put_segment("c", 7, 0)
        with pytest.raises(TypeError):
            txn.put_segment("c", "city = 'York'")
        assert [segment["name"] for segment in txn.segments()] == ["a", "b"]
        assert txn.segment("a")["expression"] == "city = 'York'"
    with town.read() as txn:
        for write in (lambda: txn.put_segment("c", "true", 0), lambda: txn.remove_trait("t", 0),
                      lambda: txn.trim_transitions(1)):
            with pytest.raises(kith.ReadOnly):
                write()


def test_what_is_removed(known):
    with known.write() as txn:
        assert txn.remove_segment("local", day(2)) is None
        assert txn.remove_trait("spent", at=day(2)) is None
        with pytest.raises(kith.NotFound):
            txn.remove_segment("local", day(2))
        with pytest.raises(kith.NotFound):
            txn.segment("local")
        assert txn.segment("local", 2)["removed"]
        assert [trait["name"] for trait in txn.traits()] == ["orders"]


# ---- what profiles show ----


def test_profiles_show_segments_and_traits(known):
    for settled in (False, True):
        with known.read() as txn:
            ann = txn.profile_of("crm", "0", day(6))
            assert ann.computed is not settled
            assert ann.segments == ["local", "recent"]
            assert ann.in_segment("local") and ann.in_segment("recent")
            assert ann.traits == {"orders": 1, "spent": 12.5}
            assert ann.trait("spent") == 12.5 and ann.trait("none") is None
            bob = txn.profile_of("crm", "1", day(6))
            assert bob.segments == [] and not bob.in_segment("recent")
            assert bob.traits == {"orders": 0, "spent": 0}
            shown = ann.to_dict()
            assert shown["segments"] == ann.segments and shown["traits"] == ann.traits
            with pytest.raises(kith.NotFound, match="no segment 'none'"):
                ann.in_segment("none")
            with pytest.raises(TypeError):
                ann.in_segment(1)
        known.settle(day(6))


def test_evaluate(known):
    with known.read() as txn:
        ann = txn.profile_of("crm", "0", day(1))
        assert ann.evaluate("did(order LAST 10d)", day(6)) == {
            "value": True, "truth": True, "next_change_at": day(15)}
        assert ann.evaluate("did(order LAST 10d)", day(1))["next_change_at"] == day(5)
        assert ann.evaluate("orders * 2", now=day(6)) == {"value": 2, "truth": True, "next_change_at": None}
        assert ann.evaluate("last(order.at)", day(6))["value"] == day(5)
        assert ann.evaluate("last(order.at)", day(1)) == {"value": None, "truth": False, "next_change_at": day(5)}
        for expression in (kith.Expression("segment('local')"), kith.Expression("segment('local')", known),
                           kith.Expression("did(visit) OR city = 'York'", txn, any_name=True)):
            assert ann.evaluate(expression, day(6))["truth"]
        with pytest.raises(kith.Invalid, match="did you mean 'order'") as caught:
            ann.evaluate("did(ordr)", day(6))
        assert caught.value.position == 4
        with pytest.raises(kith.Invalid, match="did you mean 'order'"):
            ann.evaluate(kith.Expression("did(ordr)"), day(6))
        with pytest.raises(TypeError, match="expression must be str or kith.Expression"):
            ann.evaluate(3, day(6))
        with pytest.raises(TypeError):
            ann.evaluate("true")


def test_an_expression_of_another_store(known, tmp_path):
    """Its names are those of the store that it is asked in, also where they have other numbers there."""
    with kith.open(tmp_path / "other.kith", create=True) as other:
        with other.write() as txn:
            txn.put("crm", "9", {"shoe_size": 43, "city": "York"}, 0)
        expression = kith.Expression("shoe_size = 43", other)
        with known.read() as txn, pytest.raises(kith.Invalid, match="shoe_size"):
            txn.count(expression, day(1))
        with other.read() as txn:
            assert txn.count(kith.Expression("city = 'York'", known), day(1)) == 1


def test_mentions():
    expression = kith.Expression("city = 'York' AND did(order WHERE total > 3) AND tag('vip') AND segment('local') "
                                 "AND consent('news') AND points('main') > 1 AND score('churn') < 1 AND city != 'Ayr'")
    assert set(expression.mentions) == {
        ("attribute", "city"), ("event", "order"), ("property", "total"), ("tag", "vip"), ("segment", "local"),
        ("consent", "news"), ("points", "main"), ("score", "churn")}
    assert len(expression.mentions) == 8
    assert kith.Expression("true").mentions == []


# ---- queries ----


def test_who_is_meant(known):
    for settled in (False, True):
        with known.read() as txn:
            assert numbers(txn.query("segment('local')", now=day(6))) == [0, 2]
            assert numbers(txn.query("NOT segment('local')", now=day(6))) == [1]
            assert numbers(txn.query("segment('recent')", now=day(6))) == [0]
            assert numbers(txn.query("segment('recent')", now=day(25))) == [1]
            assert numbers(txn.query(kith.Expression("orders = 0"), now=day(6))) == [1, 2]
            assert numbers(txn.query(now=day(6))) == [0, 1, 2]
            assert numbers(txn.query(now=day(6), limit=2)) == [0, 1]
            assert txn.count("segment('local')", day(6)) == 2
            assert txn.count(kith.Expression("orders = 0", known), now=day(6)) == 2
            assert txn.count(None, day(6)) == 3
            assert txn.overlap(["segment('local')", kith.Expression("orders = 0", known)], day(6)) == [
                [2, txn.count("segment('local') AND orders = 0", day(6))],
                [txn.count("segment('local') AND orders = 0", day(6)), 2],
            ]
            with pytest.raises(kith.Invalid, match="1 to 64 conditions"):
                txn.overlap([], day(6))
            with pytest.raises(kith.Invalid, match="number 2 of the conditions is none"):
                txn.overlap(["TRUE", "orders"], day(6))
            for wrong in "TRUE", {"all": "TRUE"}:
                with pytest.raises(TypeError, match="conditions must be a list of expressions"):
                    txn.overlap(wrong, day(6))
            with pytest.raises(TypeError, match="a condition must be str or kith.Expression, not 5"):
                txn.overlap(["TRUE", 5], day(6))
            row = next(txn.query("city = 'Ayr'", now=day(6)))
            assert row == {"id": txn.profile_id("crm", "1"), "number": 1, "values": ()}
        known.settle(day(6))


def test_what_is_asked_about_each(known):
    with known.read() as txn:
        rows = [row["values"] for row in txn.query(None, ["given_name", "spent", "last(order.at)"], now=day(6))]
        assert rows == [("Ann", 12.5, day(5)), ("Bob", 0, None), ("Cid", 0, None)]
        columns = {"name": kith.Expression("given_name", value=True), "local": "segment('local')"}
        rows = [row["values"] for row in txn.query("given_name < 'C'", columns, now=day(6))]
        assert rows == [{"name": "Ann", "local": True}, {"name": "Bob", "local": False}]
        assert next(txn.query(columns=[], now=day(6)))["values"] == ()
        assert next(txn.query(columns={}, now=day(6)))["values"] == {}
        rows = txn.query("city = 'York'", ("city",), now=day(6))
        del columns
        gc.collect()
        assert [row["values"] for row in rows] == [("York",), ("York",)]


def test_queries_that_are_refused(known):
    with known.read() as txn:
        for where, columns, error, words in (
            ("city", None, kith.Invalid, "expected a condition"),
            (kith.Expression("city", value=True), None, kith.Invalid, "expected a condition"),
            ("citty = 'York'", None, kith.Invalid, "did you mean 'city'"),
            (None, ["city", "citty"], kith.Invalid, "did you mean 'city'"),
            (None, "city", TypeError, "columns must be a list"),
            (None, [3], TypeError, "a column must be str or kith.Expression"),
            (None, 3, TypeError, "not iterable"),
            (None, {3: "city"}, TypeError, "a column's name must be str"),
            (None, ["city"] * 257, kith.Misuse, "at most 256 columns"),
            (3, None, TypeError, "where must be str or kith.Expression"),
        ):
            with pytest.raises(error, match=words):
                txn.query(where, columns, now=day(6))
        with pytest.raises(kith.Invalid):
            txn.count("city", day(6))
        with pytest.raises(TypeError):
            txn.query("city = 'York'")
        with pytest.raises(TypeError):
            txn.query("city = 'York'", None, day(6))
        with pytest.raises(ValueError):
            txn.query(now=day(6), limit=-1)
        assert len(list(txn.query(columns=["city"] * 256, now=day(6)))) == 3


def test_a_query_ends_with_its_transaction(known):
    with known.write() as txn:
        rows = txn.query(now=day(6))
        next(rows)
        txn.put("crm", "3", {"city": "York"}, 0)
        with pytest.raises(kith.Misuse, match="wrote"):
            next(rows)
        rows = txn.query(now=day(6))
        assert len(list(rows)) == 4
        assert list(rows) == []
        rows.close()
        left = txn.query(now=day(6))
    with pytest.raises(kith.Misuse, match="has ended"):
        next(left)
    txn = known.read()
    rows = txn.query(now=day(6))
    txn.reset()
    with pytest.raises(kith.Misuse, match="reset"):
        next(rows)
    txn.renew()
    with pytest.raises(kith.Misuse, match="reset"):
        next(rows)
    with txn.query(now=day(6)) as rows:
        next(rows)
    assert list(rows) == []
    for call in (lambda: txn.query(now=day(6)), lambda: txn.count(None, day(6)), lambda: txn.transitions(),
                 lambda: txn.segments(), lambda: txn.segment("local")):
        txn.abort()
        with pytest.raises(kith.Misuse, match="has ended"):
            call()


def test_children_keep_their_parents(known):
    rows = known.read().query("city = 'York'", ["city"], now=day(6))
    known.close()
    gc.collect()
    assert [row["values"] for row in rows] == [("York",), ("York",)]


# ---- transitions ----


def test_transitions(known):
    with known.write() as txn:
        txn.settle(day(6))
        assert [(t["number"], t["segment"], t["entered"], t["cause"]) for t in txn.transitions()] == [
            (0, "local", True, "fact"), (0, "recent", True, "fact"), (2, "local", True, "fact")]
    known.settle(day(25))
    with known.write() as txn:
        after = list(txn.transitions(3))
        assert after[0] == {"sequence": 4, "id": txn.profile_id("crm", "0"), "number": 0, "segment": "recent",
                            "entered": False, "cause": "time", "at": day(15)}
        assert [(t["sequence"], t["number"], t["entered"], t["at"]) for t in after[1:]] == [(5, 1, True, day(20))]
        assert [t["sequence"] for t in txn.transitions(limit=2)] == [1, 2]
        assert [t["sequence"] for t in txn.transitions(since=4, limit=9)] == [5]
        assert list(txn.transitions(5)) == [] and list(txn.transitions(2**64 - 1)) == []
        for seen in txn.transitions(1):  # a log goes on after a write
            assert txn.trim_transitions(seen["sequence"]) == (2 if seen["sequence"] == 2 else 1)
        assert list(txn.transitions()) == []
        left = txn.transitions()
    with pytest.raises(kith.Misuse, match="has ended"):
        next(left)


def test_as_of_a_past_time(known):
    """Ann buys on day 5, Bob on day 20; each is in for ten days, whatever came after it."""
    with known.write() as txn:
        txn.put_segment("vip", "tag('vip')", day(1))
        txn.tag(("crm", "0"), "vip", day(5))
        txn.untag(("crm", "0"), "vip", day(9))
    known.settle(day(25))
    with known.read() as txn:
        for name in ("recent", "vip"):
            test = f"segment('{name}')"
            assert [numbers(txn.query(test, now=day(n))) for n in (4, 5, 16)] == [[], [0], []]
            assert [txn.count(test, day(n)) for n in (4, 5, 16)] == [0, 1, 0]
            ann = txn.profile_of("crm", "0", day(25))
            assert [ann.explain_segment(name, day(n))["truth"] for n in (4, 5, 16)] == [False, True, False]
            assert [txn.profile_of("crm", "0", day(n)).in_segment(name) for n in (4, 5, 16)] == [False, True, False]
        assert ann.explain_segment("recent", day(5))["next_change_at"] == day(15)


# ---- history ----


def test_the_size_of_a_segment_over_time(known):
    with known.read() as txn:
        assert txn.segment_history("recent") == {
            "begins": None, "settled": None, "forgotten": False, "members": 0, "dirty": 3, "periods": []}
    known.settle(day(6))
    known.settle(day(25))
    with known.read() as txn:
        history = txn.segment_history("recent")
        assert (history["begins"], history["settled"], history["members"], history["dirty"]) == (day(6), day(25), 1, 0)
        assert [period["date"] for period in history["periods"]] == [day(number).date() for number in range(6, 26)]
        assert history["periods"][9] == {
            "date": day(15).date(), "from": day(15), "to": day(16), "entered": 0, "left": 1, "redefined": 0,
            "merged": 0, "members": 0}
        assert [period["members"] for period in txn.segment_history("recent", "week")["periods"]] == [1, 0, 1, 1]
        assert [period["date"] for period in txn.segment_history("recent", from_=day(14), to=day(16))["periods"]] == [
            day(14).date(), day(15).date()]
        assert txn.segment_history("recent", by="month")["periods"][0]["entered"] == 2
        with pytest.raises(kith.NotFound, match="did you mean 'recent'"):
            txn.segment_history("recnt")
        with pytest.raises(ValueError, match="by"):
            txn.segment_history("recent", "year")


def test_when_a_customer_was_in_a_segment(known):
    known.settle(day(6))
    known.settle(day(25))
    with known.read() as txn:
        ann = txn.profile_of("crm", "0", day(25))
        local = {"segment": "local", "id": ann.id, "entered": day(6), "entered_by": "fact", "left": None,
                 "left_by": None}
        recent = {"segment": "recent", "id": ann.id, "entered": day(6), "entered_by": "fact", "left": day(15),
                  "left_by": "time"}
        assert ann.stays() == [recent, local] and ann.stays("local") == [local]
        assert [(stay["entered"], stay["entered_by"]) for stay in txn.profile_of("crm", "1", day(25)).stays()] == [
            (day(20), "time")]
        with pytest.raises(kith.NotFound, match="no segment 'none'"):
            ann.stays("none")


# ---- why ----


def test_why_a_condition_holds(known):
    with known.read() as txn:
        ann = txn.profile_of("crm", "0", day(6))
        why = ann.explain("count(order LAST 30d) >= 3 AND segment('local')", day(6))
        assert why == {
            "text": "count(order LAST 30d) >= 3 AND segment('local')", "truth": False, "values": [], "distance": None,
            "next_change_at": None, "joins": "and", "parts": [
                {"text": "count(order LAST 30d) >= 3", "truth": False, "distance": "1 of 3", "joins": None, "parts": [],
                 "values": [{"text": "count(order LAST 30d)", "value": "1"}], "next_change_at": None},
                {"text": "segment('local')", "truth": True, "values": [], "distance": None, "next_change_at": None,
                 "joins": "segment", "parts": [
                     {"text": "city = 'York'", "truth": True, "values": [{"text": "city", "value": "York"}],
                      "distance": None, "next_change_at": None, "joins": None, "parts": []}]}]}
        recent = ann.explain_segment("recent", day(6))
        assert (recent["truth"], recent["next_change_at"]) == (True, day(15))
        assert ann.explain(kith.Expression("birth_date IS NULL", txn, any_name=True), day(6))["truth"]
        assert not ann.explain_segment("recent", day(1))["truth"]
        for wrong, error, match in (("count(order)", kith.Invalid, "condition"), ("nam = 1", kith.Invalid, "nam")):
            with pytest.raises(error, match=match):
                ann.explain(wrong, day(6))
        with pytest.raises(kith.NotFound, match="no segment"):
            ann.explain_segment("none", day(6))


# ---- threads, signals, memory ----


@pytest.fixture
def crowd(store):
    with store.write() as txn:
        for number in range(20_000):
            txn.put("crm", str(number), {"city": "York", "given_name": str(number)}, 0)
    return store


SLOW = "date_part('month', now) > 0 AND (" + " OR ".join(f"lower(given_name) CONTAINS 'x{n}'" for n in range(50)) + ")"


@pytest.mark.parametrize("ask", [lambda txn: txn.count(SLOW, day(6)), lambda txn: list(txn.query(SLOW, now=day(6)))])
def test_others_run_while_a_query_looks(ask, crowd):
    """What another thread asks of the transaction meanwhile is refused, not a crash."""
    txn = crowd.read()
    done, refused = threading.Event(), []

    def watch():
        while not done.is_set():
            try:
                txn.profile_id("crm", "7")
            except kith.Misuse as error:
                refused.append(str(error))
            time.sleep(0.001)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        for _ in range(100):
            ask(txn)
            if refused:
                break
    finally:
        done.set()
        thread.join()
    assert refused and all("at work in another call" in text for text in refused)
    txn.abort()


@pytest.mark.parametrize("writes", [False, True])
def test_a_signal_stops_a_query(writes, known):
    class Stopped(Exception):
        pass

    def stop(*_):
        with pytest.raises(kith.Misuse, match="at work in another call"):
            txn.abort()
        raise Stopped

    txn = known.write() if writes else known.read()
    rows = txn.query("city = 'York'", now=day(6))
    before = signal.signal(signal.SIGINT, stop)
    try:
        for ask in (partial(txn.count, None, day(6)), partial(next, rows)):
            with pytest.raises(Stopped):  # no Python runs between the two calls, so the signal is found by kith
                list(map(operator.call, (_thread.interrupt_main, ask)))
    finally:
        signal.signal(signal.SIGINT, before)
    assert numbers(rows) == [0, 2] and txn.count(None, day(6)) == 3
    txn.abort()


def everything(store):
    with store.write() as txn:
        txn.put_segment("a", "city = 'York'", 0)
        txn.put_trait("t", "count(order)", 0)
        with pytest.raises(kith.Invalid):
            txn.put_segment("b", "segment('b')", 0)
        txn.settle(day(6))
        list(txn.transitions())
        txn.trim_transitions(2**64 - 1)
        txn.remove_segment("a", 1)
        txn.abort()
    with store.read() as txn:
        list(txn.query("city = 'York'", ["city", "last(order.at)"], now=day(6)))
        list(txn.query(columns={"a": "city"}, now=day(6)))
        next(txn.query(columns=["city"], now=day(6)))
        abandoned = txn.query(columns=["city"], now=day(6))  # noqa: F841
        next(txn.transitions())
        with pytest.raises(kith.Invalid):
            txn.query("city = 'York'", ["city", "citty"], now=day(6))
        txn.count(kith.Expression("city = 'York'", txn), day(6))
        ann = txn.profile_of("crm", "0", day(6))
        ann.evaluate("city", day(6))
        assert ann.segments and ann.traits and txn.segments() and txn.traits()
        with pytest.raises(kith.NotFound):
            ann.in_segment("none")
        assert kith.Expression("city = 'York'").mentions


def test_nothing_is_leaked(known):
    known.settle(day(6))
    growths = []
    for _ in range(8):
        before = sys.getallocatedblocks()
        for _ in range(100):
            everything(known)
        gc.collect()
        growths.append(sys.getallocatedblocks() - before)
    assert min(growths) < 100, growths
