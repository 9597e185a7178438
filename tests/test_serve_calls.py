"""What a call may say, and what of it Gradio gets."""

import json
from dataclasses import replace

import pytest

from streetclip_demo.serve.calls import understood
from streetclip_demo.serve.known import Endpoint, Known
from streetclip_demo.serve.refusal import Refused

LOCATE = Endpoint(("photo", "labels"), frozenset({"photo"}))
KNOWN = Known({1: 2}, {2: 1}, {"locate": LOCATE}, frozenset({(30, "asked_stage")}), {"mine"}.__contains__)
JSON = b"application/json"


def given(name, **said):
    """What Gradio gets."""
    return json.loads(understood(name, JSON, json.dumps(said).encode(), KNOWN))


def refusal(name, body, content_type=JSON):
    with pytest.raises(Refused) as refused:
        understood(name, content_type, body, KNOWN)
    return refused.value.refusal


def said(**fields):
    return json.dumps(fields).encode()


def test_a_listener_gets_its_values_and_nothing_else_that_a_body_holds():
    fields = {
        "data": ["a", None],
        "fn_index": 1,
        "session_hash": "s-1",
        "trigger_id": 7,
        "event_data": {"x": 1},
    }
    assert (
        given("queue/join", **fields, batched=True, request={}, simple_format=True, oauth_token="x") == fields
    )
    least = given("run/predict", data=[5], fn_index=2, session_hash="s")
    assert least == {"data": [5], "fn_index": 2, "session_hash": "s", "trigger_id": None, "event_data": None}


def test_text_of_every_script_arrives_as_it_was_sent():
    assert given("call/locate", data=["日本 😀 \u0000", "é"])["data"] == ["日本 😀 \u0000", "é"]


def test_a_listener_that_waits_its_turn_cannot_be_called_past_the_queue():
    refused = refusal("run/predict", said(data=["a", "b"], fn_index=1, session_hash="s"))
    assert (refused.status, "in turn only" in refused.sentence) == (404, True)
    assert refusal("queue/join", said(data=[1], fn_index=2, session_hash="s")).status == 404


@pytest.mark.parametrize("number", [3, -1, 10**9])
def test_a_listener_that_is_not_there_is_a_404(number):
    assert refusal("queue/join", said(data=[], fn_index=number, session_hash="s")).status == 404


@pytest.mark.parametrize("number", [None, True, "1", 1.0, 10**30, [1], {}])
def test_a_listener_is_named_by_a_whole_number(number):
    refused = refusal("queue/join", said(data=["a", "b"], fn_index=number, session_hash="s"))
    assert (refused.status, refused.sentence) == (400, '"fn_index" must be a whole number.')


@pytest.mark.parametrize("session", [None, "", "a b", "a\n", 5, ["a"], "a" * 65, "é"])
def test_a_session_has_a_plain_name(session):
    assert refusal("queue/join", said(data=["a", "b"], fn_index=1, session_hash=session)).status == 400


@pytest.mark.parametrize("data", [None, [], ["a"], ["a", "b", "c"], "ab", {"0": "a", "1": "b"}])
def test_a_call_has_as_many_values_as_are_taken(data):
    assert (
        "a list of 2 values" in refusal("queue/join", said(data=data, fn_index=1, session_hash="s")).sentence
    )
    assert "photo, labels" in refusal("call/locate", said(data=data)).sentence


def test_an_endpoint_can_be_called_by_the_names_of_its_parameters():
    file = {"path": "mine", "meta": {"_type": "gradio.FileData"}}
    assert given("call/v2/locate", photo={**file, "orig_name": "a.png"}) == {"photo": file}
    assert refusal("call/v2/locate", said(photo={**file, "path": "another"})).status == 400
    for wrong in ({}, {"labels": "a"}, {"photo": "a", "camera": 1}):
        refused = refusal("call/v2/locate", said(**wrong))
        assert refused.sentence == "This endpoint must be given photo, and takes photo, labels; nothing else."


def test_a_program_that_knows_the_first_parameters_alone_is_answered_with_the_others_defaults():
    endpoint = Endpoint(("photo", "labels", "models"), frozenset({"photo"}), ("", "all"))
    known = replace(KNOWN, endpoints={"locate": endpoint})
    for data, whole in (
        (["a"], ["a", "", "all"]),
        (["a", "b"], ["a", "b", "all"]),
        (["a", "b", "c"], ["a", "b", "c"]),
    ):
        assert json.loads(understood("call/locate", JSON, said(data=data), known))["data"] == whole
    with pytest.raises(Refused):
        understood("call/locate", JSON, said(data=[]), known)


def test_a_component_answers_its_own_functions_only():
    call = {"component_id": 30, "fn_name": "asked_stage", "data": "light", "session_hash": "s"}
    assert given("component_server", **call) == call
    for other in ({"component_id": 31}, {"fn_name": "preprocess"}, {"fn_name": ["asked_stage"]}):
        assert refusal("component_server", said(**call | other)).status == 404


def test_what_ends_a_run_names_it():
    cancel = {"session_hash": "s", "event_id": "0a", "fn_index": 1}
    assert given("cancel", **cancel) == cancel
    assert given("reset", event_id="0a", more=1) == {"event_id": "0a"}
    assert refusal("cancel", said(**cancel | {"event_id": None})).status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"5",
        b"\xff\xfe{}",
        b'{"data": NaN}',
        b'{"data": [-1e999]}',
        b'{"data": -Infinity}',
        b'{"data": ' + 5000 * b"1" + b"}",
        b'{"data": ' + 50 * b"[" + 50 * b"]" + b"}",
        b'{"data": ' + 20_000 * b"[" + 20_000 * b"]" + b"}",
    ],
)
@pytest.mark.parametrize(
    "name", ["run/predict", "queue/join", "call/locate", "call/v2/locate", "component_server"]
)
def test_what_is_no_plain_json_object_is_told_so(name, body):
    assert refusal(name, body).status == 400


def test_half_a_character_is_told_so():
    refused = refusal("call/locate", b'{"data": ["\\ud800", ""]}')
    assert refused.sentence == r"The body has text with a lone surrogate, as \ud800. Send whole characters."


@pytest.mark.parametrize(
    "content_type", [b"", b"text/plain", b"multipart/form-data; boundary=a", b"application/xml"]
)
def test_a_form_of_another_site_is_no_call(content_type):
    assert refusal("call/locate", said(data=["a", "b"]), content_type).status == 415
    assert understood("call/locate", b"Application/JSON; charset=utf-8", said(data=["a", "b"]), KNOWN)
