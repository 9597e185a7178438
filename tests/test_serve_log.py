"""The log: nothing that a client causes, and of the rest no values and not too much."""

import logging
import warnings

import gradio as gr
import pytest

from streetclip_demo.serve.log import Plain, keep_plain


@pytest.fixture
def logger(clock):
    logger = logging.Logger("uvicorn.error")
    logger.addFilter(Plain(clock))
    logger.written = []
    handler = logging.Handler()
    handler.emit = lambda record: logger.written.append(handler.format(record))
    logger.addHandler(handler)
    return logger


@pytest.mark.parametrize(
    "message",
    [
        "Invalid HTTP request received.",
        "Unsupported upgrade request.",
        "No supported WebSocket library detected. Please use ...",
        "socket.send() raised exception.",
    ],
)
def test_a_clients_mistake_is_not_written(logger, message):
    logger.warning(message)
    assert logger.written == []


def test_of_an_exception_its_place_is_written_and_no_value(logger):
    try:
        raise KeyError("a visitor's label\nERROR forged")
    except KeyError as error:
        logger.error("Exception in ASGI application\n", exc_info=error)
    written = "\n".join(logger.written)
    assert "KeyError at" in written
    assert "test_serve_log.py" in written
    assert "visitor" not in written
    assert "forged" not in written


def test_gradios_word_on_a_label_is_not_written():
    with warnings.catch_warnings(record=True) as written:
        warnings.simplefilter("always")
        keep_plain()
        gr.HTML("<script>a label</script>")
        warnings.warn("of our own", stacklevel=1)
    assert [str(one.message) for one in written] == ["of our own"]


def test_the_same_is_written_a_few_times_a_minute(logger, clock):
    for _ in range(10_000):
        logger.error("socket.accept() out of system resource")
    logger.error("another thing")
    assert len(logger.written) == 6
    for number in range(1000):
        logger.error("one of many kinds: %d", number)
    assert len(logger.written) == 6 + 18
    clock.now += 61.0
    logger.error("socket.accept() out of system resource")
    assert len(logger.written) == 6 + 18 + 1
