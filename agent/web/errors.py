"""Two kinds of Unavailable, by what a poll of several requests does with the others.

Unavailable
├── NoService         no other request will be answered now either: end the poll
└── WrongRequest      this request will fail for the rest of the day: go on with the others
    └── NotInPlan     it is right, but the account's plan does not cover it
"""

from agent.errors import Unavailable


class NoService(Unavailable):
    """No other request of this poll will be answered either."""


class WrongRequest(Unavailable):
    """The same request will fail for the rest of the day."""


class NotInPlan(WrongRequest):
    """The request is right and the login good; the account's plan does not cover it."""
