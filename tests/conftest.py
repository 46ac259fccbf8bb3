"""The real knowledge, its compiled index, and the road over both."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.indexing import ready_road
from bot.settings import Settings, read_settings
from intents.question import Conversation, Reply
from intents.road import Road
from knowledge.loading import HOME, Knowledge, load

TODAY = datetime.date(2026, 11, 21)


@pytest.fixture(scope="session")
def knowledge(settings: Settings) -> Knowledge:
    return load(settings.knowledge_dir)


@pytest.fixture(scope="session")
def settings() -> Settings:
    return read_settings()


@pytest.fixture(scope="session")
def road(settings: Settings) -> Road:
    road = ready_road(settings)
    return Road(road.world, lambda: TODAY)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the real knowledge that a test may break."""
    return Path(shutil.copytree(HOME, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "__pycache__", "schemas")))


class Talk:
    """One conversation."""

    def __init__(self, road: Road, region: str = "") -> None:
        self.road, self.region, self.conversation = road, region, Conversation()

    def say(self, text: str) -> Reply:
        self.replies = self.road.ask(text, self.conversation, self.region or self.conversation.region)
        return self.replies[0]


@pytest.fixture
def talk(road: Road) -> Callable[..., Talk]:
    return lambda region="": Talk(road, region)


@pytest.fixture
def talk_with() -> Callable[..., Talk]:
    return Talk
