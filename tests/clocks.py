"""A clock that the test moves."""

from agent.demo.hand_clock import HandClock

__all__ = ["HandClock"]
