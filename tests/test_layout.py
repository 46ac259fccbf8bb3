"""The shape of the project: imports point one way."""

import re
import subprocess
import sys

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


@pytest.mark.parametrize("module", ["bot.commands", "bot.batch", "bot.checks", "bot.terminal", "bot.indexing", "intents.road", "knowledge.checking"])
def test_matching_asking_and_checking_do_not_import_django_or_telegram(module):
    code = f"import sys, {module}; print(*sorted({{'django', 'telegram', 'uvicorn'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True, timeout=60)
    assert done.stdout.strip() == ""
