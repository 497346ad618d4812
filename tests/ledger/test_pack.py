"""Minutes in a blob come back as they went in, and a damaged blob is known for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ledger.pack import Damaged, pack, unpack
from agent.model import MINUTE, Basis, Minute
from agent.units import Joules, Watts
from tests.accounting.places import HOUR_9, TOTALS

Minutes = st.builds(
    Minute,
    meter=st.just(TOTALS[0]),
    start=st.integers(0, 10**6).map(lambda n: HOUR_9 + n * MINUTE),
    energy=st.none() | st.integers(0, 2**62).map(Joules),
    covered=st.integers(0, 60).map(float),
    power=st.none() | st.floats(-1e6, 1e6).map(Watts),
    basis=st.none() | st.sampled_from(Basis),
)


@given(minutes=st.lists(Minutes, max_size=50))
def test_minutes_come_back_as_they_went_in(minutes: list[Minute]) -> None:
    body = pack([(7, minute) for minute in minutes])
    assert unpack(body, {7: TOTALS[0]}.__getitem__) == minutes


@given(minutes=st.lists(Minutes, min_size=1, max_size=5), at=st.integers(0, 10**6))
def test_a_changed_byte_is_noticed(minutes: list[Minute], at: int) -> None:
    body = bytearray(pack([(7, minute) for minute in minutes]))
    body[at % len(body)] ^= 0x40
    with pytest.raises(Damaged):
        unpack(bytes(body), {7: TOTALS[0]}.__getitem__)
