"""Tables by the kith command: --format arrow of queries, members and exports.

KITH_COMMAND is the path of the built command. What reads the tables back needs pyarrow, and says so without it.
"""

import csv
import io
import os
import pty
import subprocess
from datetime import datetime
from decimal import Decimal

import pytest
from test_command import KITH, ok, refused, shop, store  # noqa: F401

NOW = ("--now", "2024-06-01")
EXPORTS = ["records", "events", "profiles", "clusters"]


def written(*arguments):
    done = subprocess.run([KITH, *map(str, arguments), "--format", "arrow"], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    return done.stdout


def read(*arguments):
    pa = pytest.importorskip("pyarrow", reason="SKIPPED: pyarrow is not installed, which this test reads tables with")
    with pa.ipc.open_stream(written(*arguments)) as stream:
        table = stream.read_all()
    table.validate(full=True)
    return table


def texts(table):
    """The table as kith writes the same as CSV."""
    def text(value):
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, datetime):
            return value.isoformat().replace("+00:00", "Z")
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return str(value)
    return [[text(value) for value in row.values()] for row in table.to_pylist()]


def cells(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("what", EXPORTS)
def test_streams_begin_and_end_as_the_format_says(shop, what):
    data = written("export", shop, what, *NOW)
    assert data[:4] == b"\xff\xff\xff\xff" and data[-8:] == b"\xff\xff\xff\xff\0\0\0\0" and len(data) % 8 == 0


def test_a_terminal_is_refused(shop):
    for command in (["query", shop, "TRUE"], ["export", shop, "records"]):
        ours, theirs = pty.openpty()
        done = subprocess.run([KITH, *command, "--format", "arrow"], stdout=theirs, stderr=subprocess.PIPE, timeout=60)
        os.close(theirs)
        os.close(ours)
        assert done.returncode == 2 and b"no text for a terminal" in done.stderr


def test_wrong_use(shop):
    assert "exclude each other" in refused(2, "query", shop, "TRUE", "--json", "--format", "arrow")
    assert "there is no --format" in refused(2, "query", shop, "TRUE", "--count", "--format", "arrow")
    assert "two columns are called" in refused(2, "query", shop, "TRUE", "--columns", "1, 1", "--format", "arrow")


def test_a_file_of_a_table_is_told(shop, tmp_path):
    (tmp_path / "a.arrows").write_bytes(written("export", shop, "records"))
    assert "import_arrow()" in refused(3, "import", shop, tmp_path / "a.arrows", "--source", "crm")


def test_a_reader_that_has_had_enough_is_no_failure(shop):
    done = subprocess.run(f"{KITH} export {shop} records --format arrow | head -c 4 > /dev/null; echo ${{PIPESTATUS[0]}}",
                          shell=True, executable="/bin/bash", capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_full_disks_are_told(shop):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([KITH, "export", shop, "records", "--format", "arrow"], stdout=full,
                              stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 3 and b"cannot write to standard output" in done.stderr


@pytest.mark.parametrize("what", ["records", "events", "clusters"])
def test_exports_say_what_their_text_says(shop, what):
    table = read("export", shop, what, *NOW)
    header, *rows = cells(ok("export", shop, what, *NOW))
    assert table.column_names == header and texts(table) == rows


def test_queries_say_what_their_text_says(shop):
    asked = ("query", shop, "TRUE", "--columns",
             "given_name, count(order) as orders, last(order.at) as last, did(order) as buys, birth_date", *NOW)
    table = read(*asked)
    header, *rows = cells(ok(*asked))
    assert table.column_names == header and texts(table) == rows and rows


def test_members(shop):
    ok("segment", "add", shop, "buyers", "did(order)", "--now", "2024-01-01")
    table = read("segment", "members", shop, "buyers", "--columns", "count(order) as n", "--limit", "1", *NOW)
    assert table.column_names == ["profile_id", "n"] and table.num_rows == 1
