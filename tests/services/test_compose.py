"""The compose file is one that docker-compose accepts, and says what production needs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
OURS = {"migrate", "web", "worker", "beat"}

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def compose() -> dict:
    """The file as docker-compose itself understands it."""
    program = shutil.which("docker-compose")
    if not program:
        pytest.skip("docker-compose is not installed")
    ran = subprocess.run(
        [program, "--file", "docker-compose.yml", "config"],
        cwd=ROOT,
        env=os.environ | {"PORTAL_HOST": "portal.example.org"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return yaml.safe_load(ran.stdout)


def test_every_long_running_service_restarts_and_reports_its_health(compose):
    services = compose["services"]
    assert set(services) == OURS | {"postgres", "redis"}
    for name in set(services) - {"migrate"}:
        assert services[name]["restart"] == "unless-stopped"
        assert services[name]["healthcheck"]["test"][0] == "CMD"


def test_web_worker_and_beat_wait_for_the_migrations(compose):
    for name in OURS - {"migrate"}:
        assert compose["services"][name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert compose["services"]["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_redis_writes_its_log_of_appends_to_a_volume(compose):
    redis = compose["services"]["redis"]
    assert redis["command"][1:3] == ["--appendonly", "yes"]
    assert redis["volumes"] == ["redis:/data:rw"]


def test_nothing_has_root_rights_and_no_secret_stands_in_the_environment(compose):
    for name in OURS:
        service = compose["services"][name]
        assert service["cap_drop"] == ["ALL"] and service["read_only"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert not {"SECRET_KEY", "DATABASE_URL", "EMAIL_URL"} & set(service["environment"])
    assert {compose["services"][name]["user"] for name in ("postgres", "redis")} == {"postgres", "redis"}
    assert "\nUSER liaison\n" in (ROOT / "Dockerfile").read_text()


def test_only_the_web_server_has_a_port_and_only_on_this_machine(compose):
    open_ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert open_ports == {"web": ["127.0.0.1:8000:8000/tcp"]}
    assert compose["networks"]["inside"]["internal"]
