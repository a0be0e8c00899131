"""Which tests one process runs together, because they share what is costly to build.

pytest-xdist's own groups (`xdist_group`) have no effect with pytest 9.2, which no longer reads where they are kept.
"""

from __future__ import annotations

from typing import Any

MODULES = {
    "tests/demo/test_twins.py",
    "tests/issues/test_enterprise_leaks.py",
    "tests/services/test_processes.py",
    "tests/services/test_run.py",
    "tests/supervision/test_api.py",
    "tests/supervision/test_catalogue.py",
    "tests/supervision/test_freeze.py",
    "tests/supervision/test_pages.py",
}
PARAMETERS = {"tests/demo/test_demo.py"}  # each parameter has a world of its own


def group(nodeid: str) -> str:
    """What one process takes as a whole: a module, all tests of one parameter, or the test alone."""
    path, _, test = nodeid.partition("::")
    if path in PARAMETERS:
        return f"{path}[{test.partition('[')[2]}"
    return path if path in MODULES else nodeid


def scheduler(config: Any, log: Any) -> Any:
    """pytest-xdist's scheduler of whole groups, the largest first."""
    from xdist.scheduler import LoadScopeScheduling

    class Grouped(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return Grouped(config, log)
