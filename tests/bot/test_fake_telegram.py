import asyncio
import contextlib
import http.server
import json
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

import httpx
import pytest
from fake_telegram import TOKEN, FakeTelegram
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InlineQueryResultArticle, InputTextMessageContent, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

GROUP = -1001


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without it the mere making of RetryAfter warns.
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@contextlib.asynccontextmanager
async def bot_of(fake: FakeTelegram) -> AsyncIterator[Bot]:
    bot = Bot(fake.token, base_url=fake.base_url, base_file_url=fake.base_file_url)
    async with bot:
        yield bot


def act(fake: FakeTelegram, deed: Callable[[Bot], Coroutine[None, None, object]]) -> object:
    async def run() -> object:
        async with bot_of(fake) as bot:
            return await deed(bot)

    return asyncio.run(run())


def keyboard(data: str = "yes") -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("是", callback_data=data), InlineKeyboardButton("网页", url="https://example.org")]])


def test_it_knows_itself_and_its_chats(fake):
    async def deed(bot):
        assert bot.username == "minzheng_test_bot" and bot.supports_inline_queries
        assert await bot.set_my_commands([("start", "开始")]) and (await bot.get_my_commands())[0].command == "start"
        assert await bot.set_my_description("说明") and await bot.set_my_short_description("短")
        assert (await bot.get_chat(GROUP)).type == "supergroup"
        assert (await bot.get_chat_member(GROUP, bot.id)).status == "administrator"
        assert (await bot.get_chat_member(GROUP, 5)).status == "member"
        assert (await bot.get_webhook_info()).url == ""
        with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
            await bot.set_my_commands([("Bad-One", "x")])

    act(fake, deed)


def test_a_message_with_html_and_keyboard(fake):
    async def deed(bot):
        return await bot.send_message(
            7, "<b>低保</b> &amp; <blockquote expandable>🙂<i>引</i></blockquote>", parse_mode="HTML", reply_markup=keyboard()
        )

    message = act(fake, deed)
    sent = fake.wait(chat=7)[0]
    assert (sent.plain, sent.labels, sent.message_id) == ("低保 & 🙂引", ["是", "网页"], message.message_id)
    assert [(entity.type, entity.offset, entity.length) for entity in message.entities] == [
        ("bold", 0, 2), ("expandable_blockquote", 5, 3), ("italic", 7, 1),
    ]  # fmt: skip
    assert message.reply_markup == keyboard()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<b>x", "Can't find end tag"),
        ("<b><i>x</b></i>", "Unmatched end tag"),
        ("<table>x</table>", 'Unsupported start tag "table"'),
        ("x</b>", "Unexpected end tag"),
        ("1 < 2", "Unclosed start tag"),
        ("a & b", "Unescaped character"),
        ("&nbsp;", "Unescaped character"),
        ("<b>" + "字" * 4097 + "</b>", "is too long"),
        ("<b> </b>", "text is empty"),
    ],
)
def test_bad_text_is_refused(fake, text, reason):
    with pytest.raises(BadRequest, match=f"(?i){reason}"):
        act(fake, lambda bot: bot.send_message(7, text, parse_mode="HTML"))
    assert fake.sent() == []


def test_long_html_counts_without_its_tags(fake):
    act(fake, lambda bot: bot.send_message(7, "<b>" + "字" * 4095 + "</b>&lt;", parse_mode="HTML"))
    assert len(fake.wait()[0].plain) == 4096


def test_button_data_is_measured_in_bytes(fake):
    act(fake, lambda bot: bot.send_message(7, "x", reply_markup=keyboard("字" * 21)))
    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
        act(fake, lambda bot: bot.send_message(7, "x", reply_markup=keyboard("字" * 22)))


def test_edits_and_deletions(fake):
    async def deed(bot):
        number = (await bot.send_message(7, "一", reply_markup=keyboard())).message_id
        edited = await bot.edit_message_text("二", 7, number)
        assert edited.text == "二" and edited.reply_markup is None
        with pytest.raises(BadRequest, match="not modified"):
            await bot.edit_message_text("二", 7, number)
        await bot.edit_message_reply_markup(7, number, reply_markup=keyboard())
        assert await bot.set_message_reaction(7, number, "👍")
        with pytest.raises(BadRequest, match=r"(?i)reaction_invalid"):
            await bot.set_message_reaction(7, number, "✅")
        assert await bot.delete_message(7, number)
        with pytest.raises(BadRequest, match="to edit not found"):
            await bot.edit_message_text("三", 7, number)

    act(fake, deed)
    sent = fake.wait()[0]
    assert [edit.plain for edit in sent.edits] == ["二", "二"] and sent.labels == ["是", "网页"] and sent.deleted


def test_a_tap_is_answered_once(fake):
    async def deed(bot):
        await bot.send_message(7, "x", reply_markup=keyboard())
        tapped = fake.taps(fake.wait()[0], label="是")
        query = (await bot.get_updates(timeout=5))[0].callback_query
        assert (query.data, query.from_user.id, query.message.text) == ("yes", 7, "x")
        assert await query.answer("好")
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await query.answer()
        return tapped

    assert fake.query(act(fake, deed)).answer["text"] == "好"
    fake.taps(fake.sent()[0], data="forged")
    assert fake.queries[-1].answer is None
    with pytest.raises(AssertionError, match="no button '否'"):
        fake.taps(fake.sent()[0], label="否")


