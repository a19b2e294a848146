# Short names for plain commands. `make help` lists them; the README says what they run.

PYTHON ?= python3
PORT   ?= 8000
BIN    := .venv/bin
SEEDS  ?= 20
COLAB  := .venv-colab/bin

# What is typed after URL= reaches the script as it is: neither make nor the shell reads it.
override export URL := $(value URL)

# The course's matrices are small: the threads of the linear algebra would only wait for one another.
export OPENBLAS_NUM_THREADS ?= 1
# Without bytecode, a rebuild takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

PACKAGE := $(shell find src book/_ext -type f -not -name '*.pyc')
BOOK    := _config.yml _toc.yml pyproject.toml $(wildcard README.md) tests/test_bugs.py $(wildcard engine/sums.json) $(shell find book notebooks -type f -not -name '*.pyc' -not -path '*/.*')

.PHONY: help environment book pdf engine test-engine serve test test-page parity test-colab notebooks handout lint reproducible requirements release repository clean
.DELETE_ON_ERROR:

help: ## list what make can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

environment: .venv/.installed ## make the virtual environment and install the pinned requirements

book: _build/.built ## build the book into _build/html
	@echo "The book is in _build/html. Open _build/html/index.html, or run 'make serve'."

pdf: book ## print the whole course into one PDF, _build/html/steepest.pdf
	$(BIN)/python book/_ext/paper.py

engine: .venv/.installed ## fetch the engine that runs Python in the page, for the next `make book`; PYODIDE=314.0.7 is the newest
	$(BIN)/python book/_ext/fetch_engine.py $(PYODIDE)

test-engine: .venv/.installed ## the same from package registries alone, for the tests
	$(BIN)/python tests/get_engine.py

serve: book ## build the book and serve it on this machine
	@$(BIN)/python book/_ext/serve.py '$(subst ','\'',$(PORT))'

test: _build/.built ## run every test: the package, the notebooks, the built book in a browser
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

test-page: _build/.built ## run every notebook in the page, and compare its outputs with the stored ones
	CHAPTERS=all $(BIN)/python -m pytest tests/test_run_here.py

parity: .venv/.installed ## compare JavaScript and NumPy from many seeds: make parity SEEDS=20
	SEEDS=$(SEEDS) $(BIN)/python -m pytest --numprocesses auto --dist load tests/test_parity.py

test-colab: .venv/.installed .venv-colab/.installed ## run every notebook, and widgets, with the package versions of Colab
	$(COLAB)/python -m pip install --quiet --no-deps --force-reinstall .
	JUPYTER_PATH=.venv-colab/share/jupyter $(BIN)/python -m pytest --numprocesses auto --dist loadfile \
		--override-ini addopts= --nbval-lax --nbval-kernel-name colab notebooks tests/colab.py

notebooks: .venv/.installed ## run every notebook from top to bottom and save its outputs
	$(BIN)/python book/_ext/run_notebooks.py notebooks/*.ipynb

handout: .venv/.installed ## write the notebooks without their solutions into handout/
	$(BIN)/python book/_ext/without_solutions.py

lint: .venv/.installed ## check the style of the code, notebooks included, and its types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyrefly check
	$(BIN)/deno fmt --check
	$(BIN)/deno lint
	$(BIN)/deno check src/steepest/live/*.js book/run/*.js book/_static/*.js

reproducible: .venv/.installed ## build the last commit twice, in two folders, and compare the pages byte by byte
	rm -rf _build/one _build/another
	for copy in one another/deeper; do \
		git clone --quiet . _build/$$copy && cd _build/$$copy || exit 1; \
		PYTHONPATH=$$PWD/src $(CURDIR)/$(BIN)/jupyter-book build . -W -n --keep-going > build.log 2>&1 || { tail -n 30 build.log; exit 1; }; \
		cd $(CURDIR); \
	done
	diff --recursive _build/one/_build/html _build/another/deeper/_build/html
	@echo "The two builds have the same pages."

requirements: .venv/.installed ## pin the newest versions of everything that pyproject.toml asks for
	$(BIN)/python -m pip install --quiet uv
	echo "-e ." | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
		--custom-compile-command "make requirements" --group read --group book --group test --output-file requirements.txt -
	cp requirements.txt .binder # uv keeps the pins of the file that it writes
	echo "-e ." | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
		--custom-compile-command "make requirements" --group read --output-file .binder/requirements.txt -
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
		--custom-compile-command "make requirements" --output-file tests/colab.txt tests/colab.in

release: ## give the course a new version, and tag it: make release VERSION=0.3.0
	@$(PYTHON) book/_ext/release.py '$(subst ','\'',$(VERSION))'

repository: ## write the repository's address wherever it is needed: make repository URL=https://github.com/you/steepest
	@$(PYTHON) book/_ext/repository.py

clean: ## remove what was built, and the environments
	rm -rf _build .venv .venv-colab

# The environment is made once, and again when the requirements change.
.venv/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Steepest needs Python 3.11 or later. Name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement requirements.txt
	# Matplotlib lists the fonts on its first import, and would say so in a notebook's output.
	$(BIN)/python -c "import matplotlib.font_manager"
	touch $@

# Installing the course as its notebooks do it on Colab must change no package that is there.
.venv-colab/.installed: tests/colab.txt tests/install_as_on_colab.py pyproject.toml
	$(PYTHON) -m venv --clear .venv-colab
	$(COLAB)/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement tests/colab.txt
	$(COLAB)/python -m pip freeze > .venv-colab/before.txt
	$(COLAB)/python tests/install_as_on_colab.py
	$(COLAB)/python -m pip freeze --exclude steepest | diff .venv-colab/before.txt -
	$(COLAB)/python -m ipykernel install --prefix .venv-colab --name colab
	touch $@

# The cache of executed notebooks knows the notebooks, not the code behind them: start afresh when that has changed.
_build/.fresh: .venv/.installed $(PACKAGE)
	rm -rf _build
	mkdir _build
	touch $@

# Sphinx repeats no warning about a page that it has read: after a failure it must read them all again.
_build/.built: _build/.fresh $(BOOK)
	$(BIN)/jupyter-book build . -W -n --keep-going || { rm -rf _build/.doctrees; exit 1; }
	touch $@
