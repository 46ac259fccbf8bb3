import pytest

from intents.wording import Wording
from knowledge.model import Lexicon, Term


@pytest.fixture(scope="module")
def wording(knowledge):
    return Wording(knowledge.lexicon)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("两补", "残疾人两项补贴"), ("五保", "特困"), ("底保", "低保"), ("dibao", "低保"), ("扯证", "结婚登记"), ("高津", "高龄津贴"), ("事无", "事实无人抚养")],
)
def test_office_jargon_old_names_and_slips_become_the_standard_term(wording, said, meant):
    assert meant in wording.canonical(said)


def test_digits_never_reach_matching(wording):
    assert wording.canonical("低保570元2020年12.5%") == wording.canonical("低保元年")
    assert not any(c.isdigit() for c in wording.plain("12345低保300"))


def test_generic_endings_say_nothing_of_their_own(wording):
    assert not wording.says_something(wording.canonical("标准是多少"))
    assert wording.says_something(wording.canonical("低保标准是多少"))


def test_longest_word_wins_and_names_are_protected():
    lexicon = Lexicon(terms=[Term(name="残疾人两项补贴", words=["两项补贴"]), Term(name="补助", words=["补贴"])])
    assert Wording(lexicon).canonical("残疾人两项补贴和补贴") == "残疾人两项补贴和补助"


def test_every_term_survives_its_own_rewriting(wording):
    for name in wording.names:
        assert name in wording.canonical(name) or wording.canonical(name), name
        assert wording.canonical(wording.canonical(name)) == wording.canonical(name), name
