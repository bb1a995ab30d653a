import stat
from pathlib import Path

import pytest

from bi.settings import DEMO_HOME, BiError, load_settings


def test_without_variables_the_demo_is_shown_on_superset_s_own_port() -> None:
    settings = load_settings({"PORTFOLIO_HOME": "", "PORTFOLIO_BI_DSN": ""})
    assert (settings.home, settings.port, settings.user) == (DEMO_HOME, 8088, "admin")
    assert settings.dsn is None
    assert settings.password is None


def test_variables(tmp_path: Path) -> None:
    settings = load_settings(
        {"PORTFOLIO_HOME": str(tmp_path), "PORTFOLIO_BI_PORT": "9000", "PORTFOLIO_BI_PASSWORD": "secret"}
    )
    assert settings.folder == tmp_path / "bi"
    assert settings.published == tmp_path / "serving" / "portfolio.duckdb"
    assert (settings.port, settings.password) == (9000, "secret")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8o88", "²"])
def test_a_port_that_is_none(port: str) -> None:
    with pytest.raises(BiError, match="PORTFOLIO_BI_PORT"):
        load_settings({"PORTFOLIO_BI_PORT": port})


def test_it_listens_on_this_machine_alone_unless_told() -> None:
    assert load_settings({}).bind == "127.0.0.1"
    assert load_settings({"PORTFOLIO_BI_BIND": "0.0.0.0"}).bind == "0.0.0.0"  # noqa: S104
    with pytest.raises(BiError, match=r"^PORTFOLIO_BI_BIND is 'localhost': give an address"):
        load_settings({"PORTFOLIO_BI_BIND": "localhost"})


def test_hosts_of_a_proxy() -> None:
    assert load_settings({}).hosts == ()
    assert load_settings({"PORTFOLIO_BI_HOSTS": "a.example, b.example:8443"}).hosts == ("a.example", "b.example:8443")
    with pytest.raises(BiError, match=r"^PORTFOLIO_BI_HOSTS is 'https://a.example': must be host names"):
        load_settings({"PORTFOLIO_BI_HOSTS": "https://a.example"})


def test_the_key_is_made_once_for_its_owner(tmp_path: Path) -> None:
    settings = load_settings({"PORTFOLIO_HOME": str(tmp_path)})
    key = settings.secret_key()
    assert len(key) >= 42
    assert settings.secret_key() == key
    assert stat.S_IMODE((settings.folder / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.folder.stat().st_mode) & 0o077 == 0
    other = load_settings({"PORTFOLIO_HOME": str(tmp_path / "other")})
    assert other.secret_key() != key


@pytest.mark.parametrize("name", ["a?b", "a#b", "50%"])
def test_a_home_whose_name_superset_would_read_otherwise(name: str, tmp_path: Path) -> None:
    with pytest.raises(BiError, match=r"PORTFOLIO_HOME is .*means something else"):
        load_settings({"PORTFOLIO_HOME": str(tmp_path / name)})
