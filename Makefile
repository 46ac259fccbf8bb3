# 两条命令：make run 装好并开始对话；make test 装好并跑全部测试。
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: run test install lint check bench lock clean

run: install
	$(PY) -m bot run

test: install
	$(PY) -m pytest

install: $(STAMP)
	$(PY) -m bot index

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock \
	  || (echo "语义模块或锁定的版本装不上，改为不带语义模块安装：程序照常可用，拿不准的会多转人工。" \
	      && $(PY) -m pip install --quiet --disable-pip-version-check -e ".[dev]")
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $(STAMP)

lint: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m mypy intents knowledge bot

check: install
	$(PY) -m bot check

bench: install
	$(PY) -m bot bench

lock: $(STAMP)
	$(PY) -m piptools compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  --extra semantic --extra dev --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) var build *.egg-info
