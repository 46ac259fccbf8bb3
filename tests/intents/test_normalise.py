import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.normalise import LIMIT, clean, mask


@pytest.mark.parametrize(
    ("raw", "readable"),
    [
        ("鄉下的五保老人，誰來伺候？", "乡下的五保老人,谁来伺候?"), ("城里低\u200b保\u200d一个\ufeff月多\u2060少钱", "城里低保一个月多少钱"),
        ("&lt;b&gt;特困&lt;/b&gt; &#20302;&#20445;", "特困 低保"), ("\u202e钱多少\u202c", "钱多少"), ("ＤＩＢＡＯ　１２３", "DIBAO 123"),
        ("急急急急急急急", "急急急"), ("每月10000元，共1000000元", "每月10000元,共1000000元"), ("a\x00b\x07c", "a b c"), ("\ud800低保", "低保"),
    ],
)
def test_text_becomes_readable_and_simplified(raw, readable):
    assert clean(raw)[0] == readable


def test_long_text_is_cut_and_says_so():
    text, cut = clean("低保怎么申请，" * 4000)
    assert len(text) <= LIMIT
    assert cut
    assert clean("低保怎么申请")[1] is False


@given(st.text(max_size=300))
def test_cleaning_never_fails_and_is_stable(text):
    once, _ = clean(text)
    assert all(c.isprintable() or c == "\n" for c in once)
    assert len(once) <= LIMIT
    once.encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "hidden"),
    [
        ("我的身份证430522199001011234能办吗", "430522199001011234"), ("身份证 43052219900101123X 。", "43052219900101123X"),
        ("打我电话13812345678", "13812345678"), (clean("打我电话13900001111")[0], "0000"), ("手机138-1234-5678谢谢", "5678"), ("+86 13812345678", "13812345678"),
        ("卡号6222021234567890123", "6222021234567890123"), ("卡号6222 0212 3456 7890 123", "7890"), ("座机0739-5362000", "5362000"),
        ("430522 19900101 1234", "19900101"),
    ],
)
def test_personal_numbers_are_masked(raw, hidden):
    masked, found = mask(raw)
    assert found
    assert hidden not in masked


@pytest.mark.parametrize("text", ["低保570元，农村4080元一年", "2020年12月到2025年", "打12345问", "房子120平，存款50000元", "冷民发[2020]19号"])
def test_amounts_dates_and_hotlines_stay(text):
    assert mask(text) == (text, False)


@given(st.from_regex(r"[1-9]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]", fullmatch=True), st.text("我的是号码，,。 ", max_size=5))
def test_no_identity_number_survives(number, around):
    assert number not in mask(f"{around}{number}{around}")[0]
