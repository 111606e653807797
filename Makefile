# Two commands: `make run` and `make test`. Settings come from the environment and .env (see .env.example); nothing is
# set here, so the environment wins here as everywhere.

SHELL := /bin/sh
BIN := .venv/bin

INSTALL := @sh scripts/install

.DEFAULT_GOAL := help
.PHONY: help run test bench soak lint lock clean

help:
	@echo "make run    start TicketFlower on http://127.0.0.1:8000 (Ctrl-C stops it)"
	@echo "make test   all checks and tests"
	@echo "make lint   the style and type checks alone"
	@echo "make bench  how fast a completion is, beside hand-written SQL"
	@echo "make soak   10,000 completions under kills"
	@echo "make lock   renew the pinned versions in requirements*.txt"
	@echo "make clean  remove .venv and caches; the data in instance/ stays"

run:
	$(INSTALL) requirements.txt
	@exec $(BIN)/python -m ticketflower.run

test:
	$(INSTALL) requirements-dev.txt
	@$(BIN)/python -m scripts.quality all

lint:
	$(INSTALL) requirements-dev.txt
	@$(BIN)/python -m scripts.quality lint

bench:
	$(INSTALL) requirements-dev.txt
	@$(BIN)/python -m bench

soak:
	$(INSTALL) requirements-dev.txt
	@$(BIN)/python -m bench.soak

lock:
	$(INSTALL) requirements-dev.txt
	@$(BIN)/python -m scripts.lock

clean:
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis .schemathesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
