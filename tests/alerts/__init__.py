"""The alerts: the rules, the agent that evaluates them, and Prometheus that does the same."""
