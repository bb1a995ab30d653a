"""The mail server of the settings: what has to be there, and where its password may lie."""

import os

import pytest

from pipelines.base_settings import SettingsError
from pipelines.mailing.server import mail_server
from pipelines.settings import load_settings

PASSWORD = "abcd efgh ijkl"  # noqa: S105  of nobody


@pytest.fixture
def load(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("PORTFOLIO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    given = {"home": tmp_path / "home", "smtp_host": "mail.example.test", "smtp_from": "Portfolio <p@example.test>"}
    return lambda **more: load_settings(**(given | more))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    path.chmod(0o600)
    return path


def test_defaults_encrypt_and_log_nobody_in(load):
    server = mail_server(load())
    assert (server.host, server.port, server.security, server.user) == ("mail.example.test", 587, "starttls", None)
    assert str(server.sender) == "Portfolio <p@example.test>"


def test_a_password_may_lie_in_a_file_and_shows_nowhere(load, file):
    settings = load(smtp_user="postman", smtp_password_file=file)
    server = mail_server(settings)
    assert server.password.get_secret_value() == PASSWORD
    assert not any(word in repr((settings, server)) for word in (PASSWORD, "postman"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"smtp_host": None}, "PORTFOLIO_SMTP_HOST is not set"),
        ({"smtp_from": None}, "PORTFOLIO_SMTP_FROM is not set"),
        ({"smtp_user": "postman"}, "PORTFOLIO_SMTP_USER goes with PORTFOLIO_SMTP_PASSWORD"),
        ({"smtp_password": "x"}, "PORTFOLIO_SMTP_USER goes with PORTFOLIO_SMTP_PASSWORD"),
        ({"smtp_user": "postman", "smtp_password": "pässword"}, "PORTFOLIO_SMTP_PASSWORD must be one line of ASCII"),
        ({"smtp_user": "post\r\nman", "smtp_password": "x"}, "PORTFOLIO_SMTP_USER must be one line of ASCII"),
        ({"smtp_user": "postman", "smtp_password": ""}, "PORTFOLIO_SMTP_PASSWORD is empty"),
        ({"smtp_user": "", "smtp_password": "x"}, "PORTFOLIO_SMTP_USER is empty"),
        ({"smtp_user": "postman", "smtp_password_file": "none"}, "none cannot be read: No such file or directory"),
    ],
)
def test_what_is_missing_is_one_line(load, given, said):
    settings = load().model_copy(update={name: None for name, value in given.items() if value is None})
    settings = load(**given) if None not in given.values() else settings
    with pytest.raises(SettingsError) as raised:
        mail_server(settings)
    assert said in str(raised.value) and "\n" not in str(raised.value) and "pässword" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (b"x\n", 0o640, "can be read by others than its owner; chmod 600 it"),
        (b"", 0o600, "holds no password: one line of it is expected"),
        (b"x\ny\n", 0o600, "holds no password: one line of it is expected"),
        (b"\xff", 0o600, "is no UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(load, file, content, mode, said):
    file.write_bytes(content)
    file.chmod(mode)
    with pytest.raises(SettingsError, match="PORTFOLIO_SMTP_PASSWORD_FILE=") as raised:
        mail_server(load(smtp_user="postman", smtp_password_file=file))
    assert said in str(raised.value)


@pytest.mark.parametrize("kind", ["pipe", "folder", "link to a pipe"])
def test_what_is_no_file_is_refused_and_holds_nobody_up(load, tmp_path, kind):
    path = tmp_path / "secret"
    path.mkdir(0o700) if kind == "folder" else os.mkfifo(path, 0o600)
    if kind == "link to a pipe":
        path = tmp_path / "link"
        path.symlink_to("secret")
    said = "cannot be read: Is a directory" if kind == "folder" else "is a pipe, a socket or a device, not a file"
    with pytest.raises(SettingsError, match=f"^PORTFOLIO_SMTP_PASSWORD_FILE={path} {said}$"):
        mail_server(load(smtp_user="postman", smtp_password_file=path))


def test_a_link_to_a_file_is_followed(load, file, tmp_path):
    (tmp_path / "link").symlink_to(file)
    server = mail_server(load(smtp_user="postman", smtp_password_file=tmp_path / "link"))
    assert server.password.get_secret_value() == PASSWORD


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"smtp_host": "smtp://mail.example.test"}, "must be a host, such as mail.example.com"),
        ({"smtp_host": "mail.example.test:25 "}, "must be a host, such as mail.example.com"),
        ({"smtp_from": "nobody"}, "must be a mail address in ASCII"),
        ({"smtp_security": "ssl"}, "PORTFOLIO_SMTP_SECURITY=ssl"),
        ({"smtp_port": 0}, "PORTFOLIO_SMTP_PORT=0"),
    ],
)
def test_a_value_that_cannot_be_is_one_line(load, given, said):
    with pytest.raises(SettingsError) as raised:
        load(**given)
    assert said in str(raised.value) and "\n" not in str(raised.value)
