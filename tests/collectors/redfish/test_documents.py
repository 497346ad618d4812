"""Links, pointers and numbers of documents, also of those that nobody should send."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from collectors.redfish.documents import (
    DEEPEST,
    Point,
    document_of,
    link_of,
    members_of,
    number_of,
    path_of,
    said_in,
    value_at,
)
from collectors.redfish.failures import Malformed
from collectors.redfish.keys import key_of, prefix_of

HERE = URL("https://192.0.2.1:443")

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
OFTEN = st.sampled_from(
    ["Links", "links", "Oem", "Members", "Member", "href", "@odata.id", "Power"]
)
ODD = st.recursive(
    st.none() | st.text() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(OFTEN, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ({"@odata.id": "/redfish/v1/Chassis/1"}, "/redfish/v1/Chassis/1"),
        ({"href": "/rest/v1/Chassis/1"}, "/rest/v1/Chassis/1"),
        ("/redfish/v1/Power%20%231?a=b", "/redfish/v1/Power%20%231?a=b"),
        ("https://192.0.2.1/redfish/v1/x", "/redfish/v1/x"),
        ("https://192.0.2.1:443/redfish/v1/x?y=z", "/redfish/v1/x?y=z"),
        ("https://192.0.2.1:8443/redfish/v1/x", None),
        ("http://192.0.2.1/redfish/v1/x", None),
        ("https://192.0.2.2/redfish/v1/x", None),
        ("//192.0.2.2/redfish/v1/x", None),
        ("redfish/v1/x", None),
        ("/redfish/v1/x HTTP/1.1\r\nHost: y", None),
        ("/a b", None),
        ("/ä", None),
        ("https://[::1", None),
        ("", None),
        (None, None),
        (7, None),
        ([], None),
        ({}, None),
    ],
)
def test_a_link_is_a_path_on_the_same_service_or_none(link: object, path: str | None) -> None:
    assert path_of(link, HERE) == path


def test_links_are_found_wherever_generations_of_services_wrote_them() -> None:
    for document in (
        {"Power": {"@odata.id": "/p"}},
        {"Links": {"Power": {"@odata.id": "/p"}}},
        {"links": {"Power": {"href": "/p"}}},
        {"Oem": {"Hp": {"links": {"Power": {"href": "/p"}}}}},
        {"Power": None, "Oem": {"Hpe": {"Links": {"Power": {"@odata.id": "/p"}}}}},
    ):
        assert link_of(document, "Power", HERE) == "/p"
    assert link_of({"Power": {"href": "http://elsewhere/p"}}, "Power", HERE) is None


@given(ODD)
def test_no_document_breaks_the_search_for_links(document: Any) -> None:  # noqa: ANN401 is any
    if isinstance(document, dict):
        assert isinstance(link_of(document, "Power", HERE), str | None)
        assert all(path.startswith("/") for path in members_of(document, HERE))
        assert isinstance(key_of(document, "/x/1"), str)


@given(ANYTHING)
def test_what_a_service_sends_is_an_object_or_malformed(sent: object) -> None:
    try:
        assert document_of(json.dumps(sent).encode(), "/x") == sent
    except Malformed:
        assert not isinstance(sent, dict)


@given(st.binary())
def test_no_bytes_break_the_reading(body: bytes) -> None:
    assert len(said_in(body)) <= 201
    with pytest.raises(Malformed):
        document_of(b"\xff" + body, "/x")


@pytest.mark.parametrize(
    "body",
    [b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": ' + b"9" * 5000 + b"}"],
)
def test_what_is_no_number_in_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed, match="is no JSON"):
        document_of(body, "/x")


def test_a_document_may_be_as_deep_as_it_says() -> None:
    fits, deep = ('{"a":' * n + "1" + "}" * n for n in (DEEPEST - 1, DEEPEST))
    assert document_of(fits.encode(), "/x")
    with pytest.raises(Malformed, match="is deeper than 40 levels"):
        document_of(deep.encode(), "/x")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0),
        (0.0, 0),
        (12.5, 12.5),
        ("344", 344),
        (" -1.5e2 ", -150),
        (None, None),
        (True, None),
        ("", None),
        ("n/a", None),
        ("1e999", None),
        ("nan", None),
        (1e999, None),
        ([1], None),
        ({"Reading": 1}, None),
    ],
)
def test_zero_is_a_number_and_null_is_none(value: object, number: float | None) -> None:
    assert number_of(value) == number


def test_a_pointer_that_points_nowhere_finds_nothing() -> None:
    document = {"a": [{"b": 1}], "c": None}
    assert value_at(document, ("a", 0, "b")) == 1
    for pointer in (("a", 1, "b"), ("a", "0"), ("c", "d"), ("x",), ("a", 0, "b", "c")):
        assert value_at(document, pointer) is None
    assert value_at(None, ("a",)) is None
    assert Point("/p", ("a", 0, "b")).key == "/p#/a/0/b"


def test_keys_fit_into_the_names_of_meters() -> None:
    assert key_of({"Id": "PSU 1 (left)"}, "/x") == "PSU-1-left"
    assert key_of({"Id": None, "MemberId": "0"}, "/x") == "0"
    assert key_of({}, "/redfish/v1/Outlets/A1/") == "A1"
    assert key_of({"Id": "//"}, "/") == "1"
    assert len(key_of({"Id": "x" * 500}, "/")) == 60


def test_the_first_and_the_only_unit_are_not_named_in_keys() -> None:
    assert prefix_of("1", ["1", "2"]) == ""
    assert prefix_of("2", ["1", "2"]) == "2."
    assert prefix_of("B", ["B"]) == ""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "See ExtendedInfo."}}, "See ExtendedInfo."),
        (
            {"error": {"message": "x", "@Message.ExtendedInfo": [{"Message": "No\n such."}]}},
            "No such.",
        ),
        ({"error": {"@Message.ExtendedInfo": {"Message": "Older."}}}, "Older."),
        ({"error": "text"}, ""),
        ([], ""),
    ],
)
def test_an_error_is_said_in_one_line(body: object, said: str) -> None:
    assert said_in(json.dumps(body).encode()) == said