def test_an_inline_query_is_answered(fake):
    def results(count, text="<b>x</b>"):
        return [InlineQueryResultArticle(str(n), "题", InputTextMessageContent(text, parse_mode="HTML")) for n in range(count)]

    async def deed(bot):
        asked = fake.inline("低保", 7)
        query = (await bot.get_updates(timeout=5))[0].inline_query
        with pytest.raises(BadRequest, match=r"(?i)results_too_much"):
            await bot.do_api_request("answer_InlineQuery", {"inline_query_id": query.id, "results": results(51)})
        with pytest.raises(BadRequest, match="parse entities"):
            await query.answer(results(1, "<b>"))
        assert await query.answer(results(2), auto_pagination=False)
        return asked

    assert len(fake.query(act(fake, deed)).answer["results"]) == 2


def test_refusals_to_order(fake):
    fake.block(7)
    fake.unknown_chat(8)
    fake.limit(1, 3, chat=9)
    fake.fail(1, 502, method="sendMessage")
    for chat, error in ((1, NetworkError), (7, Forbidden), (8, BadRequest), (9, RetryAfter)):
        with pytest.raises(error, check=lambda caught, error=error: type(caught) is error):
            act(fake, lambda bot, chat=chat: bot.send_message(chat, "x"))
    fake.unblock(7)
    act(fake, lambda bot: bot.send_message(7, "x"))
    assert [sent.chat_id for sent in fake.sent()] == [7]


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_connection(fake, after):
    fake.drop(1, after=after)
    with pytest.raises(NetworkError) as caught:
        act(fake, lambda bot: bot.send_message(7, "x"))
    assert isinstance(caught.value.__cause__, httpx.RemoteProtocolError | httpx.ReadError)
    assert [sent.answered for sent in fake.sent()] == [False] * after
    act(fake, lambda bot: bot.send_message(7, "x"))
    assert fake.sent()[-1].answered


def test_a_late_answer(fake):
    fake.slow(30, 1, method="sendMessage")
    with pytest.raises(TimedOut):
        act(fake, lambda bot: bot.send_message(7, "x", read_timeout=0.05))
    fake.wait_for(lambda: fake.calls[-1].dropped)
    assert not fake.sent()[0].answered


def test_random_losses_repeat_with_their_seed():
    def run() -> list[str]:
        with FakeTelegram() as fake, httpx.Client(trust_env=False) as client:
            fake.drop_randomly(before=0.3, after=0.3, seed=4)
            for number in range(12):
                with contextlib.suppress(httpx.TransportError):
                    client.post(f"{fake.base_url}{TOKEN}/sendMessage", json={"chat_id": number + 1, "text": "x"})
            return [call.dropped for call in fake.calls]

    assert run() == run() and {"", "before", "after"} <= set(run())


def test_down_and_up(fake):
    fake.down()
    with pytest.raises(NetworkError):
        act(fake, lambda bot: bot.send_message(7, "x"))
    fake.up()
    act(fake, lambda bot: bot.send_message(7, "x"))
    assert len(fake.wait()) == 1


def test_long_poll_and_offset(fake):
    async def deed(bot):
        waiting = asyncio.create_task(bot.do_api_request("get_Updates", {"timeout": 30}))
        await bot.get_me()
        first = await asyncio.to_thread(fake.user_says, "/start 你好", 7, None, "小王")
        message = Update.de_json((await waiting)[0], bot).message
        assert (message.text, message.from_user.first_name, message.entities[0].type) == ("/start 你好", "小王", "bot_command")
        second = fake.user_says("再", 7)
        assert [update["update_id"] for update in await bot.do_api_request("get_Updates", {"limit": 1})] == [first]
        assert [update["update_id"] for update in await bot.do_api_request("get_Updates", {"offset": second})] == [second]
        assert await bot.do_api_request("get_Updates", {"offset": second + 1}) == []

    act(fake, deed)
    assert fake.stats()["pending_updates"] == 0


def test_two_polls_and_poll_beside_webhook_conflict(fake):
    async def deed(bot):
        polled = lambda: fake.world.allowed == ["message"]  # noqa: E731
        first = asyncio.create_task(bot.get_updates(timeout=30, allowed_updates=["message"]))
        await asyncio.to_thread(fake.wait_for, polled)
        async with bot_of(fake) as other:
            second = asyncio.create_task(other.get_updates(timeout=30))
            with pytest.raises(Conflict, match="other getUpdates"):
                await first
            fake.user_says("x", 7)
            assert len(await second) == 1
        await bot.set_webhook("http://127.0.0.1:9/none")
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        await bot.delete_webhook()

    act(fake, deed)


