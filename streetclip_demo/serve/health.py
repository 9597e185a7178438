"""Whether the process lives, and whether it can answer: for who watches it, as a proxy or a container's keeper."""

import json

from streetclip_demo.locate.library import ModelState


def healthz() -> tuple[int, dict]:
    """Status and body of an answer that needs the server's thread and nothing else."""
    return 200, {"alive": True}


def readyz(state: ModelState, is_stopping: bool) -> tuple[int, dict]:
    """Status and body: 503 with the reason while it is of no use to send visitors here."""
    if is_stopping:
        return 503, {"ready": False, "reason": "stopping"}
    if state.ready:
        said = {"ready": True, "model": state.title, "revision": state.revision}
        return 200, said | ({"instead": state.reason} if state.reason else {})
    if state.problem:
        return 503, {"ready": False, "reason": "no model", "detail": state.problem}
    loading = {"stage": state.stage, "done": round(state.done, 3)}
    return 503, {"ready": False, "reason": "loading", "model": state.title} | loading


async def answer_health(answer: tuple[int, dict], send, with_body: bool) -> None:
    """Send one of the two."""
    status, said = answer
    body = json.dumps(said).encode() + b"\n"
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if with_body else b""})
