"""Who is let in: the token, the cookie, and where a request comes from."""

import pytest

from tui.serve.access import (
    WRONG_HOST,
    WRONG_ORIGIN,
    Access,
    host_name,
    is_same,
    token_complaint,
)

ACCESS = Access("a-token-of-somebody", frozenset({"buildbox", "dbtree.example"}))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8000", "127.0.0.1", "localhost:8000", "LOCALHOST", "localhost.:1", "[::1]:8000",
        "192.168.1.7:8000", "buildbox:8000", "BuildBox", "dbtree.example",
    ],
)  # fmt: skip
def test_a_name_of_this_server_is_answered(host):
    assert ACCESS.refusal(host, None) == ""


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example",
        "evil.example@127.0.0.1", "127.0.0.1:8000@evil.example", "127.0.0.1/evil", "127.0.0.1:x",
        "127.0.0.1:99999", "[::1", "buildbox.evil.example", "127.0.0.1#", "127.0.0.1?x", "a b",
        "2130706433x", "\udcff",
    ],
)  # fmt: skip
def test_a_name_that_leads_here_from_elsewhere_is_refused(host):
    assert ACCESS.refusal(host, None) == WRONG_HOST
    assert ACCESS.refusal(host, f"http://{host}") == WRONG_HOST


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:8000", "http://LOCALHOST:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("127.0.0.1:8000", "https://dbtree.example"),
        ("dbtree.example", "https://dbtree.example:8443"),
    ],
)
def test_the_page_itself_may_open_a_websocket(host, origin):
    assert ACCESS.refusal(host, origin, is_websocket=True) == ""


@pytest.mark.parametrize(
    "origin",
    [
        "null", "", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1:9000",
        "http://localhost:8000", "https://evil.example:8000", "file://", "http://[::1",
        "ftp://127.0.0.1:8000", "chrome-extension://127.0.0.1:8000", "127.0.0.1:8000",
        "http://127.0.0.1:8000.evil.example", "http://evil.example#127.0.0.1:8000",
    ],
)  # fmt: skip
def test_another_page_may_open_none(origin):
    for is_websocket in (True, False):
        assert ACCESS.refusal("127.0.0.1:8000", origin, is_websocket=is_websocket) == WRONG_ORIGIN


def test_a_websocket_always_tells_its_origin_but_a_page_need_not():
    assert ACCESS.refusal("127.0.0.1:8000", None, is_websocket=True) == WRONG_ORIGIN
    assert ACCESS.refusal("127.0.0.1:8000", None) == ""


@pytest.mark.parametrize(
    "token", ["", "short", "x" * 15, "a token with blanks", "ü" * 20, "a&b" * 9]
)
def test_a_token_that_is_easily_guessed_or_no_part_of_an_address_is_refused(token):
    assert token_complaint(token)


def test_a_token_of_sixteen_letters_is_enough():
    assert token_complaint("abcdefghijklmnop") == ""


@pytest.mark.parametrize("given", ["", "a-token", "a-token-of-somebody ", "ü", "\ud800"])
def test_only_the_token_is_the_token(given):
    assert not is_same(given, ACCESS.token)
    assert is_same("a-token-of-somebody", ACCESS.token)


def test_servers_share_no_cookie_and_no_path_and_show_neither_nor_the_token():
    other = Access(ACCESS.token)
    assert other.cookie != ACCESS.cookie
    assert other.place != ACCESS.place
    assert ACCESS.token not in repr(ACCESS)
    assert ACCESS.cookie not in repr(ACCESS)


def test_the_name_of_a_host_has_no_port():
    assert host_name("Example.COM:80") == "example.com"
    assert host_name("[::1]:80") == "::1"
