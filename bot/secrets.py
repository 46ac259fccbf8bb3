"""Secrets: from the environment, or from a file that the environment names; never from config.yaml."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["SECRET_FORM", "TOKEN", "TOKEN_FORM", "WEBHOOK_SECRET", "read_secret"]

TOKEN = "TELEGRAM_BOT_TOKEN"
TOKEN_FORM = re.compile(r"\d{6,20}:[A-Za-z0-9_-]{30,}")
WEBHOOK_SECRET = "TELEGRAM_WEBHOOK_SECRET"
SECRET_FORM = re.compile(r"[A-Za-z0-9_-]{16,256}")


def read_secret(name: str) -> str:
    """The secret in environment variable ``name``, or in the file that ``name_FILE`` names; "" without either.

    Raises:
        OSError: the file cannot be read.
    """
    if value := os.environ.get(name, "").strip():
        return value
    path = os.environ.get(f"{name}_FILE", "")
    return Path(path).read_text(encoding="utf-8").strip() if path else ""
