"""The pages over a real server on loopback: Telegram's webhook, health and metrics."""

import asyncio
import contextlib
import json

import httpx
import pytest
from django.db import connection

from bot.health import Health
from bot.http.server import LIMIT, Server
from bot.http.wiring import Wiring, wire

SECRET = "s3cret-of-the-webhook"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
HOOK = "/telegram/webhook"


class Store:
    def __init__(self):
        self.kept, self.broken = [], False

    async def __call__(self, update):
        if self.broken:
            raise OSError("disk full")
        await asyncio.to_thread(self.kept.append, update)


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def health(store):
    connection.ensure_connection()
    health = Health()
    health.reached()
    wire(Wiring(health, store, SECRET))
    yield health
    wire(None)


@contextlib.asynccontextmanager
async def serving():
    ready = asyncio.Event()
    server = Server(0, ready)
    task = asyncio.create_task(server.serve())
    await ready.wait()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
        yield client
        server.should_exit = True
        await asyncio.wait_for(task, 10)


def ask(method, path, **more):
    async def run():
        async with serving() as client:
            return await client.request(method, path, **more)

    return asyncio.run(run())


def post(content, headers=HEADERS):
    return ask("POST", HOOK, content=content, headers=headers)


def test_an_update_is_stored_as_it_came(sqlite_state, health, store):
    assert post('{"update_id": 7, "message": {"text": "低保"}}').status_code == 200
    assert store.kept == [{"update_id": 7, "message": {"text": "低保"}}]


def test_telegram_gets_no_answer_before_the_update_is_stored(sqlite_state, health):
    async def run():
        storing, stored = asyncio.Event(), asyncio.Event()

        async def store(update):
            storing.set()
            await stored.wait()

        wire(Wiring(health, store, SECRET))
        async with serving() as client:
            request = asyncio.create_task(client.post(HOOK, json={"update_id": 7}, headers=HEADERS))
            await storing.wait()
            assert (await client.get("/healthz")).status_code == 200
            assert not request.done()
            stored.set()
            assert (await request).status_code == 200

    asyncio.run(run())


def test_telegram_sends_again_what_could_not_be_stored(sqlite_state, health, store):
    store.broken = True
    assert post('{"update_id": 7}').status_code == 503


@pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}, {"X-Telegram-Bot-Api-Secret-Token": b"\xe4\xb8\xad"}])
def test_who_does_not_know_the_secret_is_refused(sqlite_state, health, store, headers):
    assert post('{"update_id": 7}', headers).status_code == 403
    assert store.kept == []


@pytest.mark.parametrize("content", [
    "", "{", "[]", "7", "null", '{"update_id": "7"}', '{"update_id": true}', '{"update_id": 1.5}', '{"update_id": 99999999999999999999}',
    '{"message": {}}', b"\xff\xfe{}", "[" * 100_000,
], ids=lambda content: repr(content[:30]))
def test_what_is_no_update_is_refused(sqlite_state, health, store, content):
    assert post(content).status_code == 400
    assert store.kept == []


async def _parts(size):
    for _ in range(size // 65536 + 1):
        yield b" " * 65536


@pytest.mark.parametrize("content", [b" " * (LIMIT + 1), None], ids=["whole", "in parts of unknown number"])
def test_what_is_too_long_is_refused(sqlite_state, health, store, content):
    assert post(_parts(LIMIT) if content is None else content).status_code == 413
    assert store.kept == []


def test_the_longest_update_is_taken(sqlite_state, health, store):
    start = json.dumps({"update_id": 1}).encode()
    assert post(start + b" " * (LIMIT - len(start))).status_code == 200


def test_the_webhook_only_takes_posts(sqlite_state, health):
    assert ask("GET", HOOK, headers=HEADERS).status_code == 405


@pytest.mark.parametrize("secret, with_store", [("", True), (SECRET, False)])
def test_there_is_no_webhook_unless_configured(sqlite_state, health, store, secret, with_store):
    wire(Wiring(health, store if with_store else None, secret))
    assert post('{"update_id": 7}', {"X-Telegram-Bot-Api-Secret-Token": secret}).status_code == 404


def test_other_addresses_do_not_exist(sqlite_state, health):
    assert ask("GET", "/admin/").status_code == 404


def test_health_is_told(state, health):
    answer = ask("GET", "/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    health.lost("连接超时")
    answer = ask("GET", "/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert "连接超时" in answer.text
    health.stop()
    answer = ask("GET", "/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "stopping")


def test_health_fails_when_the_database_does_not_answer(sqlite_state, health):
    with connection.schema_editor() as editor:
        editor.execute("DROP TABLE state_outgoing")
    answer = ask("GET", "/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert "minzheng_database_up 0.0" in ask("GET", "/metrics").text


def test_metrics_are_told(state, health):
    answer = ask("GET", "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "minzheng_waiting_updates 0.0" in answer.text


def test_it_stops_though_a_client_stays_connected(sqlite_state, health):
    async def run():
        async with serving() as client:
            await client.get("/healthz")

    asyncio.run(run())


def test_it_listens_on_loopback_and_says_when_the_port_is_taken(sqlite_state, health):
    async def run():
        async with serving() as client:
            assert client.base_url.host == "127.0.0.1"
            with pytest.raises(OSError):
                Server(client.base_url.port)

    asyncio.run(run())
