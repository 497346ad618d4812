"""Which sensors are the power of a machine, by their names, entities and directions."""

import pytest

from collectors.ipmi.choice import inputs_of, outputs_of, total_of
from collectors.ipmi.conversion import Factors, Form
from collectors.ipmi.failures import Failure
from collectors.ipmi.naming import words
from collectors.ipmi.sdr import Direction, Sensor, Unit

SYSTEM, UNIT, BOARD, PSU_1, PSU_2 = (7, 1), (19, 1), (21, 1), (10, 1), (10, 2)


def sensor(
    name: str, entity: tuple[int, int] = SYSTEM, direction: Direction = Direction.UNSAID
) -> Sensor:
    return Sensor(
        name=name,
        number=1,
        lun=0,
        entity=entity[0],
        instance=entity[1],
        unit=Unit.WATT,
        direction=direction,
        form=Form.UNSIGNED,
        curve=0,
        factors=Factors(m=1, b=0, b_exponent=0, r_exponent=0),
    )


def chosen(*sensors: Sensor, name: str | None = None) -> tuple[list[str], bool]:
    choice = total_of(sensors, name)
    return [one.name for one in choice.sensors], choice.is_sum


def test_all_patterns_are_there() -> None:
    assert words().supply.search("psu1 pin")


@pytest.mark.parametrize("entity", [SYSTEM, UNIT, BOARD])
@pytest.mark.parametrize("name", ["Pwr Consumption", "System Level", "Watt"])
def test_a_total_is_found_under_three_entities(name: str, entity: tuple[int, int]) -> None:
    assert chosen(sensor(name, entity)) == ([name], False)


@pytest.mark.parametrize(
    "total",
    [
        "Pwr Consumption", "System Level", "Power Meter", "SYS_POWER", "Total_Power", "POWER",
        "POWER_USAGE", "Current Power", "Sys Power", "PW Total", "Node Power",
    ],
)  # fmt: skip
def test_a_total_is_known_by_its_name_beside_parts_limits_and_supplies(total: str) -> None:
    sensors = [
        sensor("CPU0_Power"), sensor("Processor1 POWER"), sensor("Mem Proc0 Pwr"),
        sensor("Total_FAN_Power"), sensor("Fan Power A"), sensor("P12V Power"), sensor("HDD Power"),
        sensor("Power Cap"), sensor("Sys Power Max"), sensor("PSU1 PIN", PSU_1),
        sensor(total), sensor("PSU1 POUT", PSU_1), sensor("PSU2 PIN", PSU_2),
    ]  # fmt: skip
    assert chosen(*sensors) == ([total], False)


@pytest.mark.parametrize(
    "name",
    [
        "PS{} Input Power", "PSU{} PIN", "PSU{}_PIn", "PS{} Power In", "ps{}_input_power",
        "PMB{}Power", "Power Supply {}", "PSU{} Input",
    ],
)  # fmt: skip
def test_supplies_are_known_by_their_names_whatever_entity_they_stand_under(name: str) -> None:
    both = [name.format(1), name.format(2)]
    for entities in ((PSU_1, PSU_2), (PSU_1, PSU_1), (SYSTEM, SYSTEM), ((10, 0x60), (10, 0x61))):
        sensors = [sensor(one, entity) for one, entity in zip(both, entities, strict=True)]
        assert chosen(*sensors) == (both, True)
        assert list(inputs_of(sensors)) == ["1", "2"]


def test_a_supply_without_a_number_has_that_of_its_entity_as_tools_show_it() -> None:
    sensors = [sensor("AC Watts", (10, 0x61)), sensor("AC Watts B", (10, 0x62))]
    assert list(inputs_of(sensors)) == ["97", "98"]


def test_outputs_are_never_summed() -> None:
    sensors = [
        sensor("PSU1 PIN", PSU_1), sensor("PSU1 POUT", PSU_1),
        sensor("PSU2 PIN", PSU_2), sensor("PSU2 POUT", PSU_2),
    ]  # fmt: skip
    assert chosen(*sensors) == (["PSU1 PIN", "PSU2 PIN"], True)
    assert {key: one.name for key, one in outputs_of(sensors).items()} == {
        "1": "PSU1 POUT",
        "2": "PSU2 POUT",
    }


def test_the_direction_in_the_record_counts_before_the_name() -> None:
    sensors = [
        sensor("PSU1 Power", PSU_1, Direction.OUTPUT),
        sensor("PSU1 Power 2", PSU_1, Direction.INPUT),
    ]
    assert chosen(*sensors) == (["PSU1 Power 2"], True)
    assert total_of(sensors, None).whole


def test_a_supply_with_an_output_alone_leaves_the_sum_partial() -> None:
    choice = total_of([sensor("PSU1 PIN", PSU_1), sensor("PSU2 POUT", PSU_2)], None)
    assert ([one.name for one in choice.sensors], choice.whole) == (["PSU1 PIN"], False)


def test_the_input_of_a_supply_counts_before_a_power_of_it_that_says_nothing() -> None:
    sensors = [sensor("PSU1 Power", PSU_1), sensor("PSU1 PIN", PSU_1)]
    assert chosen(*sensors) == (["PSU1 PIN"], True)


def test_a_total_under_the_entity_of_supplies_is_never_added_to_them() -> None:
    sensors = [sensor("PSU1 PIN", PSU_1), sensor("Total Power", (10, 3)), sensor("PSU2", PSU_2)]
    assert chosen(*sensors) == (["Total Power"], False)


def test_what_comes_out_of_all_supplies_is_not_what_the_machine_draws() -> None:
    total, out = sensor("Total Power"), sensor("Total Power Out")
    assert chosen(total, out) == (["Total Power"], False)
    assert chosen(out, sensor("PSU1", PSU_1)) == (["PSU1"], True)
    with pytest.raises(Failure, match="it has Total Power Out: name one by `sensor`"):
        chosen(out)


def test_system_board_power_unit_and_power_board_count_in_this_order() -> None:
    sensors = [sensor("Sys A", BOARD), sensor("Sys B", UNIT), sensor("Sys C", SYSTEM)]
    assert chosen(*sensors) == (["Sys C"], False)
    assert chosen(*sensors[:2]) == (["Sys B"], False)


def test_the_power_of_a_component_is_no_total() -> None:
    with pytest.raises(Failure, match="no power sensor of the system or of a supply's input"):
        chosen(sensor("Watts", (3, 1)), sensor("CPU Power"), sensor("Power Limit"))


@pytest.mark.parametrize(
    "sensors",
    [
        [sensor("Sys Power"), sensor("Node Power")],
        [sensor("Watt A"), sensor("Watt B")],
        [sensor("Wall", PSU_1), sensor("Wall too", PSU_1)],
    ],
)
def test_several_that_may_be_the_one_are_not_guessed_at(sensors: list[Sensor]) -> None:
    names = f"{sensors[0].name}, {sensors[1].name}"
    with pytest.raises(Failure, match=f"may be its power: {names}; name one by `sensor`"):
        chosen(*sensors)
    assert chosen(*sensors, name=sensors[1].name.upper()) == ([sensors[1].name], False)


def test_a_named_sensor_that_is_not_there_is_a_failure_that_says_what_there_is() -> None:
    with pytest.raises(Failure, match="it has no power sensor Watt; it has Sys Power"):
        chosen(sensor("Sys Power"), name="Watt")
