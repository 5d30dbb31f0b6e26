"""Builds the wheel of kith: runs meson on the repository that this folder is part of, and packs what it made.

A PEP 517 backend with no dependency but meson and ninja, which are asked for only where they aren't installed. The
extension is built by the Python that runs this, against the stable ABI: one wheel serves Python 3.11 and later.
"""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
TAG = "cp311-abi3-" + re.sub(r"[-.]", "_", sysconfig.get_platform())
MODULE = "kith/_kith.abi3.so"
PACKAGE_FILES = ("__init__.py", "__init__.pyi", "plot.py", "py.typed")
MESON_OPTIONS = (
    "--buildtype=release",
    "-Dtests=false",
    "-Dlua=disabled",
    "-Dbenchmarks=disabled",
    "-Dpython=enabled",
    f"-Dpython_path={sys.executable}",
)


class UnsupportedOperation(Exception):
    """What PEP 517 calls a hook that says no."""


def _environment(tool):
    """The environment in which a tool runs, or None if it doesn't.

    An isolated build points PYTHONPATH at itself. A tool installed into it needs that; one of the system, which may be
    run by the same Python, must not see it.
    """
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if shutil.which(tool) is not None:
        for environment in (dict(os.environ), plain):
            if subprocess.run([tool, "--version"], env=environment, capture_output=True).returncode == 0:
                return environment
    return None


def get_requires_for_build_wheel(config_settings=None):
    return [tool for tool in ("meson", "ninja") if _environment(tool) is None]


def get_requires_for_build_sdist(config_settings=None):
    return []


def build_sdist(sdist_directory, config_settings=None):
    raise UnsupportedOperation("kith for Python is built from a checkout of the whole repository")


def _compile(build):
    environment = _environment("meson")
    if environment is None or not (ROOT / "meson.build").is_file():
        raise UnsupportedOperation(f"building kith needs meson, and its repository around {HERE}")
    subprocess.run(["meson", "setup", *MESON_OPTIONS, build, ROOT], env=environment, check=True)
    subprocess.run(["meson", "compile", "-C", build, "_kith"], env=environment, check=True)


def _version():
    return re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text()).group(1)


def _info():
    """The folder of metadata in the wheel, and its files."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {project['name']}",
        f"Version: {_version()}",
        f"Summary: {project['description']}",
        f"License: {project['license']['text']}",
        f"Requires-Python: {project['requires-python']}",
    ] + [f"Classifier: {name}" for name in project["classifiers"]]
    wheel = ["Wheel-Version: 1.0", "Generator: kith_build", "Root-Is-Purelib: false", f"Tag: {TAG}"]
    return f"kith-{_version()}.dist-info", {
        "METADATA": ("\n".join(lines) + "\n").encode(),
        "WHEEL": ("\n".join(wheel) + "\n").encode(),
        "licenses/LICENSE": (ROOT / "LICENSE").read_bytes(),
    }


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    info, files = _info()
    for name, data in files.items():
        path = Path(metadata_directory) / info / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return info


def _write_wheel(path, contents, record):
    lines = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(name)  # with a fixed date, so that the same input gives the same wheel
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            wheel.writestr(entry, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(data)}\n")
        wheel.writestr(zipfile.ZipInfo(record), "".join(lines) + f"{record},,\n")


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    contents = {f"kith/{name}": (HERE / "kith" / name).read_bytes() for name in PACKAGE_FILES}
    with tempfile.TemporaryDirectory(prefix="kith-build-") as build:
        _compile(build)
        contents[MODULE] = (Path(build) / "bindings/python" / MODULE).read_bytes()
    info, files = _info()
    contents.update({f"{info}/{name}": data for name, data in files.items()})
    name = f"kith-{_version()}-{TAG}.whl"
    _write_wheel(Path(wheel_directory) / name, contents, f"{info}/RECORD")
    return name
