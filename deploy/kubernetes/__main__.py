"""Writes the rules for the Prometheus operator: `python -m deploy.kubernetes`."""

from deploy.kubernetes.rules import TARGET, prometheus_rule

if __name__ == "__main__":
    TARGET.write_text(prometheus_rule())
