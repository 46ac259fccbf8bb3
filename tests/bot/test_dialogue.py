from bot.dialogue import Dialogue, MemoryStore, merge
from intents.question import Conversation, Outcome, Reply


def test_chats_are_kept_apart_and_can_be_forgotten(road):
    dialogue = Dialogue(road, MemoryStore())
    dialogue.say("a", "农村低保标准", "邵阳市")
    dialogue.say("b", "孤儿一个月多少钱", "乌海市")
    assert "570" in dialogue.say("a", "城里的呢", "邵阳市").text
    dialogue.store.forget("a")
    assert dialogue.store.fetch("a") == Conversation()
    assert dialogue.store.fetch("b").last


def test_a_question_on_its_own_leaves_nothing_behind(road):
    store = MemoryStore()
    Dialogue(road, store).say("", "农村低保标准", "邵阳市")
    assert store.fetch("") == Conversation()


def test_the_store_drops_the_longest_unused():
    store = MemoryStore(most=2)
    for chat in ("a", "b", "a", "c"):
        store.keep(chat, Conversation(region=chat))
    assert store.fetch("b") == Conversation()
    assert store.fetch("a").region == "a"


def test_the_region_set_is_understood_as_typed(road):
    merged = Dialogue(road, MemoryStore()).say("", "农村低保标准", "邵东县")
    assert merged.replies[0].region == "邵东市"


def test_merged_replies_count_as_the_one_that_needs_most_care():
    answer, handoff = Reply(Outcome.ANSWER, "一"), Reply(Outcome.HANDOFF, "二")
    merged = merge([answer, handoff])
    assert merged.outcome is Outcome.HANDOFF
    assert merged.text == "1. 一\n\n2. 二"
