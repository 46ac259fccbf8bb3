"""Pages: whatever the words, Telegram takes them and shows them whole."""

from __future__ import annotations

import html
import re

import pytest
from fake_telegram.markup import MOST_TEXT, check_markup, parse_html, units
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.buttons import button, link, markup, read_tap
from bot.telegram.pages import answer_page, bold, cut, fold, page, plain, quiet, size
from bot.texts import menu
from intents.question import Outcome, Reply
from intents.telling import tell_fact, tell_intent
from knowledge.parts import Parts

NASTY = ("<b>", "</b>", "&", "&amp;", "&#0;", '"', "'", "<blockquote", "😀", "👨‍👩‍👧", "\u202e", "\u200f", "ش", "。", "！", "（", "）", "\n", "\x0b", "长", " ")
WORDS = st.lists(st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)), max_size=40).map("".join)
LONG = st.builds(lambda words, times: (words * times)[:10_000], WORDS, st.sampled_from([1, 1, 50, 1000]))
SOME = st.lists(LONG, max_size=4).map(tuple)


def shown(text: str) -> str:
    """What Telegram shows of a page; fails when it refuses it."""
    seen, _ = parse_html(text)
    assert units(seen) <= MOST_TEXT
    return seen


@given(st.builds(Parts, LONG, LONG, SOME, SOME, SOME), SOME, SOME)
@settings(max_examples=150, deadline=None)
def test_any_answer_is_taken_and_fits(parts, before, after):
    shown(answer_page(Reply(Outcome.ANSWER, parts), before, after))


@given(LONG, SOME)
@settings(max_examples=100, deadline=None)
def test_any_notice_is_taken_and_fits(first, rest):
    shown(page(first, *rest))


@given(WORDS)
@settings(max_examples=100, deadline=None)
def test_words_are_shown_as_they_are_and_bring_no_markup(words):
    for dressed in (plain, bold, quiet, fold):
        seen, entities = parse_html(dressed(words))
        assert seen == words
        assert len(entities) <= 1


@given(LONG, st.integers(0, 300))
@settings(max_examples=100, deadline=None)
def test_what_is_cut_is_short_enough_and_has_no_half_characters(text, most):
    short = cut(text, most)
    assert size(short) <= max(most, 0)
    short.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=90).filter(str.strip), st.integers(0, 10**18 - 1), st.integers(0, 10**18 - 1))
@settings(max_examples=60, deadline=None)
def test_any_button_is_taken_and_read_again(label, first, second):
    made = button(label, "opt", first, second)
    assert check_markup(markup([[made], [link("看", "https://t.me/bot")], []]))
    assert read_tap(made.data) == ("opt", first, second)


@pytest.mark.parametrize("data", ["", ".", "opt.", "opt.x", "OPT.1", "opt.1.2.3", "opt.-1", "opt.1 ", "opt." + "9" * 19, "о" * 10, "opt.１"])
def test_foreign_data_is_no_tap(data):
    assert read_tap(data) is None


def test_the_first_sentence_is_bold_the_grounds_quiet_and_last():
    reply = Reply(Outcome.ANSWER, Parts("每人每月570元。从今年起算。", "去镇里办。", ("提醒：先问。",), ("依据：甲", "数据截至：乙"), ("还可以问。",)))
    text = answer_page(reply)
    assert text.startswith("<b>每人每月570元。</b>\n从今年起算。\n去镇里办。")
    assert text.endswith("<blockquote>依据：甲\n数据截至：乙</blockquote>")
    assert text.index("还可以问") < text.index("依据")


def test_a_word_of_consent_is_bold_with_what_it_consents_to():
    assert answer_page(Reply(Outcome.ANSWER, Parts("能。全国都能办。另外带身份证。"))).startswith("<b>能。全国都能办。</b>\n另外")


def test_long_detail_is_folded_and_short_detail_is_not():
    assert "<blockquote expandable>" in answer_page(Reply(Outcome.ANSWER, Parts("有。", "字" * 400)))
    assert "<blockquote" not in answer_page(Reply(Outcome.ANSWER, Parts("有。", "字" * 40)))


def test_what_has_no_room_is_left_out_by_whole_lines_with_a_sign():
    detail = "\n".join(f"第{n}行" + "字" * 60 for n in range(200))
    text = shown(answer_page(Reply(Outcome.ANSWER, Parts("有。", detail, (), ("依据：甲",)))))
    assert "……\n依据：甲" in text
    assert re.search(r"字{60}……", text)


def test_every_answer_and_fact_of_the_knowledge_makes_a_page_with_its_first_sentence(road):
    world, seen = road.world, 0
    for intent in world.knowledge.intents.values():
        for answer in intent.answers:
            reply = tell_intent(intent, answer, "" if answer.region == "全国" else answer.region, {}, 1.0, world, road.clock())
            seen += _checked(reply)
    for fact in world.knowledge.facts:
        seen += _checked(tell_fact(fact, world.knowledge.fact_region(fact), 1.0, [], world, road.clock()))
    assert seen > 1000


def _checked(reply: Reply) -> int:
    text = answer_page(reply, ["上面一行"], ["下面一行"])
    assert units(shown(text)) <= 4000
    assert "……" not in shown(text) or "……" in reply.text, reply.intent
    assert html.unescape(re.search(r"<b>(.*?)</b>", text, re.S)[1]) in reply.parts.headline
    return 1


def test_every_question_of_the_menus_is_in_the_knowledge(knowledge):
    missing = [i for intents in menu("topics").values() for i in intents if i not in knowledge.intents]
    assert not missing
