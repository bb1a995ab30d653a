"""The guard before the web server: what a foreign page can send is refused, the interface and programs are not."""

import pytest

from pipelines.runs.web_guard import OwnHosts, WebRequest, refusal

OWN = OwnHosts(3000)
BEHIND_PROXY = OwnHosts(3000, ("portfolio.example.com", "inner.example.com:8443", "localhost:8000"))
JSON = {"Content-Type": "application/json"}


def asked(method="POST", target="/graphql", query="", own=OWN, host="127.0.0.1:3000", **headers):
    """Why a request is refused; headers by their names with underscores, a list for one that is sent twice."""
    sent = [("host", name) for name in ([host] if isinstance(host, str) else host)]
    if method == "POST" and "content_type" not in headers:
        sent.append(("content-type", "application/json"))
    for name, value in headers.items():
        sent += [(name.replace("_", "-"), each) for each in ([value] if isinstance(value, str) else value)]
    return refusal(WebRequest(method, target, query, sent), own)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:3000", "localhost:3000", "LOCALHOST:3000", "localhost.:3000", "[::1]:3000", " 127.0.0.1:3000 "]
)
def test_own_hosts_are_answered(host):
    assert asked(host=host) is None
    assert asked("GET", "/runs", host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:3000",
        "127.0.0.1",  # port 80
        "127.0.0.1:3001",
        "localhost:80",
        "[::1]",
        "[::2]:3000",
        "::1:3000",
        "127.0.0.2:3000",
        "127.1:3000",
        "2130706433:3000",
        "0.0.0.0:3000",
        "127.0.0.1.evil.example:3000",
        "localhost.evil.example:3000",
        "evil.example#127.0.0.1:3000",
        "evil@127.0.0.1:3000",
        "127.0.0.1:3000@evil.example",
        "127.0.0.1:3000,evil.example",
        "127.0.0.1:3000/",
        "http://127.0.0.1:3000",
        "localhost..:3000",
        "127.0.0.1:٣٠٠٠",
        "",
        [],
        ["127.0.0.1:3000", "127.0.0.1:3000"],
        ["127.0.0.1:3000", "evil.example"],
    ],
)
def test_foreign_hosts_are_refused(host):
    assert "Host" in asked(host=host)
    assert "Host" in asked("GET", "/", host=host)


def test_port_80_is_the_one_that_is_left_out():
    assert asked(host="localhost", own=OwnHosts(80)) is None
    assert asked(host="localhost", own=OwnHosts(80), origin="http://localhost") is None
    assert asked(host="localhost:80", own=OwnHosts(80), origin="http://127.0.0.1:80") is None


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:3000", "http://localhost:3000", "HTTP://LocalHost:3000", "http://[::1]:3000"]
)
def test_own_origins_are_answered(origin):
    assert asked(origin=origin) is None
    assert asked(origin=origin, sec_fetch_site="same-origin", sec_fetch_mode="cors") is None


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "http://evil.example:3000",
        "https://127.0.0.1:3000",
        "http://127.0.0.1",
        "http://127.0.0.1:8088",
        "http://localhost:30000",
        "http://127.0.0.1:3000.evil.example",
        "http://127.0.0.1:3000/",
        "http://127.0.0.1:3000 http://evil.example",
        "file://",
        "chrome-extension://abcdefghijklmnop",
        "127.0.0.1:3000",
        "ws://127.0.0.1:3000",
        ["http://127.0.0.1:3000", "http://127.0.0.1:3000"],
        ["http://127.0.0.1:3000", "http://evil.example"],
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_foreign_origins_are_refused_whatever_the_method(origin, method):
    assert "origin" in asked(method, "/report_asset_materialization/raw/customers", origin=origin)
    assert "origin" in asked(method, origin=origin)
    assert "origin" in asked(method, origin=origin, sec_fetch_site="same-origin")


