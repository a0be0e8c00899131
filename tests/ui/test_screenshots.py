"""The script that takes the documentation's pictures asks for pages and roles that exist."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import resolve

from foundation.accounts.permissions import Role

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "screenshots.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("screenshots", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["screenshots"] = module
    spec.loader.exec_module(module)
    return module


def test_every_picture_is_of_a_page_that_exists_as_a_role_that_exists(script):
    for shot in script.SHOTS:
        resolve(shot.path.split("?")[0])
        assert shot.role == "" or shot.role in set(Role)
    assert len({shot.name for shot in script.SHOTS}) == len(script.SHOTS)


@pytest.mark.django_db(transaction=True)
def test_a_picture_is_taken_and_a_portal_that_is_not_there_fails(live_portal, tmp_path):
    if not shutil.which("chromium"):
        pytest.skip("no chromium on this machine")
    words = [sys.executable, str(SCRIPT), str(tmp_path), "--only", "login", "--url"]
    assert subprocess.run([*words, live_portal.url], check=False).returncode == 0
    assert (tmp_path / "login.png").read_bytes().startswith(b"\x89PNG")
    refused = subprocess.run([*words, "http://127.0.0.1:9"], check=False, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "127.0.0.1:9" in refused.stderr
