"""How much one client may ask for: at once, later, behind a proxy, with many addresses, whatever the time of day is."""

import json
import logging
import time

import pytest
from asgi import answer_of, receiving, scope_of
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from streetclip_demo.cli.options import USUAL_RATE, read_options
from streetclip_demo.serve.doors import Doors
from streetclip_demo.serve.hosting import Hosting
from streetclip_demo.serve.known import Endpoint, Known
from streetclip_demo.serve.rate_limit import LIGHT, Buckets, Rate, client_of
from streetclip_demo.serve.stopping import Stop

LOCATE = Endpoint(("photo", "labels"), frozenset({"photo"}))
KNOWN = Known({1: 0, 2: 0}, {3: 0}, {"locate": LOCATE}, frozenset(), asking=frozenset({1}))
JSON = (b"content-type", b"application/json")
FORM = (b"content-type", b"multipart/form-data; boundary=a")


def taken(buckets, client, times):
    return [buckets.take(client) == 0 for _ in range(times)].count(True)


# The buckets


def test_a_client_has_so_many_at_once_and_then_so_many_a_minute(clock):
    buckets = Buckets(Rate(burst=5, per_minute=30), clock)
    assert taken(buckets, "a", 7) == 5
    assert buckets.take("a") == pytest.approx(2.0)  # seconds for one of thirty a minute
    clock.now += 2.0
    assert taken(buckets, "a", 2) == 1
    clock.now += 3600
    assert taken(buckets, "a", 7) == 5


def test_clients_have_nothing_to_do_with_one_another(clock):
    buckets = Buckets(Rate(3, 60), clock)
    assert [taken(buckets, client, 4) for client in "abc"] == [3, 3, 3]


def test_a_refused_request_costs_nothing(clock):
    buckets = Buckets(Rate(2, 60), clock)
    assert taken(buckets, "a", 1000) == 2
    clock.now += 1.0
    assert buckets.take("a") == 0


def test_no_more_clients_are_remembered_than_may_be_and_none_whose_bucket_is_full(clock):
    buckets = Buckets(Rate(3, 60), clock, most=100)
    for number in range(1000):
        buckets.take(str(number))
    assert len(buckets) == 100
    clock.now += 3.0
    buckets.take("last")
    assert len(buckets) == 1


def test_a_change_of_the_time_of_day_locks_nobody_out_and_lets_nobody_in(monkeypatch):
    buckets = Buckets(Rate(2, 1))
    assert taken(buckets, "a", 3) == 2
    for shift in (86_400, -86_400):
        monkeypatch.setattr(time, "time", lambda shift=shift: 1_800_000_000 + shift)
        assert 50 < buckets.take("a") <= 60
        assert buckets.take(f"b{shift}") == 0


# Who a client is


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("x" * 500, "x" * 64),
    ],
)
def test_a_client_is_an_address_or_the_network_of_one(host, client):
    assert client_of({"client": (host, 5)}) == client


def test_a_connection_without_addresses_is_one_client():
    assert client_of({"client": None}) == client_of({}) == ""


# The doors


async def below(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"[]"})


FOUR = Rate(4, 60)


def doors(rate=FOUR, proxies=()):
    """Doors as uvicorn calls them."""
    hosting = Hosting(rate=rate, proxies=proxies)
    return ProxyHeadersMiddleware(Doors(below, KNOWN, Stop(), hosting), hosting.believed())


def asked(app, what="call/locate", client="192.0.2.1", body=b'{"data": [null, ""]}', headers=()):
    scope = scope_of(f"/gradio_api/{what}", "POST", headers=[FORM if what == "upload" else JSON, *headers])
    return answer_of(app, scope | {"client": (client, 1)}, receiving(body))


def listener(number):
    return json.dumps({"data": [], "fn_index": number, "session_hash": "s"}).encode()


def statuses(app, times, *what, **more):
    return [asked(app, *what, **more)[0] for _ in range(times)]


@pytest.mark.parametrize(
    ("what", "body"), [("call/locate", b'{"data": [null, ""]}'), ("queue/join", listener(1)), ("upload", b"")]
)
def test_photos_and_questions_beyond_the_limit_are_refused_and_told_when_to_come_back(what, body):
    app = doors()
    assert statuses(app, 4, what, body=body) == [200] * 4
    status, headers, said = asked(app, what, body=body)
    assert (status, headers[b"retry-after"]) == (429, b"1")
    assert b"try again in 1 s" in said
    assert asked(app, what, body=body, client="192.0.2.2")[0] == 200


def test_photos_and_questions_share_one_allowance():
    app = doors()
    assert statuses(app, 2, "upload", body=b"") + statuses(app, 3) == [200, 200, 200, 200, 429]


def test_the_refusal_is_in_the_readers_language():
    app = doors(Rate(1, 2))
    statuses(app, 1)
    said = json.loads(asked(app, headers=[(b"accept-language", b"de-CH")])[2])
    assert "versuchen Sie es in 30 s noch einmal" in said["detail"]
    assert said["error"] == said["detail"]