@pytest.mark.parametrize(
    "site", ["cross-site", "same-site", "Cross-Site", "", "anything", ["same-origin", "cross-site"]]
)
def test_foreign_sites_are_refused(site):
    assert "site" in asked(sec_fetch_site=site)
    assert "site" in asked("GET", "/logs/a/b.err", sec_fetch_site=site)
    assert "site" in asked("GET", "/", sec_fetch_site=site)
    assert "site" in asked("GET", "/", sec_fetch_site=site, sec_fetch_mode="navigate", sec_fetch_dest="iframe")
    assert "site" in asked("GET", "/", sec_fetch_site=site, sec_fetch_mode="no-cors", sec_fetch_dest="document")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_elsewhere_opens_a_page_as_a_whole_but_never_graphql(site):
    link = {"sec_fetch_site": site, "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert asked("GET", "/runs/1234", **link) is None
    assert "site" in asked("GET", "/graphql", "query={version}", accept="text/html", **link)
    assert "site" in asked("POST", "/runs/1234", **link)
    assert "origin" in asked("GET", "/runs/1234", origin="http://evil.example", **link)
    assert "Host" in asked("GET", "/runs/1234", host="evil.example:3000", **link)


@pytest.mark.parametrize("site", ["same-origin", "none", "Same-Origin"])
def test_own_pages_and_typed_addresses_are_answered(site):
    assert asked("GET", "/", sec_fetch_site=site) is None


@pytest.mark.parametrize("target", ["/graphql", "/graphql/", "//graphql", "/GraphQL", "/graphql ", "/graphql/x"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "get"])
@pytest.mark.parametrize(
    "query",
    [
        "query=mutation{terminateRun(runId:%22a%22){__typename}}",
        "query=%6dutation%20M%7Bx%7D",
        "query=%23%0Amutation+M{x}&operationName=M",
        "query={version}&query=mutation{x}",
        "query={version}",
    ],
)
def test_graphql_is_executed_by_post_alone(method, target, query):
    assert "POST alone" in asked(method, target, query)
    assert "POST alone" in asked(method, target, query, x_http_method_override="POST")
    if "utation" in query:
        assert "POST alone" in asked(method, target, query, accept="text/html,*/*")
        assert "POST alone" in asked(method, target, query, accept=["*/*", "text/html"])


def test_a_path_that_the_router_takes_for_another_is_refused():
    assert "target" in asked("GET", "/graphql\n", "query=mutation{x}")  # `$` of a regular expression ends before it
    assert "target" in asked("GET", "http://evil.example/graphql")
    assert "target" in asked("GET", "http://127.0.0.1:3000/")
    assert "target" in asked("OPTIONS", "*")
    assert "target" in asked("GET", "")


def test_the_page_for_trying_queries_is_shown():
    assert asked("GET", accept="text/html,application/xhtml+xml") is None
    assert asked("GET", query="query={version}", accept="text/html") is None
    assert "POST alone" in asked("GET", query="query={version}", accept=["application/json", "text/html"])


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "text/plain; application/json",
        "text/plain;x=application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=application/json",
        "",
        [],
        ["application/json", "text/plain"],
        "application/jsonp",
        "text/plain, application/json",
    ],
)
def test_graphql_in_what_a_form_can_send_is_refused(kind):
    assert "application/json alone" in asked(content_type=kind)
    assert "application/json alone" in asked(content_type=kind, query="query=mutation{x}")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8", "application/graphql"])
def test_graphql_as_the_interface_and_clients_send_it_is_answered(kind):
    assert asked(content_type=kind) is None


def test_programs_may_report_assets_and_read_pages():
    assert asked("POST", "/report_asset_materialization/raw/customers", content_type=[]) is None
    assert asked("GET", "/server_info") is None
    assert asked("HEAD", "/download_debug/1234") is None


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("portfolio.example.com", "https://portfolio.example.com"),
        ("PORTFOLIO.example.com", "https://Portfolio.Example.com"),
        ("portfolio.example.com", "https://portfolio.example.com:443"),
        ("portfolio.example.com", "http://portfolio.example.com"),
        ("portfolio.example.com:9443", "https://portfolio.example.com:9443"),
        ("portfolio.example.com:3000", "https://portfolio.example.com"),
        ("127.0.0.1:3000", "https://portfolio.example.com"),  # a proxy that passes its own Host
        ("inner.example.com:8443", "https://inner.example.com:8443"),
        ("localhost:8000", "http://localhost:8000"),  # a tunnel
        ("127.0.0.1:3000", "http://127.0.0.1:3000"),
    ],
)
def test_hosts_of_a_proxy_are_own(host, origin):
    assert asked(own=BEHIND_PROXY, host=host, origin=origin, sec_fetch_site="same-origin") is None


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example", "https://portfolio.example.com"),
        ("x.portfolio.example.com", "https://portfolio.example.com"),
        ("example.com", "https://portfolio.example.com"),
        ("inner.example.com", "https://inner.example.com:8443"),
        ("portfolio.example.com", "https://portfolio.example.com:8443"),  # another service of that machine
        ("portfolio.example.com", "https://inner.example.com"),
        ("portfolio.example.com", "https://evil.example"),
        ("portfolio.example.com", "null"),
        ("portfolio.example.com", "ftp://portfolio.example.com"),
        ("localhost:8001", "http://localhost:8001"),
    ],
)
def test_other_hosts_stay_foreign_behind_a_proxy(host, origin):
    assert asked(own=BEHIND_PROXY, host=host, origin=origin)
