# Short names for `python3 dev.py ...`, which works without make too.
PYTHON ?= python3
.PHONY: app test lint fix samples tour bench
app test lint fix samples tour:
	$(PYTHON) dev.py $@
bench:
	$(PYTHON) dev.py bench $(NAME)
