// The security policy forbids style tags and `eval`, which htmx would use for its spinner and for filters.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
