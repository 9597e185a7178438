"""Visitors of the page without a browser: they ask over HTTP for what a browser asks for. Imports nothing of the app.

A visitor opens the page, sends a photo, edits the labels, and reads each answer from Gradio's stream of events.
"""

import asyncio
import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp

AS_BROWSERS = {"Accept-Encoding": "gzip, deflate, br", "Accept-Language": "en"}
CONNECTIONS = 6  # of a browser to a host, besides those that it reads events from
LONGEST_SECONDS = 600
READER = 2**22  # bytes; the longest line of a stream is an answer


class NotAnswered(Exception):
    """What was asked for did not come."""


@dataclass(frozen=True)
class Answer:
    """What a visitor got for a photo and a list."""

    seconds: float  # from what the visitor did until it stands there
    queued: float = 0  # of these in the queue for the model, and at work
    place: int = 0  # there, as the visitor was told when joining; 1 is next
    parts: tuple = ()  # of the page, as they were sent

    @property
    def digest(self) -> str:
        """The same for the same answer, letter by letter."""
        return hashlib.sha256(json.dumps(self.parts, sort_keys=True).encode()).hexdigest()


class Site:
    """The page at an address: its components and listeners, by their names."""

    def __init__(self, url: str, config: Mapping, files: Sequence[str] = ()):
        self.url, self.files = url.rstrip("/"), tuple(files)
        self._parts = {part["id"]: part for part in config["components"]}
        self._listeners = config["dependencies"]

    @classmethod
    async def at(cls, url: str, files: Sequence[str] = ()) -> "Site":
        """Read what is there; `files` are what a browser fetches with the page."""
        async with aiohttp.ClientSession() as session, session.get(f"{url.rstrip('/')}/config") as answer:
            return cls(url, await answer.json(), files)

    def listener(self, name: str, event: str) -> dict:
        """The first listener of a part of the page, by the part's elem_id; "" is the page itself."""
        ids = [number for number, part in self._parts.items() if part["props"].get("elem_id") == name] or [0]
        return next(one for one in self._listeners if [ids[0], event] in [list(to) for to in one["targets"]])

    def all_listeners(self, name: str, event: str) -> list[dict]:
        """All of them that have a function."""
        first = self.listener(name, event)
        targets = [list(to) for to in first["targets"]]
        target = next(to for to in targets if to[1] == event and self._is(to[0], name))
        return [
            one
            for one in self._listeners
            if target in [list(to) for to in one["targets"]] and one["backend_fn"]
        ]

    def after(self, listener: Mapping) -> dict:
        """The listener that follows another."""
        return next(one for one in self._listeners if one["trigger_after"] == listener["id"])

    def start_values(self, listener: Mapping, others: Mapping[str, object]) -> list:
        """What a page sends to a listener; `others` by elem_id, all else as the page begins."""
        parts = [self._parts[number] for number in listener["inputs"]]
        return [others.get(part["props"].get("elem_id"), part["props"].get("value")) for part in parts]

    def outputs(self, listener: Mapping) -> list[str]:
        """The elem_ids of what a listener fills."""
        return [self._parts[number]["props"].get("elem_id") for number in listener["outputs"]]

    def choices(self, name: str) -> list:
        """The values that a part lets one choose from."""
        return [value for _, value in self._parts[self.component(name)]["props"]["choices"]]

    def component(self, name: str) -> int:
        """The number of a part."""
        return next(number for number, part in self._parts.items() if self._is(number, name))

    def _is(self, number: int, name: str) -> bool:
        part = self._parts.get(number)
        return part["props"].get("elem_id") == name if part else name == ""


