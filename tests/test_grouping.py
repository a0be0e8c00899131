"""What shares a world stays in one process; everything else is spread."""

from __future__ import annotations

from tests import grouping
from tests.migrated import ROOT


def test_a_module_a_parameter_or_a_test_alone_is_a_group():
    assert grouping.group("tests/supervision/test_pages.py::test_a[x]") == "tests/supervision/test_pages.py"
    assert grouping.group("tests/demo/test_demo.py::test_a[noon]") == grouping.group("tests/demo/test_demo.py::b[noon]")
    assert grouping.group("tests/demo/test_demo.py::a[noon]") != grouping.group("tests/demo/test_demo.py::a[night]")
    assert grouping.group("tests/test_house.py::test_a") != grouping.group("tests/test_house.py::test_b")


def test_the_modules_named_exist():
    assert [path for path in grouping.MODULES | grouping.PARAMETERS if not (ROOT / path).is_file()] == []
