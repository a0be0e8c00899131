"""The links in mails lead to the portal that `make run` started."""

from scripts.run import environment


def test_links_in_mails_name_the_port_chosen(tmp_path, monkeypatch):
    monkeypatch.delenv("SITE_URL", raising=False)
    assert environment(tmp_path, 8123)["SITE_URL"] == "http://127.0.0.1:8123"


def test_an_address_given_goes_before(tmp_path, monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://portal.example")
    assert environment(tmp_path, 8123)["SITE_URL"] == "https://portal.example"
