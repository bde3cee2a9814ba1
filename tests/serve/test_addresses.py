"""Where the page is served."""

import socket

import pytest

from tui.errors import ServeError
from tui.serve.addresses import is_loopback, listen, own_names, url_of


def test_without_a_port_a_free_one_is_taken_on_this_machine_alone():
    with listen("127.0.0.1", 0) as opened:
        assert is_loopback(opened)
        port = opened.getsockname()[1]
        assert url_of(opened, "127.0.0.1") == f"http://127.0.0.1:{port}"
        with socket.create_connection(("127.0.0.1", port), 10):
            pass


def test_a_port_that_is_taken_is_said_in_a_sentence():
    with listen("127.0.0.1", 0) as opened:
        port = opened.getsockname()[1]
        with pytest.raises(ServeError, match=f"^Port {port} of 127.0.0.1 is taken") as told:
            listen("127.0.0.1", port)
        assert "--port" in told.value.hint


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.name.invalid", "a b", "x" * 70, "\udcff"])
def test_what_is_no_address_of_this_machine_is_said_in_a_sentence(host):
    with pytest.raises(ServeError, match="is not an address of this machine"):
        listen(host, 0)


def test_all_addresses_are_told_by_the_name_of_the_machine():
    with listen("0.0.0.0", 0) as opened:
        assert not is_loopback(opened)
        assert url_of(opened, "0.0.0.0").startswith(f"http://{socket.gethostname()}:")


def test_a_browser_may_ask_by_the_name_that_was_given():
    assert own_names("Box.Example.") == {"box.example", socket.gethostname().lower()}