@dataclass
class Visitor:
    """One open page. `async with Visitor(site) as visitor: ...`"""

    site: Site
    language: str = "en"
    controls: dict[str, object] = field(default_factory=dict)  # what the page holds, by elem_id

    async def __aenter__(self) -> "Visitor":
        self.session = secrets.token_hex(6)
        self._http = self._client(aiohttp.TCPConnector(limit=CONNECTIONS))
        self._streams = self._client(aiohttp.TCPConnector(force_close=True))
        self._heart: asyncio.Task | None = None
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._heart is not None:
            self._heart.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError):
                await self._heart
        await self._http.close()
        await self._streams.close()

    def _client(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            headers=AS_BROWSERS | {"Accept-Language": self.language},
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=LONGEST_SECONDS),
            read_bufsize=READER,
        )

    async def open(self) -> Answer:
        """Open the page and wait for the answer that it begins with."""
        began = time.perf_counter()
        await self._get("/")
        self._heart = asyncio.create_task(self._beat())
        await asyncio.gather(*map(self._get, self.site.files))
        stage = {"data": "light", "component_id": self.site.component("map"), "fn_name": "asked_stage"}
        loads = self.site.all_listeners("", "load")
        await asyncio.gather(
            self._post("component_server/", stage | {"session_hash": self.session}),
            *[self.call(one, {"theme": "light", "query": ""}) for one in loads],
        )
        await self.call(self.site.after(loads[0]))
        started = None
        for listener in self.site.all_listeners("model-is-ready", "change"):
            started = await self.call(listener) if listener["inputs"] else started
            if not listener["inputs"]:
                await self.call(listener)
        if started is None:
            raise NotAnswered("The page has no listener that starts it.")
        answer = Answer(time.perf_counter() - began, parts=tuple(started[-5:]))
        await self._show(with_list=True)
        return answer

    async def send(self, photo: bytes) -> Answer:
        """Choose a photo, and wait for its answer."""
        began = time.perf_counter()
        upload = secrets.token_hex(5)
        with aiohttp.MultipartWriter("form-data") as form:
            form.append(photo).set_content_disposition("form-data", name="files", filename="photo.jpg")
        sent, _ = await asyncio.gather(
            self._read("POST", self._api(f"upload?upload_id={upload}"), data=form),
            self._get(f"/gradio_api/upload_progress?upload_id={upload}"),
        )
        (name,) = json.loads(sent)
        file = {"path": name, "orig_name": "photo.jpg", "meta": {"_type": "gradio.FileData"}}
        listener = self.site.listener("photo", "upload")
        told, _ = await self.ask_in_turn(listener, {"photo": file})
        self._take(listener, told)
        return await self._answer(self.site.after(listener), began)

    async def insist(self) -> Answer:
        """Have the practice model answer for a photograph."""
        began = time.perf_counter()
        listener = self.site.listener("run-anyway", "click")
        self._take(listener, await self.call(listener))
        return await self._answer(self.site.after(listener), began)

    async def ask(self, labels: str | None = None, **controls: object) -> Answer:
        """Change the list, or another control, and wait for the answer."""
        began = time.perf_counter()
        self.controls |= controls
        if labels is not None:
            self.controls["outline"] = labels
            await self.call(self.site.listener("outline", "change"))
        return await self._answer(self.site.listener("update", "click"), began)

    async def _answer(self, listener: Mapping, began: float) -> Answer:
        joined = time.perf_counter()
        parts, places = await self.ask_in_turn(listener)
        answered = time.perf_counter()
        await self._show()
        place = places[0] if places else 0
        return Answer(answered - began, answered - joined, place, tuple(parts))

    async def call(self, listener: Mapping, others: Mapping[str, object] | None = None) -> list:
        """Call a listener that is answered at once."""
        said = json.loads(await self._post("run/predict", self._body(listener, others or {})))
        self._take(listener, said["data"])
        return said["data"]

    async def ask_in_turn(
        self,
        listener: Mapping,
        others: Mapping[str, object] | None = None,
        event_data: Mapping[str, object] | None = None,
    ) -> tuple[list, tuple[int, ...]]:
        """Call a listener through the queue; what it gave, and the places that were told on the way.

        Raises
        ------
        NotAnswered
            With what the server said instead.
        """
        body = self._body(listener, others or {}) | {"event_data": event_data}
        joined = json.loads(await self._post("queue/join", body))
        event, first, places = joined["event_id"], None, []
        stream = self._streams.get(self._api("queue/data"), params={"session_hash": self.session})
        async with stream as events:
            async for line in events.content:
                if not line.startswith(b"data:"):
                    continue
                said = json.loads(line[5:])
                if said["msg"] == "estimation" and said.get("event_id") == event:
                    places.append(said["rank"] + 1)
                elif (
                    said["msg"] in ("process_generating", "process_completed")
                    and said.get("event_id") == event
                ):
                    if not said["success"]:
                        raise NotAnswered(json.dumps(said.get("output"))[:300])
                    first = first or said["output"]["data"]  # of a generator what it gave first
                elif said["msg"] == "unexpected_error":
                    raise NotAnswered(said["message"])
                elif said["msg"] == "close_stream":
                    break
        if first is None:
            raise NotAnswered("The stream ended without an answer.")
        return first, tuple(places)

    async def _show(self, with_list: bool = False) -> None:
        """Call what the page calls by itself whenever another answer is shown."""
        listeners = [*self.site.all_listeners("answer", "change"), *self.site.all_listeners("tree", "change")]
        if with_list:
            listeners.append(self.site.listener("outline", "change"))
        await asyncio.gather(*map(self.call, listeners))

    def _body(self, listener: Mapping, others: Mapping[str, object]) -> dict:
        data = self.site.start_values(listener, self.controls | others)
        return {"data": data, "event_data": None, "fn_index": listener["id"], "session_hash": self.session}

    def _take(self, listener: Mapping, values: Sequence) -> None:
        """Hold the controls that a listener has set, for the next question."""
        held = ("photo-shown", "outline", "add-cities", "preset")
        for name, value in zip(self.site.outputs(listener), values, strict=True):
            is_update = isinstance(value, dict) and value.get("__type__") == "update"
            if name in held and not is_update:
                self.controls[name] = value
            elif name in held and "value" in value:
                self.controls[name] = value["value"]

    def _api(self, name: str) -> str:
        return f"{self.site.url}/gradio_api/{name}"

    async def _beat(self) -> None:
        async with self._streams.get(self._api(f"heartbeat/{self.session}"), timeout=None) as beats:
            async for _ in beats.content.iter_any():
                pass

    async def _get(self, path: str) -> bytes:
        return await self._read("GET", self.site.url + path, auto_decompress=False)

    async def _post(self, name: str, body: Mapping) -> bytes:
        return await self._read("POST", self._api(name), json=body)

    async def _read(self, method: str, url: str, **asked) -> bytes:
        """An answer's body; asked again where a connection that was kept turns out to be closed, as browsers do."""
        for _ in range(CONNECTIONS):
            try:
                return await self._read_once(method, url, **asked)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                continue
        return await self._read_once(method, url, **asked)

    async def _read_once(self, method: str, url: str, **asked) -> bytes:
        async with self._http.request(method, url, **asked) as answer:
            said = await answer.read()
            if answer.status != 200:
                raise NotAnswered(f"{answer.status}: {said[:300].decode(errors='replace')}")
            return said
