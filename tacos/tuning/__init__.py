"""Constants chosen on validation data: trials, strategies, budgets."""
