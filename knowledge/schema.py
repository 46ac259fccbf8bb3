"""JSON Schema files that give editors completion and red underlines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from knowledge.loading import HOME
from knowledge.loading import _Emergencies as Emergencies
from knowledge.loading import _Regions as Regions
from knowledge.model import Lexicon, Phrases, Source, Topic

__all__ = ["FOLDER", "SCHEMAS", "generate", "outdated", "write"]

FOLDER = HOME / "schemas"
SCHEMAS: dict[str, type[BaseModel]] = {
    "source": Source, "topic": Topic, "regions": Regions, "lexicon": Lexicon, "phrases": Phrases, "emergencies": Emergencies,
}
"""File name (without .json) → model it describes."""


def generate(model: type[BaseModel]) -> str:
    """The schema of a model as text."""
    schema = model.model_json_schema()
    return json.dumps(_chinese(schema), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _chinese(node: Any) -> Any:
    """Leave out English titles and docstrings: administrators see the Chinese descriptions only."""
    if isinstance(node, list):
        return [_chinese(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {}
    for key, value in node.items():
        if key == "title" and isinstance(value, str) and value.isascii():
            continue
        if key == "description" and isinstance(value, str) and value.isascii():
            continue
        out[key] = _chinese(value)
    return out


def write(folder: Path = FOLDER) -> list[Path]:
    """Write all schema files."""
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for name, model in SCHEMAS.items():
        path = folder / f"{name}.json"
        path.write_text(generate(model), encoding="utf-8")
        out.append(path)
    return out


def outdated(folder: Path = FOLDER) -> list[str]:
    """Names of schema files that do not fit the models."""
    return [
        name for name, model in SCHEMAS.items()
        if not (folder / f"{name}.json").exists() or (folder / f"{name}.json").read_text(encoding="utf-8") != generate(model)
    ]
