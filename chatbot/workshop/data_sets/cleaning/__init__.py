"""The steps that clean a data set; `running.py` does them in their order, `steps.py` says what a step is."""
