"""The real knowledge, its compiled index, and the road over both."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest

from bot.indexing import ready_road
from bot.settings import Settings, read_settings
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
