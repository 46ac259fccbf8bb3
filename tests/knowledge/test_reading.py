from pathlib import Path

import pytest

from knowledge.model import Fact, Topic
from knowledge.reading import KnowledgeError, parse, read_document


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "probe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problem_of(tmp_path: Path, text: str) -> str:
    with pytest.raises(KnowledgeError) as caught:
        read_document(written(tmp_path, text))
    return str(caught.value)


def test_scalars_stay_text(tmp_path):
    document = read_document(written(tmp_path, "tel: 07461234567\nopen: on\nday: 2021-12-30\nnone:\n"))
    assert document.data == {"tel": "07461234567", "open": "on", "day": "2021-12-30", "none": ""}


def test_duplicate_key_names_file_line_and_remedy(tmp_path):
    assert problem_of(tmp_path, "a: 1\nb: 2\na: 3\n") == "probe.yaml:3:1 错误：“a”写了两次；请删去或合并其中一个"


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        ("a: 1\n\tb: 2\n", 2, "空格"),
        ("a: [1, 2\nb: 3\n", 2, "引号、括号"),
        ('a: "开着\nb: 3\n', 3, "引号"),
        ("a: 时间: 九点\n", 1, "引号"),
        ("- 一\n二\n", 3, "冒号"),
        ("say: {x} 元\n", 1, "引号"),
    ],
)
def test_broken_yaml_says_where_and_how_to_mend_it(tmp_path, text, line, remedy):
    message = problem_of(tmp_path, text)
    assert message.startswith(f"probe.yaml:{line}:")
    assert remedy in message


def test_other_encoding_is_explained(tmp_path):
    path = tmp_path / "probe.yaml"
    path.write_bytes("名称: 低保\n".encode("gb18030"))
    with pytest.raises(KnowledgeError, match="UTF-8"):
        read_document(path)


def test_missing_file_is_explained(tmp_path):
    with pytest.raises(KnowledgeError, match="文件读不出来"):
        read_document(tmp_path / "none.yaml")


def test_every_wrong_field_is_reported_with_its_place(tmp_path):
    text = "topic: x\ntitle: 某事\nkind: servce\nintents:\n  - id: x.a\n    titel: 甲\n    answers: []\n"
    with pytest.raises(KnowledgeError) as caught:
        parse(Topic, read_document(written(tmp_path, text)))
    messages = [str(p) for p in caught.value.problems]
    assert any(m.startswith("probe.yaml:3:1") and "只能是" in m for m in messages)
    assert any(m.startswith("probe.yaml:6:5") and "不认识的名称“titel”" in m for m in messages)
    assert any("缺少“title”" in m and m.startswith("probe.yaml:5:") for m in messages)


def test_fact_text_names_only_figures_it_has():
    with pytest.raises(ValueError, match="没有这个数值"):
        Fact(key="a.b", section="1", kind="figure", label="甲", text="每月{amount}元", value="5")


def test_fact_statement_holds_its_figures():
    fact = Fact(key="a.b", section="1", kind="figure", label="甲", text="从{before}元提到{now}元", values={"before": "1", "now": "2"})
    assert fact.statement() == "从1元提到2元"
