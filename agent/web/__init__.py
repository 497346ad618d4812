"""HTTP as collectors speak it: asking, reading errors, keeping pace.

Every failure is an `Unavailable` whose message begins with the name of who asked.
"""

from agent.web.answers import Answer, ask, client_of, failure_of, object_of, retry_after_of
from agent.web.errors import NoService, NotInPlan, WrongRequest
from agent.web.fields import amount_of, moment_of
from agent.web.pace import Pace
from agent.web.poll import Partly, Poll

__all__ = [
    "Answer",
    "NoService",
    "NotInPlan",
    "Pace",
    "Partly",
    "Poll",
    "WrongRequest",
    "amount_of",
    "ask",
    "client_of",
    "failure_of",
    "moment_of",
    "object_of",
    "retry_after_of",
]
