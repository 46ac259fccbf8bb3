"""The processes of a measurement: the stand-in Bot API, the real bot, a database of its own; nothing leaves 127.0.0.1."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import yaml

from bot.settings import ROOT, read_settings

HOST = "127.0.0.1"
TOKEN = "123456:TEST-this-is-not-a-real-token-00000"
SECRET = "test-secret-of-the-webhook"
TICK = 1 / os.sysconf("SC_CLK_TCK")
START_SECONDS, STOP_SECONDS = 60.0, 10.0
IDLE = 20.0
"""Seconds after which a kept connection is not trusted any more."""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def until(condition: Callable[[], object], seconds: float, what: str, step: float = 0.02) -> float:
    """Wait until a condition holds; returns how long that took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(step)
    return time.monotonic() - began


class Process:
    """A process of this measurement, its memory and its work."""

    def __init__(self, module: list[str], environment: dict[str, str], output: Path) -> None:
        with output.open("a", encoding="utf-8") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.pid = self.child.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.child.poll() is None

    def end(self, number: signal.Signals = signal.SIGTERM, seconds: float = STOP_SECONDS) -> int:
        """Send a signal and wait for the end; returns the exit status. Killed when it does not end in time."""
        try:
            self.child.send_signal(number)  # does nothing when it has ended
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise

    def memory(self) -> float:
        """Resident memory in MiB."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

    def processor(self) -> float:
        """Seconds of processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK


class Standin:
    """The stand-in Bot API as a process of its own, steered through its control endpoints; any thread may use it."""

    def __init__(self, folder: Path, *, strict: bool = False) -> None:
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        options = ["--port", str(self.port), "--token", TOKEN, *(["--strict"] if strict else [])]
        self.process = Process(["tests.fake_telegram", *options], environment(), folder / "standin.log")
        self.messages: list[dict[str, Any]] = []
        """Accepted messages fetched so far."""
        self._local = threading.local()
        self._connections: list[http.client.HTTPConnection] = []
        self._fetching = threading.Lock()
        try:
            until(self._listens, START_SECONDS, "the stand-in listens")
        except TimeoutError:
            self.close()
            raise

    def control(self, name: str, body: Any = None) -> dict[str, Any]:
        """Ask a control endpoint."""
        now = time.monotonic()
        kept: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if kept is None or now - self._local.used > IDLE:
            if kept:
                kept.close()
            kept = self._local.connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
            self._connections.append(kept)
        self._local.used = now
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        kept.request("GET" if content is None else "POST", f"/control/{name}", content)
        answer = kept.getresponse()
        found: dict[str, Any] = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"/control/{name}: {found}")
        return found

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), 1):
            return True
        return False

    def close(self) -> None:
        """End the process and close every connection to it."""
        for connection in self._connections:
            connection.close()
        if self.process.running:
            self.process.end(signal.SIGKILL)

    def says(self, acts: list[dict[str, Any]]) -> list[int]:
        """Let people write; returns the numbers of the updates."""
        return list(self.control("says", acts)["update_ids"])

    def stats(self) -> dict[str, Any]:
        """Return the counts."""
        return self.control("stats")

    def set_webhook(self, url: str) -> None:
        """Let updates be brought to another address, as a proxy would that has lost a worker."""
        body = json.dumps({"url": url, "secret_token": SECRET})
        with contextlib.closing(http.client.HTTPConnection(HOST, self.port, timeout=30)) as connection:
            connection.request("POST", f"/bot{TOKEN}/setWebhook", body, {"content-type": "application/json"})
            assert connection.getresponse().status == 200

    def fetch(self) -> list[dict[str, Any]]:
        """Fetch the messages accepted since the last time; `messages` then holds them too."""
        with self._fetching:
            fresh: list[dict[str, Any]] = self.control(f"messages?since={len(self.messages)}")["messages"]
            self.messages += fresh
            return fresh


def environment(**more: str) -> dict[str, str]:
    """The variables of a child: ours without proxies and without settings of the bot."""
    kept = {k: v for k, v in os.environ.items() if "proxy" not in k.lower() and not k.startswith(("MINZHENG_", "TELEGRAM_"))}
    return {**kept, **more}


