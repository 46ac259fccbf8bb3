"""Reading YAML as text, with the place of everything kept for error messages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

__all__ = ["Document", "KnowledgeError", "Mark", "Problem", "parse", "read_document"]

M = TypeVar("M", bound=BaseModel)
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mark(NamedTuple):
    """A place in a file; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Problem:
    """Something wrong in the knowledge: where, what, and how to mend it (Chinese)."""

    file: str
    line: int
    column: int
    message: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column} {'提醒' if self.warning else '错误'}：{self.message}"


class KnowledgeError(Exception):
    """The knowledge cannot be used; ``problems`` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Document:
    """A YAML file as text values, with a mark for every path of keys."""

    file: str
    data: Any
    marks: dict[tuple[str | int, ...], Mark]

    def problem(self, path: tuple[str | int, ...], message: str, *, warning: bool = False) -> Problem:
        """A problem at ``path`` or, when that has no place of its own, at the nearest parent."""
        while path and path not in self.marks:
            path = path[:-1]
        mark = self.marks.get(path, Mark(1, 1))
        return Problem(self.file, mark.line, mark.column, message, warning)


def read_document(path: Path, name: str | None = None) -> Document:
    """Read a YAML file; every scalar stays text and duplicate keys are errors.

    Raises:
        KnowledgeError: with file, line, column and remedy.
    """
    file = name or path.name
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise KnowledgeError([Problem(file, 1, 1, "文件不是 UTF-8 编码；请用编辑器另存为 UTF-8")]) from None
    except OSError as error:
        raise KnowledgeError([Problem(file, 1, 1, f"文件读不出来（{error.strerror}）；请检查文件是否存在、有无权限")]) from None
    try:
        root = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise KnowledgeError([Problem(file, line, column, _explain(error.problem or str(error)))]) from None
    except yaml.YAMLError:
        raise KnowledgeError([Problem(file, 1, 1, "文件里有不能使用的控制字符；请删去看不见的字符后再存")]) from None
    marks: dict[tuple[str | int, ...], Mark] = {}
    problems: list[Problem] = []
    data = _plain(root, (), marks, problems, file)
    if problems:
        raise KnowledgeError(problems)
    return Document(file, data, marks)


def parse(model: type[M], document: Document) -> M:
    """Turn a document into a model.

    Raises:
        KnowledgeError: one problem for each field that does not fit.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise KnowledgeError(
            [document.problem(_path(document, e["loc"]), _chinese(dict(e))) for e in error.errors()]
        ) from None


def _path(document: Document, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Keep of pydantic's location what is a path of the document."""
    path: tuple[str | int, ...] = ()
    for part in loc:
        if (*path, part) in document.marks:
            path = (*path, part)
    return path


def _plain(
    node: yaml.Node | None, path: tuple[str | int, ...], marks: dict[tuple[str | int, ...], Mark],
    problems: list[Problem], file: str,
) -> Any:
    if node is None:
        return {}
    marks.setdefault(path, Mark(node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, i), marks, problems, file) for i, child in enumerate(node.value)]
    out: dict[str, Any] = {}
    for key_node, child in node.value:
        mark = Mark(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem(file, *mark, "这里的名称不是文字；以 { 开头的句子要整句加引号"))
            continue
        key = key_node.value
        if key in out:
            problems.append(Problem(file, *mark, f"“{key}”写了两次；请删去或合并其中一个"))
        marks[(*path, key)] = mark
        out[key] = _plain(child, (*path, key), marks, problems, file)
    return out


def _explain(problem: str) -> str:
    hints = {
        "mapping values are not allowed": "这一行多了一个英文冒号加空格，或缩进不对；句子里有英文冒号时请整句加引号",
        "found character '\\t'": "缩进用了制表符（Tab）；请改用空格",
        "could not find expected ':'": "少了冒号，或上一行的引号没有收尾",
        "found unexpected end of stream": "引号没有收尾；请补上配对的引号",
        "expected <block end>": "缩进不对，或列表项前少了“- ”；请与上下各行对齐",
        "did not find expected key": "缩进不对，或引号、括号没有配对；请与上下各行对齐",
        "did not find expected '-' indicator": "列表项的缩进不一致；请把“- ”对齐",
        "did not find expected ',' or '}'": "以 { 开头的句子要整句加引号，或者花括号没有收尾",
        "did not find expected ',' or ']'": "方括号没有收尾，或引号、括号没有配对",
        "tab character": "缩进用了制表符（Tab）；请改用空格",
        "undefined alias": "句子以 * 开头；请整句加引号",
    }
    for sign, hint in hints.items():
        if sign in problem:
            return f"YAML 格式不对：{hint}"
    return f"YAML 格式不对，请检查这一行的缩进、引号和冒号（解析器的说明：{problem}）"


def _chinese(error: dict[str, Any]) -> str:
    field = str(error["loc"][-1]) if error["loc"] else ""
    kind = error["type"]
    if kind == "missing":
        return f"缺少“{field}”；请补上这一项"
    if kind == "extra_forbidden":
        return f"不认识的名称“{field}”；请检查拼写，或删去这一项"
    if kind == "literal_error":
        allowed = error.get("ctx", {}).get("expected", "").replace(" or ", "、").replace("'", "")
        return f"“{field}”的值“{error['input']}”不在允许的范围里；只能是 {allowed}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "string_too_short":
        return f"“{field}”不能为空；请填写"
    if kind == "string_type":
        return f"“{field}”应当是一句文字，这里却是列表或分项；以 {{ 开头的句子要加引号"
    if kind in ("list_type", "dict_type", "model_type", "model_attributes_type"):
        return f"“{field}”的结构不对；列表每项前写“- ”，分项写“名称: 内容”"
    return f"“{field}”填得不对（{error['msg']}）；请对照编写说明修改"
