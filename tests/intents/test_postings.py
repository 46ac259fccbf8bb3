import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from intents.postings import Postings


def grams(text):
    return [(c, 1.0) for c in text]


def test_same_text_is_most_similar_and_similarity_is_one():
    postings = Postings.build([grams("低保标准"), grams("结婚登记"), grams("低保申请")])
    scores = postings.similarity(grams("低保标准"))
    assert int(np.argmax(scores)) == 0
    assert abs(float(scores[0]) - 1.0) < 1e-5
    assert float(scores[1]) == 0.0


def test_unknown_words_lower_the_similarity():
    postings = Postings.build([grams("低保标准"), grams("结婚登记")])
    assert postings.similarity(grams("低保标准火星"))[0] < postings.similarity(grams("低保标准"))[0]


def test_weights_of_generic_words_count_less():
    postings = Postings.build([grams("甲乙"), grams("丙丁")])
    light = postings.similarity([("甲", 1.0), ("丙", 0.1)])
    assert light[0] > light[1]


@given(st.lists(st.text("低保结婚登记", min_size=1, max_size=6), min_size=1, max_size=8), st.text("低保结婚火", max_size=6))
def test_similarity_lies_between_zero_and_one(rows, query):
    scores = Postings.build([grams(r) for r in rows]).similarity(grams(query))
    assert scores.shape == (len(rows),)
    assert float(scores.min(initial=0)) >= 0
    assert float(scores.max(initial=0)) <= 1.0001
