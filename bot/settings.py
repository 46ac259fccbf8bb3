"""What the operator sets: config.yaml, overridden by the environment."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from knowledge.reading import KnowledgeError, Problem, parse, read_document

__all__ = ["ROOT", "Settings", "read_settings"]

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseModel):
    """Settings of one installation; all paths absolute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state_dir: Path = Field(ROOT / "var", description="程序存放索引和状态的文件夹")
    knowledge_dir: Path = Field(ROOT / "knowledge", description="知识库文件夹")
    semantic: bool = Field(True, description="是否使用语义模块")

    @field_validator("semantic", mode="before")
    @classmethod
    def _flag(cls, value: object) -> object:
        return {"true": True, "false": False}.get(str(value).lower(), value)

    @field_validator("state_dir", "knowledge_dir", mode="before")
    @classmethod
    def _absolute(cls, value: object) -> Path:
        path = Path(str(value)).expanduser()
        return path if path.is_absolute() else ROOT / path

    @property
    def index_dir(self) -> Path:
        """Where the compiled index lies."""
        return self.state_dir / "index"




def read_settings(path: Path | None = None) -> Settings:
    """Settings from ``config.yaml`` (or the file that MINZHENG_CONFIG names) and the environment.

    Raises:
        KnowledgeError: with file, line, column and remedy.
    """
    path = path or Path(os.environ.get("MINZHENG_CONFIG", ROOT / "config.yaml"))
    data: dict[str, object] = {}
    if path.exists():
        document = read_document(path, path.name)
        if not isinstance(document.data, dict):
            raise KnowledgeError([Problem(path.name, 1, 1, "设置文件应当是“名称: 内容”的形式；请对照 config.yaml 的原样修改")])
        parse(Settings, document)
        data = dict(document.data)
    if state := os.environ.get("MINZHENG_STATE_DIR"):
        data["state_dir"] = state
    return Settings.model_validate(data)
