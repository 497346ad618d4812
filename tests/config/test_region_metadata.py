"""Tables of cloud region metadata: what is read, what is not available, what is refused."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import ConfigError
from config.region_metadata import (
    AVERAGE_CONSUMPTION,
    KEY,
    LIMITS,
    NOT_AVAILABLE,
    PUE,
    RENAMED,
    Table,
    read_table,
)
from tests.shared import SHARED

PUBLISHED = SHARED / "region-metadata" / "Cloud_Region_Metadata.csv"
ESTIMATED = SHARED / "region-metadata" / "Cloud_Region_Metadata_estimate.csv"
OLD = SHARED / "region-metadata" / "if-data-region-metadata.csv"
published = pytest.mark.skipif(
    not PUBLISHED.exists(), reason="the published table is missing (set CARBOND_SHARED)"
)

HEADER = f"year,cloud-provider,cloud-region,{PUE},{AVERAGE_CONSUMPTION}\n"


def table(folder: Path, text: str | bytes) -> Table:
    path = folder / "regions.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path)


def refused(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        table(folder, text)
    said = str(caught.value)
    assert said.startswith(str(folder / "regions.csv"))
    return said.removeprefix(f"{folder}/")


def test_a_value_is_found_by_its_column_and_the_row_says_where_it_stands(tmp_path: Path) -> None:
    text = HEADER + "2023,Cloud One,east-1,1.3,380\n2024,Cloud One,east-1,1.2,0\n"
    row = table(tmp_path, text).row("Cloud One", "east-1", PUE, 2023)
    assert (row.number(PUE), row.number(AVERAGE_CONSUMPTION)) == (1.3, 380)
    assert (row.line, row.year) == (2, 2023)
    assert row.source == "regions.csv, Cloud One east-1 2023"


def test_zero_is_a_value(tmp_path: Path) -> None:
    row = table(tmp_path, HEADER + "2024,a,b,,0\n").row("a", "b", AVERAGE_CONSUMPTION)
    assert row.number(AVERAGE_CONSUMPTION) == 0


@pytest.mark.parametrize("cell", ["", " ", "NA", "na", "N/A", "nan", "NaN"])
def test_what_is_not_available_fails_where_it_is_used_and_nowhere_else(
    tmp_path: Path, cell: str
) -> None:
    row = table(tmp_path, HEADER + f"2024,a,b,{cell},380\n").row("a", "b", AVERAGE_CONSUMPTION)
    assert row.number(AVERAGE_CONSUMPTION) == 380
    assert not row.has(PUE)
    with pytest.raises(ConfigError, match=rf'regions.csv:2: a b 2024: "{PUE}" is not available'):
        row.number(PUE)


def test_na_in_a_column_of_text_is_a_text(tmp_path: Path) -> None:
    text = "year,cloud-provider,cloud-region,em-zone-id\n2024,a,b,NA\n"
    assert table(tmp_path, text).rows[0].cells["em-zone-id"] == "NA"


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        (PUE, "0.99", "is 0.99, and must be from 1 to 10"),
        (PUE, "124", "is 124, and must be from 1 to 10"),
        ("provider-cfe-hourly", "52", "is 52, and must be from 0 to 1"),
        ("provider-cfe-annual", "1.01", "is 1.01, and must be from 0 to 1"),
        ("water-usage-effectiveness", "-0.1", "is -0.1, and must be 0 or more"),
        ("total-water-input", "100 000", 'is "100 000", not a number such as 1234.5'),
        (AVERAGE_CONSUMPTION, "1_000", 'is "1_000", not a number'),
        (AVERAGE_CONSUMPTION, "inf", 'is "inf", not a number'),
        (AVERAGE_CONSUMPTION, "1e999", 'is "1e999", not a number'),
        (AVERAGE_CONSUMPTION, "38O", 'is "38O", not a number'),
    ],
)
def test_a_value_that_cannot_be_right_is_refused(
    tmp_path: Path, column: str, cell: str, words: str
) -> None:
    text = f"{','.join(KEY)},{column}\n2024,a,b,{cell}\n"
    row = table(tmp_path, text).rows[0]
    with pytest.raises(ConfigError) as caught:
        row.number(column)
    assert f'regions.csv:2: a b 2024: "{column}" {words}' in str(caught.value)


def test_a_decimal_comma_is_no_number(tmp_path: Path) -> None:
    row = table(tmp_path, HEADER + '2024,a,b,"1,2",\n').rows[0]
    with pytest.raises(ConfigError, match='is "1,2", not a number such as'):
        row.number(PUE)


def test_without_a_year_the_newest_that_has_the_column_is_taken(tmp_path: Path) -> None:
    text = HEADER + "2022,a,b,1.4,300\n2024,a,b,,200\n2023,a,b,1.3,NA\n"
    found = table(tmp_path, text)
    assert found.row("a", "b", PUE).year == 2023
    assert found.row("a", "b", AVERAGE_CONSUMPTION).year == 2024


def test_a_row_that_stands_twice_is_never_picked_from(tmp_path: Path) -> None:
    text = HEADER + "2023,a,b,1.2,1\n2024,a,b,,2\n2024,a,b,1.3,3\n"
    found = table(tmp_path, text)
    assert found.row("a", "b", PUE, 2023).number(PUE) == 1.2
    for year in (2024, None):
        with pytest.raises(ConfigError, match="2024 stands there more than once, in lines 3 and 4"):
            found.row("a", "b", PUE, year)


def test_columns_of_older_editions_have_their_names_of_today(tmp_path: Path) -> None:
    text = ",".join((*KEY, *RENAMED)) + "\n2022,a,b" + ",1" * len(RENAMED) + "\n"
    row = table(tmp_path, text).rows[0]
    assert [row.number(name) for name in RENAMED.values()] == [1] * len(RENAMED)


def test_what_meant_something_else_in_older_editions_is_not_taken(tmp_path: Path) -> None:
    columns = "grid-carbon-intensity-24x7,grid-carbon-intensity"
    row = table(tmp_path, f"{','.join(KEY)},{columns}\n2022,a,b,453,453\n").rows[0]
    with pytest.raises(ConfigError, match='"grid-carbon-intensity" is no column of this table'):
        row.number("grid-carbon-intensity")


def test_columns_without_a_name_are_dropped(tmp_path: Path) -> None:
    row = table(tmp_path, f"{','.join(KEY)},,Unnamed: 23,{PUE}\n2024,a,b,x,y,1.2\n").rows[0]
    assert set(row.cells) == {*KEY, PUE}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 'regions.csv: there is no column "year"'),
        ("year,cloud-provider,cloud-region\n2024,a\n", "regions.csv:2: 2 cells under 3 columns"),
        ("year,cloud-provider,cloud-region\n24,a,b\n", "regions.csv:2: each row needs"),
        ("year,cloud-provider,cloud-region\n2024,,b\n", "regions.csv:2: each row needs"),
        (HEADER.strip() + f",{PUE}\n", f'regions.csv: the column "{PUE}" stands twice'),
        (
            HEADER.strip() + ",power-usage-efficiency\n",
            f'regions.csv: the column "{PUE}" stands twice',
        ),
        (HEADER + '2024,"a,b,1,2\n', "regions.csv: not CSV: unexpected end of data"),
        (HEADER.encode() + b"2024,\xff,b,1,2\n", "regions.csv:2: not UTF-8"),
        ("cfe-region,em-zone-id,location,net-carbon\n", "or one of an edition that names no reg"),
    ],
)
def test_what_is_no_such_table_is_refused_whole(
    tmp_path: Path, text: str | bytes, words: str
) -> None:
    assert words in refused(tmp_path, text)


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="there is no such file: correct the path"):
        read_table(tmp_path / "regions.csv")
    with pytest.raises(ConfigError, match="it is not a file: correct the path"):
        read_table(tmp_path)
    monkeypatch.setattr("config.region_metadata.LARGEST", 10)
    assert "is larger than 10 bytes" in refused(tmp_path, HEADER)


def test_a_byte_order_mark_blank_lines_and_spaces_do_no_harm(tmp_path: Path) -> None:
    text = "\ufeff" + HEADER.replace("\n", "\r\n") + " 2024 , a , b , 1.2 , \r\n,,,,\r\n\r\n"
    assert table(tmp_path, text).row("a", "b", PUE).number(PUE) == 1.2


NUMBERS = (PUE, AVERAGE_CONSUMPTION, "provider-cfe-hourly", "water-usage-effectiveness")
words = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12
)
places = st.tuples(st.integers(1990, 2199), words, words)


def numbers(column: str) -> st.SearchStrategy[str]:
    least, most = LIMITS.get(column, (0, 5000))
    return st.floats(least, most).map(repr) | st.sampled_from([*NOT_AVAILABLE, "NA"])


rows = st.lists(
    st.tuples(places, st.tuples(*(numbers(column) for column in NUMBERS))),
    max_size=8,
    unique_by=lambda row: row[0],
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=rows, order=st.permutations([*KEY, *NUMBERS]), ends=st.sampled_from(["\n", "\r\n"]))
def test_a_file_written_from_rows_reads_back_in_any_order_of_its_columns(
    tmp_path: Path,
    written: list[tuple[tuple[int, str, str], tuple[str, ...]]],
    order: list[str],
    ends: str,
) -> None:
    file = io.StringIO()
    writer = csv.DictWriter(file, order, lineterminator=ends)
    writer.writeheader()
    for place, cells in written:
        writer.writerow(dict(zip((*KEY, *NUMBERS), (*place, *cells), strict=True)))
    found = table(tmp_path, file.getvalue())
    assert len(found.rows) == len(written)
    for (year, provider, region), cells in written:
        for column, cell in zip(NUMBERS, cells, strict=True):
            row = found.row(provider, region, column, year)
            assert row.has(column) is (cell.lower() not in NOT_AVAILABLE)
            if row.has(column):
                assert row.number(column) == float(cell)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=80) | st.text(st.sampled_from('year,b\n\r"2024 \x00'), max_size=60))
def test_nothing_but_a_config_error_is_raised(tmp_path: Path, text: str | bytes) -> None:
    content = text if isinstance(text, bytes) else HEADER.encode() + text.encode()
    said = str(tmp_path / "regions.csv")
    try:
        table(tmp_path, content)
    except ConfigError as error:
        said = str(error)
    assert said.startswith(str(tmp_path / "regions.csv"))


@published
@pytest.mark.parametrize(("path", "count"), [(PUBLISHED, 373), (ESTIMATED, 198), (OLD, 266)])
def test_every_row_of_the_published_tables_is_read(path: Path, count: int) -> None:
    found = read_table(path)
    assert len(found.rows) == count
    wrong = 0
    for row in found.rows:
        for column in NUMBERS:
            if row.has(column):
                try:
                    row.number(column)
                except ConfigError:
                    wrong += 1
    # The old table has an address of a web page in a column of numbers.
    assert wrong == (1 if path == OLD else 0)


@published
def test_a_published_region_is_found_with_the_newest_year_that_has_the_figure() -> None:
    found = read_table(PUBLISHED)
    row = found.row("Google Cloud", "europe-west3", AVERAGE_CONSUMPTION)
    assert row.source == "Cloud_Region_Metadata.csv, Google Cloud europe-west3 2024"
    assert 0 < row.number(AVERAGE_CONSUMPTION) < 1000
    # Its marginal mean was filled for 2022 only.
    assert found.row("Google Cloud", "europe-west3", "grid-carbon-intensity").year == 2022
    with pytest.raises(ConfigError, match=f'"{PUE}" is blank in 2019, 2020, 2021, 2022, 2023, 202'):
        found.row("Google Cloud", "europe-west3", PUE)


@published
@pytest.mark.parametrize("year", [2022, 2023, None])
def test_the_published_region_that_stands_twice_is_refused(year: int | None) -> None:
    with pytest.raises(ConfigError, match=r"northeurope 202[23] stands there more"):
        read_table(PUBLISHED).row("Microsoft Azure", "northeurope", PUE, year)
