"""What a call may say: JSON that names a listener, a public endpoint or a component's function that is there.

Gradio gets what has been understood, written anew, so that nothing else that a client puts into a body takes effect.
"""

import json
import math
import re
from collections.abc import Callable, Mapping

from streetclip_demo.errors import PhotoError
from streetclip_demo.page.frame.named_files import check_files
from streetclip_demo.serve.known import Endpoint, Known
from streetclip_demo.serve.refusal import Refusal, Refused
from streetclip_demo.serve.routes import ID

DEEPEST = 40  # lists and objects in one another
MOST_INTEGER = 2**53

NOT_JSON = Refusal(
    400, "The body must be one JSON object in UTF-8 with numbers that are finite. Check its syntax."
)
NOT_UNICODE = Refusal(400, "The body has text with a lone surrogate, as \\ud800. Send whole characters.")
NOT_SENT_AS_JSON = Refusal(
    415, 'The body must be JSON, sent with the header "Content-Type: application/json".'
)
NO_SUCH_LISTENER = Refusal(
    404, 'There is no such function here: "fn_index" must be one of the page as it is now. Reload the page.'
)
QUEUE_ONLY = Refusal(
    404,
    'This function is answered in turn only. Send the same body to "queue/join", or use the public endpoint.',
)
NO_SUCH_FUNCTION = Refusal(404, "There is no such function of a component here. Reload the page.")


def understood(
    name: str,
    content_type: bytes,
    body: bytes,
    known: Known,
    let_in: Callable[[dict], object] = lambda called: None,
) -> bytes:
    """The body of a call as Gradio is to get it; `name` is the path below /gradio_api/.

    `let_in` is given what is called, and may refuse it: its uploads then stay for whoever asks again.

    Raise Refused if the body is not what this call takes.
    """
    if content_type.partition(b";")[0].strip().lower() != b"application/json":
        raise Refused(NOT_SENT_AS_JSON)
    called = _checked(name, _json_object(body), known)
    try:
        check_files(called, known.claim_upload)
        let_in(called)
        return json.dumps(called, ensure_ascii=False).encode()
    except PhotoError as error:
        raise Refused(Refusal(400, str(error))) from None
    except UnicodeEncodeError:  # half of a pair of UTF-16, which JSON can spell; no answer could repeat it
        raise Refused(NOT_UNICODE) from None


def asks_model(name: str, called: dict, known: Known) -> bool:
    """Whether a call that has been understood costs an answer."""
    return name.startswith("call/") or (name == "queue/join" and called["fn_index"] in known.asking)


def _checked(name: str, said: dict, known: Known) -> dict:
    if name.startswith("call/v2/"):
        return _named_values(said, known.endpoints[name.removeprefix("call/v2/")])
    if name.startswith("call/"):
        return _ordered_values(said, known.endpoints[name.removeprefix("call/")])
    if name == "component_server":
        return _component_call(said, known)
    if name == "cancel":
        return {key: _need(said, key) for key in ("session_hash", "event_id")} | {
            "fn_index": _integer(said, "fn_index")
        }
    if name == "reset":
        return {"event_id": _need(said, "event_id")}
    return _listener_call(said, known, is_direct=name == "run/predict")


def _listener_call(said: dict, known: Known, is_direct: bool) -> dict:
    number = _integer(said, "fn_index")
    listeners = known.direct if is_direct else known.queued
    if number not in listeners:
        raise Refused(QUEUE_ONLY if is_direct and number in known.queued else NO_SUCH_LISTENER)
    trigger = None if said.get("trigger_id") is None else _integer(said, "trigger_id")
    return {
        "data": _values(said, listeners[number]),
        "event_data": said.get("event_data"),
        "fn_index": number,
        "trigger_id": trigger,
        "session_hash": _need(said, "session_hash"),
    }


def _ordered_values(said: dict, endpoint: Endpoint) -> dict:
    names = ", ".join(endpoint.parameters)
    given = said.get("data")
    if isinstance(given, list):  # a program that was written before the last parameters came
        missing = len(endpoint.parameters) - len(given)
        if 0 < missing <= len(endpoint.defaults):
            said = said | {"data": [*given, *endpoint.defaults[-missing:]]}
    data = _values(said, len(endpoint.parameters), f" in this order: {names}")
    session = {"session_hash": _need(said, "session_hash")} if said.get("session_hash") is not None else {}
    return {"data": data} | session


def _named_values(said: dict, endpoint: Endpoint) -> dict:
    if not endpoint.required <= said.keys() <= set(endpoint.parameters):
        needed, names = ", ".join(sorted(endpoint.required)), ", ".join(endpoint.parameters)
        raise Refused(Refusal(400, f"This endpoint must be given {needed}, and takes {names}; nothing else."))
    return said


def _component_call(said: dict, known: Known) -> dict:
    number, name = _integer(said, "component_id"), said.get("fn_name")
    if not isinstance(name, str) or (number, name) not in known.server_functions:
        raise Refused(NO_SUCH_FUNCTION)
    session = _need(said, "session_hash")
    return {"data": said.get("data"), "component_id": number, "fn_name": name, "session_hash": session}


def _values(said: Mapping, count: int, order: str = "") -> list:
    data = said.get("data")
    if not isinstance(data, list) or len(data) != count:
        came = f"{len(data):,}" if isinstance(data, list) else "none"
        raise Refused(Refusal(400, f'"data" must be a list of {count} values{order}; it had {came}.'))
    return data


def _integer(said: Mapping, key: str) -> int:
    value = said.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_INTEGER:
        raise Refused(Refusal(400, f'"{key}" must be a whole number.'))
    return value


def _need(said: Mapping, key: str) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not re.fullmatch(ID, value):
        raise Refused(Refusal(400, f'"{key}" must be 1 to 64 of the characters A-Z, a-z, 0-9, - and _.'))
    return value


def _json_object(body: bytes) -> dict:
    try:
        said = json.loads(body.decode("utf-8"), parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise Refused(NOT_JSON) from None
    if not isinstance(said, dict) or _depth(said) > DEEPEST:
        raise Refused(NOT_JSON)
    return said


def _no_number(name: str) -> None:
    raise ValueError(name)


def _finite(digits: str) -> float:
    """A number as JSON spells it, which may be too large for one: 1e999."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


def _depth(value) -> int:
    """How deep lists and objects lie in one another, level by level: no deep value takes a deep stack."""
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        below = [part for one in level for part in (one.values() if isinstance(one, dict) else one)]
        level = [part for part in below if isinstance(part, dict | list)]
        depth += 1
    return depth
