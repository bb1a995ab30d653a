"""Host names as a setting lists them, and as a header has them."""

import pytest

from pipelines.hosts import host_names, parse_authority


def test_names_of_hosts_are_split_and_checked():
    assert host_names(" portfolio.example.com, 10.0.0.5:8443 ,[fd00::1]:80,") == (
        "portfolio.example.com",
        "10.0.0.5:8443",
        "[fd00::1]:80",
    )
    assert host_names("") == ()


@pytest.mark.parametrize(
    "text", ["https://portfolio.example.com", "*", "*.example.com", "a b", "a/b", "a:99999", "a:0"]
)
def test_a_name_of_no_host_is_refused(text):
    with pytest.raises(ValueError, match="must be host names"):
        host_names(f"good.example,{text}")


def test_authorities():
    assert parse_authority("[::1]:3000") == ("[::1]", 3000)
    assert parse_authority("Example.COM.") == ("example.com", None)
    assert parse_authority("a:") is None
    assert parse_authority("") is None