@dataclass
class Installation:
    """What workers of one installation share; ``hook`` is the public address when Telegram brings the updates."""

    folder: Path
    api: str
    database: str = "sqlite"
    group: int = 0
    hook: str = ""
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "state").mkdir()
        (self.folder / "state" / "index").symlink_to(read_settings().index_dir)

    @property
    def variables(self) -> dict[str, str]:
        """The environment of every process of this installation."""
        return environment(
            MINZHENG_STATE_DIR=str(self.folder / "state"), MINZHENG_DATABASE=self.database, MINZHENG_CONFIG=str(self.folder / "config.yaml"),
            TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_WEBHOOK_SECRET=SECRET)

    def configure(self, name: str, port: int) -> Path:
        """Write a worker's settings."""
        path = self.folder / f"{name}.yaml"
        chosen = {"telegram_api": self.api, "http_port": port, "staff_group": self.group, "webhook_url": self.hook}
        path.write_text(yaml.safe_dump(chosen), encoding="utf-8")
        return path

    def worker(self, port: int = 0) -> Worker:
        """One more worker, not yet started."""
        made = Worker(self, f"worker{len(self.workers)}", port or free_port())
        self.workers.append(made)
        return made

    def command(self, *arguments: str) -> None:
        """Run a command of the bot."""
        self.configure("config", free_port())
        subprocess.run(
            [sys.executable, "-m", "bot", *arguments], cwd=ROOT, env=self.variables, check=True, stdout=subprocess.DEVNULL, timeout=START_SECONDS)


class Worker:
    """One worker's process, started again and again."""

    def __init__(self, installation: Installation, name: str, port: int) -> None:
        self.installation, self.name, self.port = installation, name, port
        self.config = installation.configure(name, port)
        self.log = installation.folder / f"{name}.log"
        self.process: Process | None = None

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.running

    def start(self) -> Process:
        """Start the process; does not wait for it."""
        self.process = Process(["bot", "telegram"], {**self.installation.variables, "MINZHENG_CONFIG": str(self.config)}, self.log)
        return self.process

    def health(self) -> dict[str, Any]:
        """What /healthz says; empty when nobody answers."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=6)
        try:
            connection.request("GET", "/healthz")
            found: dict[str, Any] = json.loads(connection.getresponse().read())
            return found
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Whether /healthz says ok."""
        if not self.running:
            raise RuntimeError(f"{self.name} has ended: {self.log.read_text(encoding='utf-8')[-2000:]}")
        return self.health().get("status") == "ok"

    def ready(self) -> float:
        """Wait until it is ready; returns the seconds."""
        return until(self.is_ready, START_SECONDS, f"{self.name} is ready")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        assert self.process
        return self.process.end(number)


def settled(standin: Standin, worker: Worker) -> bool:
    """Tell whether every update has been taken and handled, and every message sent."""
    if standin.stats()["pending_updates"]:
        return False
    waits = worker.health().get("database", {})
    return bool(waits.get("answers")) and not waits["waiting_updates"] and not waits["unsent_messages"]


@contextlib.contextmanager
def database(chosen: str) -> Iterator[str]:
    """A fresh database; ``chosen`` is sqlite, or the administrative address of a PostgreSQL server."""
    if chosen == "sqlite":
        yield chosen
        return
    name = f"minzheng_reliability_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(chosen, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield f"{chosen.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(chosen, autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@contextlib.contextmanager
def stage(chosen: str = "sqlite", *, group: int = 0, hook: str = "", folder: Path | None = None) -> Iterator[tuple[Standin, Installation]]:
    """A stand-in and an installation on a fresh database; all processes are ended and all files removed afterwards."""
    place = Path(tempfile.mkdtemp(prefix="minzheng-reliability-")) if folder is None else folder
    standin: Standin | None = None
    installation: Installation | None = None
    try:
        with database(chosen) as address:
            try:
                standin = Standin(place)
                installation = Installation(place, standin.url, address, group, hook)
                yield standin, installation
            finally:
                for worker in installation.workers if installation else []:
                    if worker.running:
                        worker.end(signal.SIGKILL)
                if standin:
                    standin.close()
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)
