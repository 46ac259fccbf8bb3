import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from intents.postings import Postings, Rarity


def grams(text):
    return [(c, 1.0) for c in text]


def collection(texts):
    """Rarity counted over the texts, and their postings."""
    rarity = Rarity.of(grams(t) for t in texts)
    return rarity, Postings.build(rarity.weigh(grams(t)) for t in texts)


def test_same_text_is_most_similar_and_similarity_is_one():
    rarity, postings = collection(["低保标准", "结婚登记", "低保申请"])
    scores = postings.similarity(rarity.weigh(grams("低保标准")))
    assert int(np.argmax(scores)) == 0
    assert abs(float(scores[0]) - 1.0) < 1e-5
    assert float(scores[1]) == 0.0


def test_unknown_words_lower_the_similarity():
    rarity, postings = collection(["低保标准", "结婚登记"])
    assert postings.similarity(rarity.weigh(grams("低保标准火星")))[0] < postings.similarity(rarity.weigh(grams("低保标准")))[0]


def test_weights_of_generic_words_count_less():
    rarity, postings = collection(["甲乙", "丙丁"])
    light = postings.similarity(rarity.weigh([("甲", 1.0), ("丙", 0.1)]))
    assert light[0] > light[1]


def test_a_look_up_stands_whole_in_a_long_row_and_a_short_row_whole_in_a_story():
    rarity, postings = collection(["集中供养孤儿每月生活费标准", "低保", "结婚登记"])
    of_text = postings.text_share(rarity.weigh(grams("孤儿标准")))
    assert float(of_text[0]) > 0.999
    of_row = postings.row_share(rarity.weigh(grams("我家里吃低保好几年了孩子还要读书")))
    assert float(of_row[1]) > 0.999
    assert float(of_row[2]) < 0.5


def test_another_collection_changes_no_similarity():
    """Rarity is counted once: what is written for one county changes nothing for another."""
    rarity, postings = collection(["低保标准", "结婚登记"])
    alone = postings.similarity(rarity.weigh(grams("低保登记")))
    Postings.build(rarity.weigh(grams(t)) for t in ["低保登记处", "登记"])
    assert np.array_equal(alone, postings.similarity(rarity.weigh(grams("低保登记"))))


@given(st.lists(st.text("低保结婚登记", min_size=1, max_size=6), min_size=1, max_size=8), st.text("低保结婚火", max_size=6))
def test_similarity_and_shares_lie_between_zero_and_one(rows, query):
    rarity, postings = collection(rows)
    weighed = rarity.weigh(grams(query))
    for scores in (postings.similarity(weighed), postings.text_share(weighed), postings.row_share(weighed)):
        assert scores.shape == (len(rows),)
        assert float(scores.min(initial=0)) >= 0
        assert float(scores.max(initial=0)) <= 1.0001
