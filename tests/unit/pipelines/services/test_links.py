"""Links on this machine: what units hide and refuse goes by where links lead."""

import sys
from pathlib import Path

import pytest

from pipelines.services import service
from pipelines.services.service import Request, ServiceError, service_of


@pytest.mark.parametrize(
    ("leads", "to"), [("home", "ann/portfolio"), ("program", "ann/bin/portfolio"), ("bin/python", "ann/python3")]
)
def test_where_links_lead_is_seen_too(tmp_path, monkeypatch, leads, to):
    monkeypatch.setattr(service, "_SHARED", ())  # where tests have their files
    monkeypatch.setattr(service, "_PRIVATE", (str(tmp_path / "ann"),))
    (tmp_path / "bin").mkdir()
    (tmp_path / to).parent.mkdir(parents=True)
    (tmp_path / to).write_text("")
    (tmp_path / to).chmod(0o700)
    (tmp_path / "bin" / "portfolio").symlink_to(sys.executable)
    given = {"home": tmp_path / "home", "program": tmp_path / "program"}
    (tmp_path / "program").write_text("")
    (tmp_path / "program").chmod(0o700)
    if leads == "bin/python":
        given["program"] = tmp_path / "bin" / "of-pip"
        (tmp_path / "program").rename(given["program"])
    assert service_of(Request("system", **given)).protect_home == "yes"
    (tmp_path / leads).unlink(missing_ok=True)
    (tmp_path / leads).symlink_to(tmp_path / to)
    assert service_of(Request("system", **given)).protect_home == "read-only"


def test_a_home_folder_that_a_link_has_in_tmp_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(service, "_SHARED", (str(tmp_path / "shared"),))
    (tmp_path / "home").symlink_to(tmp_path / "shared" / "home")
    with pytest.raises(ServiceError, match=r"^a link leads into /tmp or /var/tmp"):
        service_of(Request("system", home=tmp_path / "home", program=Path(sys.executable)))
