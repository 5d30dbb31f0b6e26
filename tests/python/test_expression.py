"""Expressions: text and JSON are read, checked and written in one form; what is wrong is said with its place."""

import gc
import json
import threading

import kith
import pytest

VIP = "sum(order.total LAST 365d) >= 10000 OR tag('vip')"


def test_an_expression_is_written_in_one_form():
    e = kith.Expression("sum(order.total last 365d)>=10000 or TAG(\"vip\")")
    assert str(e) == VIP
    assert repr(e) == f"kith.Expression({VIP!r})"
    assert eval(repr(e)) == e
    assert e.gives == "condition"


@pytest.mark.parametrize("text, gives", [
    ("vip", "any"), ("count(order)", "number"), ("lower(city)", "text"), ("today", "date"), ("now - 3d", "time"),
    ("now - today", "duration"), ("NULL", "null"), ("age(birth_date) > 18", "condition"),
])
def test_what_it_gives(text, gives):
    assert kith.Expression(text, value=True).gives == gives


def test_only_conditions_unless_a_value_is_fine():
    with pytest.raises(kith.Invalid, match="expected a condition, found a number") as caught:
        kith.Expression("count(order)")
    assert caught.value.position == 0
    assert str(kith.Expression("count(order)", value=True)) == "count(order)"


def test_format_breaks_what_is_long():
    text = "city = 'Leeds' AND (" + " OR ".join(f"given_name = 'Ann {n}'" for n in range(4)) + ")"
    e = kith.Expression(text)
    broken = text.replace("AND (", "\nAND (").replace(" \n", "\n")
    assert e.format() == e.format(80) == e.format(columns=80) == e.format(None) == broken
    assert e.format(0) == e.format(1000) == text
    with pytest.raises(ValueError, match="columns must be between"):
        e.format(-1)


def test_the_json_twin_comes_back():
    e = kith.Expression(VIP)
    twin = {"or": [{">=": [{"sum": {"event": "order", "property": "total", "last": "365d"}}, 10000]},
                   {"tag": ["vip"]}]}
    assert json.loads(e.json()) == json.loads(e.json(pretty=True)) == twin
    assert "\n" not in e.json() and "\n" in e.json(True)
    assert kith.Expression(e.json(), json=True) == kith.Expression(twin, json=True) == e


def test_expressions_are_equal_by_their_text():
    a, b = kith.Expression("city = 'Leeds'"), kith.Expression('city="Leeds"')
    assert a == b and hash(a) == hash(b) and not a != b
    assert a != kith.Expression("city = 'York'")
    assert a != "city = 'Leeds'" and a != None  # noqa: E711
    assert len({a, b}) == 1
    with pytest.raises(TypeError):
        a < b


def test_names_are_looked_up_in_a_store(shop):
    assert str(kith.Expression("count(order) > 1 AND city = 'Leeds'", shop)).startswith("count(order)")
    with shop.read() as txn:
        assert kith.Expression("sum(order.total) > 3", store=txn).gives == "condition"
        with pytest.raises(kith.Invalid, match="no event 'ordr'; did you mean 'order'") as caught:
            kith.Expression("city = 'Leeds' AND did(ordr)", txn)
        assert caught.value.position == 23
    assert caught.value.code_name == "KITH_INVALID"
    with pytest.raises(kith.Invalid, match="no attribute 'nobody'"):
        kith.Expression("nobody > 3", shop)
    assert str(kith.Expression("nobody > 3", shop, any_name=True)) == "nobody > 3"
    assert str(kith.Expression("nobody > 3")) == "nobody > 3"


def test_a_write_transaction_knows_what_it_wrote(shop):
    with shop.write() as txn:
        with pytest.raises(kith.Invalid, match="no event 'visit'"):
            kith.Expression("did(visit)", txn)
        txn.event("crm", "1", "visit", "2024-05-01")
        assert str(kith.Expression("did(visit)", txn)) == "did(visit)"
        with pytest.raises(kith.Invalid, match="no event 'visit'"):
            kith.Expression("did(visit)", shop)  # which is not committed


@pytest.mark.parametrize("text, position, words", [
    ("city == 'York'", 5, "write = instead of =="),
    ("city = ‘York’", 7, "write ' instead of this quote"),
    ("城市 = )", 9, "expected a value or a condition"),
    ("city = 'York", 7, "never closed"),
    ("", 0, "found the end"),
    ("city = 'a\0b'", 9, "NUL"),
])
def test_what_is_wrong_is_said_with_its_place(text, position, words):
    with pytest.raises(kith.Invalid, match=words) as caught:
        kith.Expression(text)
    assert caught.value.position == position
    assert text.encode()[position:].decode() is not None


def test_what_is_wrong_in_a_twin():
    with pytest.raises(kith.Invalid, match="/nand: no operator") as caught:
        kith.Expression({"nand": [True, True]}, json=True)
    assert caught.value.position is None
    with pytest.raises(kith.Invalid, match="no JSON") as caught:
        kith.Expression('{"and": [true,, true]}', json=True)
    assert caught.value.position == 14


def test_limits():
    with pytest.raises(kith.Limit):
        kith.Expression("(" * 100 + "a" + ")" * 100)
    with pytest.raises(kith.Limit):
        kith.Expression("city = '" + "x" * 70000 + "'")


def test_wrong_use(shop):
    for arguments, named, words in [
        ((), {}, "needs the argument 'text'"),
        ((3,), {}, "text must be str"),
        (({"tag": "vip"},), {}, "text must be str"),
        ((3,), {"json": True}, "text must be a dict or JSON text"),
        (("a", 3), {}, "store must be a kith.Store or a kith.Transaction"),
        (("a", None, True), {}, "takes 2 arguments by position, not 3"),
        (("a",) * 20, {}, "takes 2 arguments by position, not 20"),
        (("a",), {"text": "b"}, "got argument 'text' twice"),
        (("a",), {"name": "b"}, "unexpected argument 'name'"),
        (("a",), {f"n{n}": n for n in range(20)}, "too many arguments"),
    ]:
        with pytest.raises(TypeError, match=words):
            kith.Expression(*arguments, **named)
    with pytest.raises(UnicodeEncodeError):
        kith.Expression("city = '\ud800'")
    txn = shop.begin()
    txn.abort()
    with pytest.raises(kith.Misuse, match="has ended"):
        kith.Expression("true", txn)
    with pytest.raises(TypeError):
        type("Mine", (kith.Expression,), {})
    with pytest.raises(AttributeError):
        kith.Expression("true").gives = "number"


def test_an_expression_outlives_its_store(shop):
    e = kith.Expression("count(order) > 1", shop)
    shop.close()
    gc.collect()
    assert str(e) == "count(order) > 1"
    with pytest.raises(kith.Misuse, match="closed"):
        kith.Expression("true", shop)


def test_threads_share_expressions():
    e = kith.Expression(VIP)
    seen = []

    def read():
        for _ in range(200):
            seen.append((str(e), str(kith.Expression(e.json(), json=True))))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {(VIP, VIP)}
