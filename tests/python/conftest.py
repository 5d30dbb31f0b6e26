"""What the tests of the Python binding share: a new store for each, and a fixed now."""

from datetime import datetime, timezone

import kith
import pytest

NOW = datetime(2024, 6, 1, tzinfo=timezone.utc)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def path(tmp_path):
    return tmp_path / "shop.kith"


@pytest.fixture
def store(path):
    with kith.open(path, create=True) as opened:
        yield opened


@pytest.fixture
def shop(store):
    """A store in which two systems know Ann, and Bob stands alone."""
    with store.write() as txn:
        txn.put("crm", "1", {"given_name": "Ann", "email": "ann@mail.example", "phone": "+442079460958"}, "2024-01-15")
        txn.put("web", "77", {"given_name": "Anne", "email": "Ann@Mail.Example", "city": "Leeds"}, "2024-03-02")
        txn.put("crm", "2", {"given_name": "Bob", "email": "bob@mail.example"}, "2024-02-01")
        txn.event("web", "77", "order", "2024-03-03T10:00:00Z", {"total": 19.5, "items": 2}, message_id="o-1")
        txn.event("web", "77", "order", "2024-04-03T10:00:00Z", {"total": 30.25, "items": 1}, message_id="o-2")
        txn.event("crm", "1", "call", "2024-02-03T10:00:00Z")
    return store
