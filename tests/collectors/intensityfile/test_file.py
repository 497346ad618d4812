"""Files of hours: what is read, what is missing, and what is refused by its line."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Intensity, Kind, Mix
from collectors.intensityfile import IntensityFile, IntensityFileSettings
from collectors.intensityfile.file import File

WRITTEN = datetime(2026, 3, 10, 6, tzinfo=UTC)
GOOD = "start,intensity\n2026-03-10T00:00:00Z,187.5\n2026-03-10T01:00:00Z,180\n"

Write = Callable[..., Path]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hours.csv"


def write(path: Path, text: str | bytes, at: datetime = WRITTEN) -> None:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(path, (at.timestamp(), at.timestamp()))


def remove(path: Path) -> None:
    path.unlink()


def opened(path: Path, **options: object) -> File:
    settings = IntensityFileSettings.model_validate({"name": "own", "path": path, **options})
    return IntensityFile(Clock()).collector(settings)


async def read(path: Path, **options: object) -> list[Intensity]:
    return list(await opened(path, **options).collect())


async def test_an_hour_needs_no_more_than_its_start_and_its_value(path: Path) -> None:
    write(path, GOOD)
    first, second = await read(path)
    assert (first.value, second.value) == (187.5, 180)
    assert first.start == datetime(2026, 3, 10, tzinfo=UTC)
    assert (first.grid, first.zone, first.source) == ("own", "own", "file")
    assert (first.kind, first.period) == (Kind.DIRECT, timedelta(hours=1))
    assert not first.estimated


async def test_the_version_is_the_time_the_file_was_written(path: Path) -> None:
    write(path, GOOD)
    assert {row.version for row in await read(path)} == {WRITTEN}


async def test_every_column_of_the_sample_is_read() -> None:
    sample = files("collectors.intensityfile").joinpath("sample.csv")
    with_both = await read(Path(str(sample)), kinds=["direct", "lifecycle"], zone="XX-1")
    assert [(row.kind.value, row.start.hour, row.value, row.estimated) for row in with_both] == [
        ("direct", 0, 187.5, False),
        ("direct", 1, 182.0, True),
        ("direct", 2, 179.2, False),
        ("lifecycle", 0, 241.0, False),
        ("direct", 0, 190.0, True),
    ]
    assert [row.forecast for row in with_both] == [False] * 4 + [True]
    assert {row.mix for row in with_both} == {Mix.CONSUMPTION}
    assert {row.zone for row in with_both} == {"XX-1"}
    assert with_both[2].updated_at == datetime(2026, 3, 12, 6, 30, tzinfo=UTC)


async def test_only_the_kinds_of_the_settings_are_read() -> None:
    sample = files("collectors.intensityfile").joinpath("sample.csv")
    assert {row.kind for row in await read(Path(str(sample)), kinds=["lifecycle"])} == {
        Kind.LIFECYCLE
    }


async def test_only_the_mix_of_the_settings_is_read() -> None:
    sample = files("collectors.intensityfile").joinpath("sample.csv")
    (row,) = [row for row in await read(Path(str(sample)), mix="production") if row.value == 164]
    assert (row.mix, row.kind) == (Mix.PRODUCTION, Kind.DIRECT)


@pytest.mark.parametrize("mix", list(Mix))
async def test_without_a_column_or_a_word_the_mix_is_that_of_the_settings(
    path: Path, mix: Mix
) -> None:
    for text in (GOOD, "start,intensity,mix\n2026-03-10T00:00:00Z,1,\n"):
        write(path, text)
        assert {row.mix for row in await read(path, mix=mix)} == {mix}


async def test_a_forecast_and_what_came_true_are_two_figures_of_one_hour(path: Path) -> None:
    write(
        path,
        "start,intensity,forecast,updated\n"
        "2026-03-10T00:00:00Z,190,true,2026-03-09T12:00:00Z\n"
        "2026-03-10T00:00:00Z,187,,2026-03-09T12:00:00Z\n",
    )
    said, came = await read(path)
    assert (said.forecast, said.estimated, said.method, said.version.day) == (
        True,
        True,
        "forecast",
        9,
    )
    assert (came.forecast, came.estimated, came.method) == (False, False, "")


async def test_a_forecast_that_comes_true_in_the_file_is_new(path: Path) -> None:
    text = "start,intensity,forecast\n2026-03-10T00:00:00Z,190,yes\n"
    write(path, text)
    file = opened(path)
    assert [row.forecast for row in await file.collect()] == [True]
    write(path, text.replace("yes", "no"), WRITTEN + timedelta(hours=1))
    assert [row.forecast for row in await file.collect()] == [False]


async def test_without_a_column_the_kind_is_that_of_the_settings(path: Path) -> None:
    write(path, GOOD)
    assert {row.kind for row in await read(path, kinds=["marginal"])} == {Kind.MARGINAL}


@pytest.mark.parametrize("cell", ["", " ", "NA", "na", "N/A", "null"])
async def test_a_blank_value_is_missing_and_not_zero(path: Path, cell: str) -> None:
    write(path, f"start,intensity\n2026-03-10T00:00:00Z,{cell}\n2026-03-10T01:00:00Z,0\n")
    (row,) = await read(path)
    assert (row.start.hour, row.value) == (1, 0)


async def test_times_with_an_offset_are_utc_inside(path: Path) -> None:
    write(path, "start,intensity\n2026-03-10T05:30:00+05:30,700\n")
    assert [row.start for row in await read(path)] == [datetime(2026, 3, 10, tzinfo=UTC)]


async def test_finer_periods_than_hours_are_read(path: Path) -> None:
    write(path, "start,intensity,period\n2026-03-10T00:15:00Z,700,15m\n2026-03-10T00:30:00Z,1,\n")
    assert [row.period for row in await read(path)] == [timedelta(minutes=15), timedelta(hours=1)]


async def test_spreadsheets_marks_and_line_ends_do_no_harm(path: Path) -> None:
    write(path, b"\xef\xbb\xbfStart, Intensity\r\n2026-03-10T00:00:00Z, 187.5\r\n,\r\n\r\n")
    assert [row.value for row in await read(path)] == [187.5]


async def test_a_file_that_is_as_it_was_is_not_read_again(path: Path) -> None:
    write(path, GOOD)
    file = opened(path)
    assert len(await file.collect()) == 2
    assert len(await file.collect()) == 0


async def test_a_file_that_was_written_again_gives_what_is_new_in_it(path: Path) -> None:
    write(path, GOOD)
    file = opened(path)
    await file.collect()
    later = WRITTEN + timedelta(hours=1)
    write(path, GOOD.replace("180", "175") + "2026-03-10T02:00:00Z,170\n", later)
    rows = await file.collect()
    assert [(row.start.hour, row.value, row.version) for row in rows] == [
        (1, 175, later),
        (2, 170, later),
    ]


async def test_a_value_that_is_set_back_is_a_newer_version_of_the_old_one(path: Path) -> None:
    file = opened(path)
    for turn, value in enumerate(("180", "175", "180")):
        write(path, GOOD.replace("180", value), WRITTEN + timedelta(hours=turn))
        rows = await file.collect()
        assert rows[-1].value == float(value)
        assert rows[-1].version == WRITTEN + timedelta(hours=turn)


async def test_two_versions_of_an_hour_may_stand_in_one_file(path: Path) -> None:
    write(
        path,
        "start,intensity,updated\n"
        "2026-03-10T00:00:00Z,190,2026-03-10T01:00:00Z\n"
        "2026-03-10T00:00:00Z,187,2026-03-11T01:00:00Z\n",
    )
    assert [(row.value, row.version.day) for row in await read(path)] == [(190, 10), (187, 11)]


HEAD = "start,intensity\n"
HOUR = "2026-03-10T00:00:00Z"
BAD = [
    (HEAD + f"{HOUR},-5\n", "2: intensity '-5' is not zero or more: write g CO2e per kWh"),
    (HEAD + f"{HOUR},much\n", "2: intensity 'much' is not a number"),
    (HEAD + f"{HOUR},nan\n", "2: intensity 'nan' is not zero or more"),
    (HEAD + f"{HOUR},inf\n", "2: intensity 'inf' is not zero or more"),
    (HEAD + f'{HOUR},"187,5"\n', "2: intensity '187,5' is not a number"),
    (HEAD + f"{HOUR},187,5\n", "2: 3 cells under 2 columns"),
    (HEAD + f"{HOUR}\n", "2: 1 cells under 2 columns"),
    (HEAD + "2026-03-10T00:00:00,187\n", "2: '2026-03-10T00:00:00' is a time without an offset"),
    (HEAD + "yesterday,187\n", "2: Invalid isoformat string: 'yesterday'"),
    (HEAD + ",187\n", "2: Invalid isoformat string: ''"),
    (HEAD + f"{HOUR},1\n{HOUR},2\n", "3: the same hour stands in line 2: remove one"),
    (HEAD + f'{HOUR},"1\n', "unexpected end of data"),
    ("start,intensity,kind\n" + f"{HOUR},1,average\n", "2: kind is 'average': allowed are direct"),
    ("start,intensity,period\n" + f"{HOUR},1,60\n", "2: period must be a time with its unit"),
    ("start,intensity,estimated\n" + f"{HOUR},1,maybe\n", "2: estimated is 'maybe': write true"),
    ("start,intensity,mix\n" + f"{HOUR},1,residual\n", "2: mix is 'residual': allowed are cons"),
    ("start,intensity,forecast\n" + f"{HOUR},1,soon\n", "2: forecast is 'soon': write true or"),
    ("start,intensity,updated\n" + f"{HOUR},1,2026-03-10\n", "2: '2026-03-10' is a time without"),
    ("start,intensity,udpated\n", "1: unknown column 'udpated': allowed are start, intensity"),
    ("start,intensity,start\n", "1: the column 'start' stands twice"),
    ("start;intensity\n", "1: there is no column 'start': the first line names the columns"),
    ("start,value\n", "1: there is no column 'intensity'"),
    ("", "1: there is no column 'start'"),
    (b"start,intensity\n\xff\xfe\n", "is not UTF-8 text"),
]


@pytest.mark.parametrize(("text", "words"), BAD, ids=[words for _, words in BAD])
async def test_a_bad_line_refuses_the_file_by_its_number_until_it_is_right(
    path: Path, text: str | bytes, words: str
) -> None:
    file = opened(path)
    write(path, GOOD)
    assert len(await file.collect()) == 2
    write(path, text, WRITTEN + timedelta(hours=1))
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            await file.collect()
        assert str(caught.value).startswith(f"own: {path}")
        assert words in str(caught.value)
    write(path, GOOD + "2026-03-10T02:00:00Z,170\n", WRITTEN + timedelta(hours=2))
    assert [row.value for row in await file.collect()] == [170]


async def test_a_missing_file_is_named_with_the_way_out_until_it_is_there(path: Path) -> None:
    file = opened(path)
    with pytest.raises(Unavailable, match=r"cannot read .*No such file or directory: write the"):
        await file.collect()
    write(path, GOOD)
    assert len(await file.collect()) == 2
    remove(path)
    with pytest.raises(Unavailable):
        await file.collect()
    write(path, GOOD + "2026-03-10T02:00:00Z,170\n", WRITTEN + timedelta(hours=2))
    assert len(await file.collect()) == 1


async def test_what_is_no_file_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(Unavailable, match="is not a regular file"):
            await opened(place).collect()


async def test_several_kinds_need_a_column_that_tells_them_apart(path: Path) -> None:
    write(path, GOOD)
    with pytest.raises(Unavailable, match="there is no column 'kind' but `kinds` is direct, life"):
        await read(path, kinds=["direct", "lifecycle"])


@pytest.mark.parametrize(("options", "words"), [({"kinds": []}, "kinds"), ({"paht": "x"}, "paht")])
def test_settings_that_cannot_work_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        opened(Path("hours.csv"), **options)
