# `make` alone lists the verbs. Everything runs in .venv, which the first verb creates.

PY := .venv/bin/python
LAB_ARGS ?=
# Notebooks share nothing, so two are checked side by side, each on one worker and one thread, the slowest first.
NBVAL = OMP_NUM_THREADS=1 $(PY) -m pytest --nbval --nbval-current-env --nbval-sanitize-with=tests/nbval_sanitize.cfg \
	--nbval-cell-timeout=1200 --timeout=0 -p no:cacheprovider -n 2 --dist loadfile --no-loadscope-reorder -q

.PHONY: help lab test test-full browser slides notebooks bench checkpoints studies clean

help:  ## list the verbs (this is the default)
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

lab: .venv/learner.stamp  ## install what a learner needs and open JupyterLab on lesson 00
	@if [ "$$(id -u)" = 0 ]; then root=--allow-root; fi; \
	first=$$(ls notebooks/00_*.ipynb 2>/dev/null | head -n 1); \
	[ -n "$$OMP_WAIT_POLICY$$GOMP_SPINCOUNT" ] || export GOMP_SPINCOUNT=10000; \
	export JUPYTER_CONFIG_PATH="$(CURDIR)/course_utils/apps/lab$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}"; \
	exec $(PY) -m jupyterlab $$root $(LAB_ARGS) "$${first:-notebooks}"

test: .venv/test.stamp  ## ruff, unit tests, house rules, and every notebook in quick mode
	$(PY) -m ruff check .
	OMP_NUM_THREADS=1 $(PY) -m pytest -q -n 2
	files=$$($(PY) -m course_utils.authoring list) && COURSE_QUICK=1 $(NBVAL) $$files

test-full: .venv/test.stamp  ## every notebook whole: all training runs, all claims asserted
	files=$$($(PY) -m course_utils.authoring list) && COURSE_QUICK= $(NBVAL) $$files
	$(PY) -m course_utils.studies --check predictor-parts-early

browser: .venv/slides.stamp  ## install what the browser tests need: Playwright, reveal.js, and Chromium if there is none

slides: .venv/slides.stamp  ## every lesson as a deck and as a PDF, and a page for the lecturer: build/slides
	$(PY) -m course_utils.authoring.slides

notebooks: .venv/test.stamp  ## rebuild the notebooks whose text in notebooks/text changed
	$(PY) -m course_utils.authoring build --changed

bench: .venv/test.stamp  ## measure speed against PyTorch's own layers, models against rivals, and the choice of threads
	GOMP_SPINCOUNT=10000 $(PY) -m pytest -q -s tests/bench

checkpoints: .venv/learner.stamp  ## remake the shipped checkpoints from their seeds and settings
	$(PY) -m course_utils.authoring.remake

studies: .venv/learner.stamp  ## run the studies whose numbers are missing or out of date
	$(PY) -m course_utils.studies

clean:  ## remove .venv and every cache
	rm -rf .venv build .pytest_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name .ipynb_checkpoints -type d -prune -exec rm -rf {} +

# A stamp is newer than pyproject.toml and constraints.txt exactly if what they ask for is installed.
.venv/learner.stamp: pyproject.toml constraints.txt
	@$(ensure_venv)
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/test.stamp: pyproject.toml constraints.txt
	@$(ensure_venv)
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test,authoring]"
	@touch $@ .venv/learner.stamp

# Playwright drives the Chromium or Chrome of the system, or else one that it downloads.
.venv/browser.stamp: .venv/test.stamp
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[browser]"
	@$(PY) tests/browser.py || $(PY) -m playwright install chromium
	@touch $@

# What decks are made of; no deck asks for more when it is shown.
.venv/slides.stamp: .venv/browser.stamp
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[slides]"
	@touch $@

# Find a Python from 3.11 to 3.13 and make .venv with it, unless a working .venv is there.
PYTHONS ?= python3.13 python3.12 python3.11 python3 python
fits = -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null
define ensure_venv
if $(PY) $(fits) && $(PY) -m pip --version >/dev/null 2>&1; then exit 0; fi; \
for name in $(PYTHONS); do if "$$name" $(fits); then found=$$name; break; fi; done; \
if [ -z "$$found" ]; then \
	echo "This course needs Python 3.11, 3.12 or 3.13: install one from https://www.python.org/downloads/" \
		"or with your system's packages, then run make again." >&2; exit 1; fi; \
if ! "$$found" -c 'import venv, ensurepip' 2>/dev/null; then \
	echo "$$found comes without the venv module: install it (on Debian and Ubuntu:" \
		"sudo apt install $$("$$found" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'))," \
		"then run make again." >&2; exit 1; fi; \
echo "Installing into .venv with $$("$$found" --version); the first time takes a minute or two."; \
"$$found" -m venv --clear .venv
endef