def test_a_staff_reply_carries_the_card(fake):
    async def deed(bot):
        card = await bot.send_message(GROUP, "<b>卡片</b>", parse_mode="HTML")
        fake.group_says("答复", 2001, GROUP, reply_to=card.message_id)
        reply = (await bot.get_updates(timeout=5))[0].message
        quoted = reply.reply_to_message
        assert (quoted.text, quoted.from_user.id, quoted.message_id, reply.chat.type) == ("卡片", bot.id, card.message_id, "supergroup")
        answer = await bot.send_message(GROUP, "收到", reply_to_message_id=reply.message_id)
        assert answer.reply_to_message.text == "答复"
        with pytest.raises(BadRequest, match="replied not found"):
            await bot.send_message(GROUP, "x", reply_to_message_id=99)

    act(fake, deed)


def test_files_edits_copies_and_forwards(fake):
    async def deed(bot):
        fake.sends("voice", 7, content=b"sound")
        said = fake.user_says("原", 7)
        fake.edits(7, fake.message_id(said), "改")
        for kind in ("photo", "document", "location", "sticker", "contact"):
            fake.sends(kind, 7)
        updates = await bot.get_updates(timeout=5)
        voice = updates[0].message.voice
        assert bytes(await (await voice.get_file()).download_as_bytearray()) == b"sound"
        assert updates[2].edited_message.text == "改"
        await bot.send_voice(8, voice.file_id)
        photo = await bot.send_photo(8, b"picture", caption="<i>图</i>", parse_mode="HTML")
        assert photo.caption == "图" and bytes(await (await photo.photo[-1].get_file()).download_as_bytearray()) == b"picture"
        assert await bot.copy_message(8, 7, 2) and (await bot.forward_message(8, 7, 2)).forward_origin.sender_user.id == 7
        with pytest.raises(BadRequest, match="copy not found"):
            await bot.copy_message(8, 7, 99)

    act(fake, deed)
    assert [sent.plain for sent in fake.wait(4, chat=8)] == ["", "图", "改", "改"]


def test_unknown_methods_and_tokens(fake):
    assert httpx.get(f"{fake.base_url}{TOKEN}/noSuchThing", trust_env=False).json() == {"ok": False, "error_code": 404, "description": "Not Found"}
    fake.token = "1:WRONG"
    with pytest.raises(InvalidToken):
        act(fake, lambda bot: bot.get_me())


def test_limits_are_watched_and_kept_when_strict(fake):
    async def deed(bot):
        await bot.send_message(7, "x")
        await bot.send_message(7, "x")
        for _ in range(21):
            await bot.send_message(GROUP, "x")

    act(fake, deed)
    assert {"private", "group"} <= {violation.kind for violation in fake.violations}
    with FakeTelegram(strict=True) as strict, pytest.raises(RetryAfter):
        act(strict, deed)
    assert len(strict.sent()) == 1


def test_waiting_tells_what_was_seen(fake):
    act(fake, lambda bot: bot.send_message(7, "别的"))
    with pytest.raises(AssertionError, match="别的"):
        fake.wait(chat=7, timeout=0.01, where=lambda sent: "要的" in sent.plain)
    assert fake.wait(chat=7)[0].plain == "别的"
    act(fake, lambda bot: bot.send_message(8, "y"))
    fake.mark()
    with pytest.raises(AssertionError, match="0 of 1"):
        fake.wait(timeout=0.01)


class Receiver(http.server.BaseHTTPRequestHandler):
    """A webhook that refuses the first update once."""

    def do_POST(self) -> None:
        self.server.seen.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(500 if len(self.server.seen) == 1 else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args) -> None:
        pass


def test_a_webhook_gets_everything_in_order_with_the_secret(fake):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        fake.user_says("一", 7)
        act(fake, lambda bot: bot.set_webhook(f"http://127.0.0.1:{server.server_port}/hook", secret_token="s-3_cret"))
        fake.user_says("二", 7)
        fake.wait_for(lambda: fake.stats()["pending_updates"] == 0)
        server.shutdown()
        thread.join()
    assert [(secret, json.loads(body)["message"]["text"]) for secret, body in server.seen] == [("s-3_cret", text) for text in "一一二"]


def test_the_control_endpoints(fake):
    def ask(name, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{fake.url}/control/{name}", data=data)) as answer:
            return json.load(answer)

    ids = ask("says", [{"user": 7, "text": "一"}, {"user": 8, "text": "二", "group": GROUP}])["update_ids"]
    assert ask("update", {"message": {}})["update_ids"] == [ids[1] + 1]
    ask("behave", {"block": [9], "down": True})
    with pytest.raises(NetworkError):
        act(fake, lambda bot: bot.send_message(7, "x"))
    ask("behave", {"up": True})
    act(fake, lambda bot: bot.send_message(7, "x"))
    with pytest.raises(Forbidden):
        act(fake, lambda bot: bot.send_message(9, "x"))
    stats, messages = ask("stats"), ask("messages?since=0")
    assert (stats["messages"], stats["pending_updates"], stats["calls"]["sendMessage"]) == (1, 3, 2)
    assert [message["plain"] for message in messages["messages"]] == ["x"] and messages["next"] == 1