def test_what_costs_little_has_an_allowance_of_its_own():
    app = doors(Rate(1, 1))
    for what, number in (("queue/join", 2), ("run/predict", 3)):
        assert set(statuses(app, LIGHT // 2, what, body=listener(number))) == {200}
    assert asked(app, "run/predict", body=listener(3))[0] == 429
    assert asked(app, "upload", body=b"")[0] == 200


def test_a_call_with_more_text_than_a_list_has_costs_as_much_as_an_answer():
    app = doors(Rate(2, 1))
    body = json.dumps({"data": [], "fn_index": 3, "session_hash": "s", "event_data": "x" * 2**18}).encode()
    assert statuses(app, 3, "run/predict", body=body) == [200, 200, 429]
    assert asked(app, "run/predict", body=listener(3))[0] == 200


def test_a_file_and_the_page_are_never_refused():
    app = doors(Rate(1, 1))
    scope = scope_of("/") | {"client": ("192.0.2.1", 1)}
    assert {answer_of(app, scope)[0] for _ in range(100)} == {200}


def test_a_class_of_forty_behind_one_address_is_let_in():
    app = doors(Rate(*read_options([]).rate_limit))
    for _ in range(40):
        assert statuses(app, 1, "upload", body=b"") + statuses(app, 1) == [200, 200]
        assert statuses(app, 1, "upload", body=b"") + statuses(app, 1) == [200, 200]


def test_without_a_limit_nobody_is_refused():
    assert set(statuses(doors(rate=None), 500)) == {200}


# Proxies


def forwarded(*values):
    return {"headers": [(b"x-forwarded-for", value) for value in values]}


@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3"])
def test_behind_a_trusted_proxy_each_client_has_its_own(peer):
    app = doors(Rate(2, 60), ("10.0.0.0/8",))
    for client in (b"192.0.2.1", b"192.0.2.2"):
        assert statuses(app, 3, client=peer, **forwarded(client)) == [200, 200, 429]


@pytest.mark.parametrize("peer", ["192.0.2.9", "127.0.0.1"])
def test_who_is_no_trusted_proxy_cannot_choose_an_address(peer):
    app = doors(Rate(2, 60), ("10.0.0.0/8",))
    said = [asked(app, client=peer, **forwarded(f"192.0.2.{n}".encode()))[0] for n in range(3)]
    assert said == [200, 200, 429]


def test_what_a_client_wrote_before_the_proxy_did_is_not_believed():
    app = doors(Rate(2, 60), ("10.0.0.0/8",))
    for headers in (
        lambda n: (f"203.0.113.{n}, 192.0.2.1, 10.9.9.9".encode(),),
        lambda n: (f"203.0.113.{n}".encode(), b"192.0.2.1"),
    ):
        said = [asked(app, client="10.1.2.3", **forwarded(*headers(n)))[0] for n in range(4)]
        assert said in ([200, 200, 429, 429], [429] * 4)


def test_a_proxy_that_is_not_trusted_is_told_to_the_host_once(caplog):
    app = doors()
    with caplog.at_level(logging.WARNING):
        statuses(app, 2, client="127.0.0.1", **forwarded(b"192.0.2.66"))
        asked(doors(proxies=("10.0.0.0/8",)), client="10.1.2.3", **forwarded(b"192.0.2.66"))
    (said,) = [one.getMessage() for one in caplog.records]
    assert "--trusted-proxies" in said
    assert "192.0.2.66" not in said


# What a host says


def test_the_options_and_the_environment_say_how_much(monkeypatch):
    assert read_options([]).rate_limit == tuple(map(int, USUAL_RATE.split("+")))
    assert read_options(["--rate-limit", "10 + 5"]).rate_limit == (10, 5)
    assert read_options(["--rate-limit", "off"]).rate_limit is None
    monkeypatch.setenv("STREETCLIP_RATE_LIMIT", "7+8")
    assert read_options([]).rate_limit == (7, 8)


def test_proxies_are_networks_and_a_space_has_its_own(monkeypatch):
    assert read_options([]).trusted_proxies == ()
    given = read_options(["--trusted-proxies", "127.0.0.1, 10.1.2.3/8 fd00::/8"]).trusted_proxies
    assert given == ("127.0.0.1/32", "10.0.0.0/8", "fd00::/8")
    monkeypatch.setenv("SPACE_ID", "somebody/streetclip-demo")
    assert "10.0.0.0/8" in read_options([]).trusted_proxies


@pytest.mark.parametrize(
    "wrong",
    [
        ("--rate-limit", "0+5"),
        ("--rate-limit", "5"),
        ("--rate-limit", "many"),
        ("--trusted-proxies", "*"),
        ("--trusted-proxies", "proxy.example"),
        ("--metrics-port", "0"),
        ("--metrics-port", "host:"),
        ("--log-format", "xml"),
    ],
)
def test_a_wrong_value_is_told_at_once(wrong, capsys):
    with pytest.raises(SystemExit) as end:
        read_options(wrong)
    assert end.value.code == 2
    assert "must be" in capsys.readouterr().err
