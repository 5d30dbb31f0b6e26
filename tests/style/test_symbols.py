"""The shared library exports what the public headers declare, no more and no less."""

import os
import re
import shutil
import subprocess

import pytest
from tree import files

DECLARATION = re.compile(r"\bKITH_API\b(?!\s*__attribute__)[^;{(]*?\b(\w+)\s*\(", re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def declared():
    names = []
    for path in files("include"):
        text = COMMENT.sub("", path.read_text(encoding="utf-8"))
        text = re.sub(r"^[ \t]*#.*$", "", text, flags=re.MULTILINE)
        names += DECLARATION.findall(text)
    return names


def exported():
    library = os.environ.get("KITH_LIBRARY")
    if library is None or shutil.which("nm") is None:
        pytest.skip("SKIPPED: KITH_LIBRARY is not set, or there is no nm")
    listing = subprocess.run(
        ["nm", "--dynamic", "--defined-only", library], capture_output=True, text=True, check=True
    ).stdout
    names = [line.split()[-1].split("@")[0] for line in listing.splitlines() if line.strip()]
    # What a sanitizer's runtime adds to any library.
    return [name for name in names if not re.match(r"__(asan|ubsan|odr_asan|sanitizer|tsan)|_init$|_fini$", name)]


def test_declared_once():
    names = declared()
    assert len(names) > 20
    assert sorted(names) == sorted(set(names))


def test_declared_names_are_public_ones():
    assert [name for name in declared() if not re.match(r"kith_[a-z0-9_]+$", name)] == []


def test_exported_is_declared():
    assert sorted(set(exported()) - set(declared())) == []


def test_declared_is_exported():
    assert sorted(set(declared()) - set(exported())) == []
