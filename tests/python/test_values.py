"""Values in are values out; times and dates go both ways; what is none is refused in words."""

from collections import OrderedDict, UserDict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType

import kith
import pytest

UTC = timezone.utc


def round_trip(store, value):
    """As a property of an event: properties keep what they are given."""
    key = repr(value)[:40]
    with store.write() as txn:
        txn.event("app", key, "seen", 0, {"value": value})
    with store.read() as txn:
        (event,) = txn.events("app", key)
    return event["properties"]["value"]


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        0,
        -1,
        2**63 - 1,
        -(2**63),
        0.5,
        -1e300,
        "x",
        "gr\u00fc\u00df dich \U0001f600 \u59d3\u540d",
        "x" * 60000,
        date(2024, 2, 29),
        date(1, 1, 1),
        date(9999, 12, 31),
        datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=UTC),
        datetime(1931, 1, 1, tzinfo=UTC),
        [1, "two", 3.0, None, [True]],
        {"a": {"b": [1, {"c": "d"}]}, "\u59d3": "\u540d"},
        [],
        {},
    ],
    ids=lambda value: repr(value)[:40],
)
def test_round_trip(store, value):
    given = round_trip(store, value)
    assert given == value and type(given) is type(value)


def test_other_types(store):
    class Number:
        def __index__(self):
            return 7

    assert round_trip(store, Number()) == 7
    assert round_trip(store, (1, 2)) == [1, 2]
    assert round_trip(store, Decimal("12.50")) == "12.50"
    assert round_trip(store, Decimal("1E+2")) == "100"
    assert round_trip(store, OrderedDict(a=1)) == {"a": 1}
    zone = timezone(timedelta(hours=8))
    assert round_trip(store, datetime(2024, 1, 1, 8, tzinfo=zone)) == datetime(2024, 1, 1, tzinfo=UTC)


def test_mappings(store):
    with store.write() as txn:
        for mapping in (UserDict(city="Leeds"), MappingProxyType({"city": "Leeds"})):
            txn.put("crm", "1", mapping, 0)
    with store.read() as txn:
        assert txn.record("crm", "1")["attributes"] == {"city": "Leeds"}


def test_refused_values(store):
    endless = []
    endless.append(endless)
    with store.write() as txn:
        for value, error in [
            (object(), TypeError),
            (b"bytes", TypeError),
            ({1, 2}, TypeError),
            (2**63, OverflowError),
            (datetime(2024, 1, 1), ValueError),
            ({1: 2}, TypeError),
            ({"a\0b": 2}, ValueError),
            ("\ud800", UnicodeEncodeError),
            (endless, RecursionError),
            ([{"deep": [object()]}], TypeError),
        ]:
            with pytest.raises(error):
                txn.put("crm", "1", {"value": value}, 0)
        for attributes in (7, "text", [("a", 1)]):
            with pytest.raises(TypeError, match="attributes must be a dict"):
                txn.put("crm", "1", attributes, 0)
        assert txn.put("crm", "1", {"city": "Leeds"}, 0) == "added"


def test_a_value_that_changes_its_dict(store):
    attributes = {}

    class Sneaky:
        def __index__(self):
            attributes.clear()
            return 1

    attributes.update(a=Sneaky(), b="x" * 100, c="y" * 100)
    with store.write() as txn:
        txn.event("app", "1", "seen", 0, attributes)
    with store.read() as txn:
        (event,) = txn.events("app", "1")
    assert event["properties"] == {"a": 1, "b": "x" * 100, "c": "y" * 100}


@pytest.mark.parametrize(
    "given, meant",
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        (1_717_200_000_123_456, datetime(2024, 6, 1, 0, 0, 0, 123456, tzinfo=UTC)),
        ("2024-06-01", datetime(2024, 6, 1, tzinfo=UTC)),
        ("2024-06-01T02:00:00+02:00", datetime(2024, 6, 1, tzinfo=UTC)),
        (date(2024, 6, 1), datetime(2024, 6, 1, tzinfo=UTC)),
        (datetime(2024, 6, 1, 2, tzinfo=timezone(timedelta(hours=2))), datetime(2024, 6, 1, tzinfo=UTC)),
    ],
    ids=repr,
)
def test_times(store, given, meant):
    with store.write() as txn:
        txn.event("app", "1", "seen", given)
    with store.read() as txn:
        (event,) = txn.events("app", "1")
    assert event["time"] == meant and event["time"].tzinfo is UTC


def test_wrong_times(store):
    with store.write() as txn:
        with pytest.raises(ValueError, match="2024-06-01 00:00:00 has no time zone"):
            txn.event("app", "1", "seen", datetime(2024, 6, 1))
        with pytest.raises(kith.Invalid, match='"yesterday" is no time'):
            txn.event("app", "1", "seen", "yesterday")
        with pytest.raises(OverflowError):
            txn.event("app", "1", "seen", 2**63)
        for wrong in (None, 1.5, True, b"2024"):
            with pytest.raises(TypeError, match="a time is a datetime with a time zone"):
                txn.event("app", "1", "seen", wrong)


def test_a_time_beyond_datetime_is_a_number(store):
    beyond = 400_000_000_000_000_000
    with store.write() as txn:
        txn.event("app", "1", "seen", 0, {"when": 1})
        txn.put("crm", "1", {"city": "Leeds"}, beyond)
    with store.read() as txn:
        assert txn.record("crm", "1")["at"] == beyond
