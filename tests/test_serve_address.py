"""Where the page is to listen: what cannot be is said in one sentence before anything is loaded."""

import re
import socket

import pytest

from streetclip_demo.errors import UserError
from streetclip_demo.serve.address import check_address


@pytest.fixture
def taken():
    """A port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.fixture(autouse=True)
def no_address_of_the_environment(monkeypatch):
    for name in ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "GRADIO_NUM_PORTS"):
        monkeypatch.delenv(name, raising=False)


def test_a_port_that_is_taken(taken):
    with pytest.raises(
        UserError, match=rf"Nothing can listen on port {taken} of 127.0.0.1: Address already in use."
    ):
        check_address(None, taken)


def test_a_free_port_and_none():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    check_address("localhost", port)
    check_address(None, None)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "nobody.invalid", "2001:db8::1"]
)  # nobody's, by RFC 5737, 2606, 3849
def test_an_address_that_this_machine_does_not_have(host):
    with pytest.raises(
        UserError, match=rf"Nothing can listen on {re.escape(host)}: .+\. Choose another address"
    ):
        check_address(host, None)


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_a_number_that_is_no_port(port):
    with pytest.raises(UserError, match=f"{port} is no port: expected a number from 1 to 65535"):
        check_address(None, port)


@pytest.mark.parametrize("name", ["GRADIO_SERVER_PORT", "GRADIO_NUM_PORTS"])
def test_a_word_in_the_environment_where_gradio_expects_a_number(name, monkeypatch):
    monkeypatch.setenv(name, "http")
    with pytest.raises(UserError, match=f"{name} is 'http': expected a number"):
        check_address(None, None)
