# Two commands do everything on a fresh machine with Python >= 3.11: make demo, make test.
PYTHON ?= python3
BIN := .venv/bin
export OMP_NUM_THREADS ?= 1

.PHONY: demo test test-gpu soak real bench lint docs install clean
.DEFAULT_GOAL := demo

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gpdht needs Python >= 3.11, found " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

demo: install
	$(BIN)/gpdht search toy --space search_spaces/quick.yaml --name demo --resume
	$(BIN)/gpdht register demo --name toy
	$(BIN)/gpdht trials demo --top 5
	$(BIN)/gpdht predict toy@champion toy -o net.parquet
	$(BIN)/gpdht report demo -o report.html
	@printf '\nNext:\n'
	@printf '  %s\n' \
	  'source .venv/bin/activate' \
	  'open report.html                                       # what the scores do and do not show' \
	  'mlflow ui --backend-store-uri sqlite:///mlflow.db      # compare the runs at http://127.0.0.1:5000' \
	  'gpdht inspect DATA                                     # your own data: a BEELINE folder, or matrix + --net edges.csv' \
	  'gpdht search DATA --space search_spaces/standard.yaml --name mine' \
	  'cat cluster/README.md                                  # the same search on a GPU cluster'

test: install
	$(BIN)/python -m pytest -n 2

test-gpu: install
	$(BIN)/python -m pytest -m gpu tests/gpu

soak: install
	$(BIN)/python -m pytest -m soak
	$(BIN)/python benchmarks/soak.py

real: install
	$(BIN)/python -m pytest -m real

bench: install
	OMP_NUM_THREADS=$(shell nproc) OMP_WAIT_POLICY=PASSIVE $(BIN)/python benchmarks/all.py $(DATA)

lint: install
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

docs: install
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf .venv build dist site *.egg-info
