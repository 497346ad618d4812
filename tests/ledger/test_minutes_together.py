"""Many entries that are unpacked together say what each of them says."""

import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agent.ledger.pack import LOWER_BOUND, NO_ENERGY, columns, pack
from agent.ledger.series.minutes import rows_of
from agent.model import Minute
from tests.ledger.test_pack import Minutes


def older(minutes: list[Minute]) -> bytes:
    """The same in the form before planes and registers."""
    found = columns(packed(minutes))
    plain = b"".join(one.tobytes() for one in found)
    body = b"\x01" + len(minutes).to_bytes(4, "little") + zlib.compress(plain, 1)
    return body + zlib.crc32(body).to_bytes(4, "little")


def packed(minutes: list[Minute]) -> bytes:
    return pack([(7 + n, minute) for n, minute in enumerate(minutes)])


Bodies = st.lists(st.lists(Minutes, max_size=6), max_size=8)


@given(entries=Bodies, forms=st.lists(st.booleans(), min_size=8, max_size=8))
def test_entries_of_both_forms_are_told_one_after_the_other(
    entries: list[list[Minute]], forms: list[bool]
) -> None:
    bodies = [
        older(one) if is_old else packed(one) for one, is_old in zip(entries, forms, strict=False)
    ]
    found = rows_of((body, 0) for body in bodies)
    if found is None:
        assert not bodies
        return
    told = [row for body in bodies for row in zip(*columns(body), strict=True)]
    assert found.number.tolist() == [row[0] for row in told]
    assert found.minute.tolist() == [row[1] for row in told]
    assert found.energy.tolist() == [0 if row[2] == NO_ENERGY else row[2] for row in told]
    assert found.covered.tolist() == [0 if row[5] == LOWER_BOUND else row[3] for row in told]
    assert np.array_equal(found.power, np.array([row[4] for row in told]), equal_nan=True)


@given(minutes=st.lists(Minutes, min_size=1, max_size=6))
def test_a_damaged_entry_is_left_out_and_the_others_are_not(minutes: list[Minute]) -> None:
    body = packed(minutes)
    found = rows_of([(body[:-1] + bytes([body[-1] ^ 1]), 0), (body, 0)])
    assert found is not None
    assert len(found.number) == len(minutes)
