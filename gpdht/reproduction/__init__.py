"""The paper's tables and figures, beside what is published and what labels alone reach."""
