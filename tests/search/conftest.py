"""Every test of the search begins in the small district of the issues."""

from tests.issues.conftest import clock, district

__all__ = ["clock", "district"]
