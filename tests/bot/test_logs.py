"""Logs are structured, and neither secrets nor personal numbers get into them."""

import io
import json
import logging
import sys
import threading

import httpx
import pytest
import structlog
from telegram.error import InvalidToken

from bot import logs

TOKEN = "123456789:AAE-not_a_token_" + "x" * 21
SECRET = "webhook-secret-of-the-bureau"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    root = logging.getLogger()
    before, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    yield
    root.handlers = before
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture
def stream():
    stream = io.StringIO()
    logs.set_up(stream)
    return stream


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_line_is_an_object_with_time_level_logger_and_ids(stream):
    structlog.get_logger("bot.test").info("reply sent", chat=-1001234567890, update=7)
    [line] = lines(stream)
    assert line.pop("timestamp").startswith("20")
    assert line == {"event": "reply sent", "level": "info", "logger": "bot.test", "chat": -1001234567890, "update": 7}


def test_libraries_go_through_it_too(stream):
    logging.getLogger("django.request").warning("Not Found: %s", "/x")
    [line] = lines(stream)
    assert (line["event"], line["logger"], line["level"]) == ("Not Found: /x", "django.request", "warning")


def test_a_terminal_gets_readable_lines():
    stream = Terminal()
    logs.set_up(stream)
    structlog.get_logger("bot.test").warning("挺好", chat=5)
    assert "挺好" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def fail_deeply():
    try:
        raise InvalidToken(f"The token `{TOKEN}` was rejected by the server.")
    except InvalidToken as error:
        raise RuntimeError(f"POST https://api.telegram.org/bot{TOKEN}/getMe", {"token": TOKEN}) from error


@pytest.mark.parametrize("terminal", [False, True])
def test_the_token_appears_nowhere(terminal):
    stream = Terminal() if terminal else io.StringIO()
    logs.set_up(stream)
    log = structlog.get_logger("bot.test")
    log.info(f"start {TOKEN}", url=f"http://127.0.0.1/file/bot{TOKEN}/photos/1.jpg", deep={"a": [TOKEN, (TOKEN,)], TOKEN: 1}, error=ValueError(TOKEN))
    log.info("quoted", url=httpx.URL(f"http://127.0.0.1/bot{TOKEN.replace(':', '%3A')}/getMe"), short="/bot123:abc/getMe")
    logging.getLogger("telegram.ext").error("rejected %s", TOKEN, stack_info=True)
    try:
        fail_deeply()
    except RuntimeError as error:
        log.exception("went wrong")
        logging.getLogger("telegram").error("again", exc_info=error)
        sys.excepthook(type(error), error, error.__traceback__)
    written = stream.getvalue()
    assert written.count("Traceback") >= 3
    assert TOKEN.partition(":")[2] not in written
    assert "123:abc" not in written
    assert logs.HIDDEN in written


def test_a_secret_of_the_environment_appears_nowhere(stream, tmp_path, monkeypatch):
    (tmp_path / "token").write_text("a-token-in-a-file\n")
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("MINZHENG_DATABASE", "postgresql://u:p%40ss-word-1@db/m")
    logs.set_up(stream)
    structlog.get_logger("bot.test").info("set up", secret=SECRET, said=f"with {SECRET}, a-token-in-a-file, p@ss-word-1")
    [line] = lines(stream)
    assert line["secret"] == logs.HIDDEN
    assert line["said"] == f"with {logs.HIDDEN}, {logs.HIDDEN}, {logs.HIDDEN}"


def test_personal_numbers_are_masked_also_in_tracebacks(stream):
    try:
        raise ValueError("我的电话 13812345678")
    except ValueError:
        structlog.get_logger("bot.test").exception("身份证 430521199003071234")
    written = stream.getvalue()
    assert "13812345678" not in written
    assert "430521199003071234" not in written
    assert "〔电话号码〕" in lines(stream)[0]["exception"]


def test_a_message_that_cannot_be_formatted_does_not_show_its_values(stream, capsys):
    [handler] = [h for h in logging.getLogger().handlers if isinstance(h, logs._Handler)]
    handler.handle(logging.LogRecord("telegram", logging.WARNING, "x.py", 1, "%d", (TOKEN,), None))
    assert "TypeError" in lines(stream)[0]["event"]
    assert TOKEN not in capsys.readouterr().err + stream.getvalue()


def test_broken_text_is_logged_all_the_same(stream):
    structlog.get_logger("bot.test").info("half a character: \ud83d")
    assert lines(stream)[0]["event"] == "half a character: \\ud83d"


def test_what_a_thread_does_not_catch_is_logged(stream):
    thread = threading.Thread(target=fail_deeply)
    thread.start()
    thread.join()
    assert [(line["event"], line["level"]) for line in lines(stream)] == [("uncaught", "critical")]


def test_addresses_of_requests_are_not_logged(stream):
    with httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200))) as client:
        client.get(f"https://api.telegram.org/bot{TOKEN}/getMe")
    assert stream.getvalue() == ""


def test_setting_up_again_replaces_the_first(stream):
    second = io.StringIO()
    logs.set_up(second)
    structlog.get_logger("bot.test").info("once")
    assert stream.getvalue() == ""
    assert len(lines(second)) == 1
