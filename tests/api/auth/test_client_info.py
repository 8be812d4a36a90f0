import pytest
from starlette.requests import Request

from api.auth.client_info import ClientInfo, device_of
from api.http.redirects import return_path, safe_path, with_next

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) "
    "Version/19.0 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (CHROME, "Chrome 144 on Linux"),
        (f"{CHROME} Edg/144.0", "Edge 144 on Linux"),
        (SAFARI, "Safari 19 on iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown device"),
        ("x" * 500, "x" * 80),
    ],
)
def test_a_browser_is_named_with_its_version_and_system(agent: str, device: str) -> None:
    assert device_of(agent) == device


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2:bbbb::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_attempts_are_counted_by_ipv4_address_or_ipv6_network(one: str, other: str, same: bool) -> None:
    assert (ClientInfo(address=one, device="").network == ClientInfo(address=other, device="").network) is same


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/orders/D7K-4F2?live=true", "/orders/D7K-4F2?live=true"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a b", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("", "/"),
        ("/" + "x" * 600, "/"),
    ],
)
def test_only_local_paths_are_accepted_as_redirects(path: str, expected: str) -> None:
    assert safe_path(path) == expected


def _request(method: str, referer: str = "") -> Request:
    headers = [(b"host", b"dialtone.test"), (b"referer", referer.encode())]
    return Request({"type": "http", "method": method, "scheme": "http", "server": ("dialtone.test", 80),
                    "path": "/people/X/reset-link", "query_string": b"a=1", "headers": headers})  # fmt: skip


def test_after_signing_in_a_browser_returns_to_the_page_of_its_form() -> None:
    assert return_path(_request("GET")) == "/people/X/reset-link?a=1"
    assert return_path(_request("POST", "http://dialtone.test/people/X")) == "/people/X"
    assert return_path(_request("POST", "http://evil.example/people/X")) == "/"
    assert with_next("/sign-in", "/") == "/sign-in"
