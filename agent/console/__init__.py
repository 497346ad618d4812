"""What the daemon answers over HTTP: /metrics, /healthz and /readyz."""

from agent.console.console import Console

__all__ = ["Console"]
