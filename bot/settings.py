"""What the operator sets: config.yaml, overridden by the environment."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from knowledge.reading import KnowledgeError, Problem, parse, read_document

__all__ = ["ROOT", "Settings", "read_settings"]

ROOT = Path(__file__).resolve().parent.parent
OVERRIDES = {
    "state_dir": "MINZHENG_STATE_DIR", "knowledge_dir": "MINZHENG_KNOWLEDGE_DIR", "semantic": "MINZHENG_SEMANTIC", "database": "MINZHENG_DATABASE",
    "http_port": "MINZHENG_HTTP_PORT",
}
"""Settings that an environment variable overrides."""


class Settings(BaseModel):
    """Settings of one installation; all paths absolute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state_dir: Path = Field(ROOT / "var", description="程序存放索引和状态的文件夹")
    knowledge_dir: Path = Field(ROOT / "knowledge", description="知识库文件夹")
    semantic: bool = Field(True, description="是否使用语义模块")
    database: str = Field("sqlite", description="数据库：sqlite，或 postgresql:// 开头的地址（密码不写在这里）", pattern=r"^(sqlite|postgres(ql)?://.+)$")
    staff_group: int = Field(0, description="Telegram 值班群的编号（负数）；0 表示还没有")
    telegram_api: str = Field("", description="自建 Bot API 服务器的地址；空着用官方的")
    webhook_url: str = Field("", description="公网地址：填了由 Telegram 送消息来（webhook），空着自己去取（轮询）")
    http_port: int = Field(8080, ge=0, le=65535, description="本机端口：/healthz、/metrics 和 webhook")
    working_hours: tuple[str, ...] = Field(("08:30-12:00", "14:30-17:30"), min_length=1, description="工作日的上班时间")
    answer_within_hours: float = Field(8, gt=0, description="工单几个工作小时内答复")
    remind_after_minutes: float = Field(15, gt=0, description="工单多少分钟没人认领就督办（按工作时间）")
    urgent_again_minutes: float = Field(3, gt=0, description="紧急工单没人认领时隔几分钟再提醒")
    cards_per_minute: int = Field(10, ge=1, le=20, description="值班群一分钟最多发几张工单卡，超过的合并成一条")
    departments: tuple[str, ...] = Field((), description="可以转办的部门")
    retention_days: int = Field(180, ge=1, description="会话保留多少天")

    @field_validator("working_hours")
    @classmethod
    def _hours(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        spans = [re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", v) for v in value]
        times = [t for v in value for t in v.split("-")]
        if not all(spans) or any(a >= b for a, b in pairwise(times)):
            raise ValueError("上班时间写成“08:30-12:00”，一段一行，从早到晚，不重叠")
        return value

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
    def hook(self) -> str:
        """Where Telegram brings updates to; "" when we ask for them."""
        return f"{self.webhook_url.rstrip('/')}/telegram/webhook" if self.webhook_url else ""

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
    for name, variable in OVERRIDES.items():
        if value := os.environ.get(variable):
            data[name] = value
    return Settings.model_validate(data)
