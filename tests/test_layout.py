"""The shape of the project: imports point one way."""

import re

import pytest

from bot.settings import ROOT

FORBIDDEN = {"knowledge": ("bot", "intents"), "intents": ("bot",)}


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_one_way(package):
    modules = list((ROOT / package).rglob("*.py"))
    assert len(modules) > 5
    for path in modules:
        imported = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.M)
        assert not set(imported) & set(FORBIDDEN[package]), path.name
