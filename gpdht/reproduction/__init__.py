"""The paper's tables and figures, beside what is published and the best label-only baseline."""
