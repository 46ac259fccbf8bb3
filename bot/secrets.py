"""Secrets: from the environment, or from a file that the environment names; never from config.yaml."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["TOKEN", "WEBHOOK_SECRET", "read_secret"]

TOKEN = "TELEGRAM_BOT_TOKEN"
WEBHOOK_SECRET = "TELEGRAM_WEBHOOK_SECRET"


def read_secret(name: str) -> str:
    """The secret in environment variable ``name``, or in the file that ``name_FILE`` names; "" without either.

    Raises:
        OSError: the file cannot be read.
    """
    if value := os.environ.get(name, "").strip():
        return value
    path = os.environ.get(f"{name}_FILE", "")
    return Path(path).read_text(encoding="utf-8").strip() if path else ""
