"""What cannot stand in for an intensity or a PUE."""

from tests.config.cases.case import Case

HEADER = (
    "year,cloud-provider,cloud-region,power-usage-effectiveness,provider-cfe-hourly,"
    "grid-carbon-intensity-average-consumption-annual\n"
)
TABLE = HEADER + (
    "2023,Cloud One,east-1,1.31,0.4,380\n"
    "2024,Cloud One,east-1,1.29,0.5,NA\n"
    "2024,Cloud One,north-1,,,\n"
    "2024,Cloud One,south-1,0.9,0.5,12 000\n"
    "2024,Cloud Two,west-1,1.2,0.5,100\n"
    "2024,Cloud Two,west-1,1.3,0.5,400\n"
)
FORMS = (
    "estimate, forecast, last-year, {grid: NAME}, {forecast: 12h} or "
    "{annual: {value: 380, year: 2025}}"
)
AVERAGES = (
    "grid-carbon-intensity-average-consumption-annual, "
    "grid-carbon-intensity-average-production-annual, "
    "provider-carbon-intensity-average-consumption-hourly"
)
AT = 'carbond.yaml:4: sites[0] "a": '
GRIDS = "grids: [{name: de, type: file, path: x}, {name: nl, type: file, path: x}]\n"


def fallback(name: str, item: str, says: str) -> Case:
    """A fault of one item of `fallback`, in line 4."""
    text = f"sites:\n- name: a\n  grid: de\n  fallback: [last-year, {item}]\n{GRIDS}"
    return Case(name=name, text=text, sites="", says=AT + says, files={"t.csv": TABLE})


def annual(name: str, options: str, says: str) -> Case:
    """A fault of the options of `annual`."""
    return fallback(name, f"annual: {options}", f'"fallback[1].annual{says}')


def row(name: str, options: str, says: str, table: str = TABLE) -> Case:
    """A fault of the row of a table that the PUE is taken from."""
    text = f"sites:\n- name: a\n  pue:\n    declared: {{file: t.csv, {options}}}\n"
    says = f'carbond.yaml:4: sites[0] "a": "pue.declared{says}'
    return Case(name=name, text=text, sites="", says=says, files={"t.csv": table})


ITEMS = [
    fallback(
        "word that is none",
        "estmate",
        f'"fallback[1]" must be {FORMS}, not "estmate"; did you mean "estimate"?',
    ),
    fallback("word that needs a value", "annual", f'"fallback[1]" must be {FORMS}, not "annual"'),
    fallback("list that is to stand in", "[estimate]", f'"fallback[1]" must be {FORMS}'),
    fallback("nothing that is to stand in", "~", f'"fallback[1]" must be {FORMS}'),
    fallback(
        "two things in one item",
        "{grid: nl, forecast: 6h}",
        '"fallback[1]" must be one of {grid: NAME}, {forecast: 12h} or '
        "{annual: {value: 380, year: 2025}}, each in an item of its own",
    ),
    fallback(
        "key that is no form",
        "{gird: nl}",
        '"fallback[1]": unknown key "gird"; did you mean "grid"? Allowed: grid, forecast, annual',
    ),
    fallback(
        "grid of a fallback that does not exist",
        "grid: fr",
        '"fallback[1].grid" names no grid: there is no "fr"; name one of these: de, nl',
    ),
    fallback(
        "grid that stands in for itself",
        "grid: de",
        '"fallback[1].grid" is the site\'s own grid, which cannot stand in for itself: '
        "name another",
    ),
    fallback(
        "forecast without a unit",
        "forecast: 12",
        '"fallback[1].forecast" must be a time with its unit, such as 60s, 5m, 1h or 100d, not 12',
    ),
    fallback(
        "word that stands twice",
        "last-year",
        '"fallback": last-year stands in it twice, as [0] and [1]: remove one',
    ),
    fallback(
        "forecast that stands twice",
        "forecast, forecast: 6h",
        '"fallback": forecast stands in it twice, as [1] and [2]: remove one',
    ),
    fallback(
        "grid that stands twice",
        "grid: nl, grid: nl",
        '"fallback": grid nl stands in it twice, as [1] and [2]: remove one',
    ),
    fallback(
        "annual value that stands twice",
        "annual: {value: 380, year: 2023}, "
        "annual: {file: t.csv, provider: Cloud One, region: east-1}",
        '"fallback": annual direct 2023 stands in it twice, as [1] and [2]: remove one',
    ),
    Case(
        name="fallback that is no list",
        text="sites: [{name: a, fallback: estimate}]\n",
        sites="",
        says='carbond.yaml:1: sites[0] "a": "fallback" must be a list, not a single value',
    ),
]

ANNUALS = [
    annual("annual number", "380", '" must be a mapping of keys and values, not a single value'),
    annual(
        "annual value that is none",
        "{year: 2025}",
        '": there is no `value`, and for a row of a table there is no `file`, `provider`, '
        "`region`: write a `value` with its `year`, or a `file` with `provider` and `region`",
    ),
    annual(
        "annual row without its region",
        "{file: t.csv, provider: Cloud One}",
        '": there is no `value`, and for a row of a table there is no `region`: write a `value` '
        "with its `year`, or a `file` with `provider` and `region`",
    ),
    annual(
        "annual value without its year",
        "{value: 380}",
        '": `year` is missing: say which year the `value` is of',
    ),
    annual(
        "annual value beside a row",
        "{value: 380, year: 2025, region: east-1}",
        '": `value` and `region` exclude each other: leave one of them',
    ),
    annual(
        "annual value below zero", "{value: -1, year: 2025}", '.value" must be at least 0, not -1'
    ),
    annual(
        "annual value in another unit",
        "{value: 380000, year: 2025}",
        '.value" must be at most 5000, not 380000',
    ),
    annual("year of two digits", "{value: 380, year: 25}", '.year" must be at least 1990, not 25'),
    annual(
        "age without end",
        "{value: 380, year: 2025, oldest: 99}",
        '.oldest" must be at most 20, not 99',
    ),
    annual(
        "annual value of the margin",
        "{value: 380, year: 2025, kind: marginal}",
        '.kind" must be direct or lifecycle: no annual value stands in for a marginal intensity',
    ),
    annual(
        "marginal column",
        "{file: t.csv, provider: Cloud One, region: east-1, column: grid-carbon-intensity}",
        f'.column" must be a column of averages ({AVERAGES}), not "grid-carbon-intensity": what is '
        "marginal or market-based is never taken for the average of a grid",
    ),
    annual(
        "column by its former name",
        "{file: t.csv, provider: Cloud One, region: east-1, column: grid-carbon-intensity-24x7}",
        '.column": is called "provider-carbon-intensity-average-consumption-hourly" since 2024: '
        "write that",
    ),
    annual(
        "column that the table does not have",
        "{file: t.csv, provider: Cloud One, region: east-1, "
        "column: grid-carbon-intensity-average-production-annual}",
        '": t.csv: Cloud One east-1: "grid-carbon-intensity-average-production-annual" is no '
        "column of this table (editions before 2024 have fewer, and other meanings)",
    ),
    annual(
        "annual figure that is not available",
        "{file: t.csv, provider: Cloud One, region: east-1, year: 2024}",
        '": t.csv:3: Cloud One east-1 2024: "grid-carbon-intensity-average-consumption-annual" is '
        "not available (blank or NA)",
    ),
    annual(
        "annual figure with a space in it",
        "{file: t.csv, provider: Cloud One, region: south-1}",
        '": t.csv:5: Cloud One south-1 2024: "grid-carbon-intensity-average-consumption-annual" is '
        '"12 000", not a number such as 1234.5',
    ),
]

ROWS = [
    row(
        "PUE of a row below one",
        "provider: Cloud One, region: south-1",
        '": t.csv:5: Cloud One south-1 2024: "power-usage-effectiveness" is 0.9, and must be from '
        "1 to 10",
    ),
    row(
        "PUE that is not available in any year",
        "provider: Cloud One, region: north-1",
        '": t.csv: Cloud One north-1: "power-usage-effectiveness" is blank in 2024',
    ),
    row(
        "provider that is not in the table",
        "provider: One, region: east-1",
        '": t.csv: there is no provider "One"; name one of these: Cloud One, Cloud Two',
    ),
    row(
        "region that is not in the table",
        "provider: Cloud One, region: east-2",
        '": t.csv: Cloud One has no region "east-2"; did you mean "east-1"?',
    ),
    row(
        "year that is not in the table",
        "provider: Cloud One, region: east-1, year: 2025",
        '": t.csv: there is no row of Cloud One east-1 of 2025, only of 2023, 2024',
    ),
    row(
        "row that stands twice",
        "provider: Cloud Two, region: west-1",
        '": t.csv: Cloud Two west-1 2024 stands there more than once, in lines 6 and 7: keep the '
        "right one in a copy of the table, and name that",
    ),
    row(
        "row without its provider",
        "region: east-1",
        '.provider" is missing: The provider, as the table writes it, such as Google Cloud.',
    ),
    row(
        "table that is none",
        "provider: Cloud One, region: east-1",
        '": t.csv: there is no column "year": it is no table of cloud region metadata, or one of '
        "an edition that names no regions",
        table="region;pue\n",
    ),
    Case(
        name="table that does not exist",
        text="sites:\n- name: a\n  pue: {declared: {file: t.csv, provider: x, region: y}}\n",
        sites="",
        says='carbond.yaml:3: sites[0] "a": "pue.declared": t.csv: there is no such file: correct '
        "the path of the region metadata",
    ),
    Case(
        name="declared PUE that is a list",
        text="sites: [{name: home, pue: {declared: [1.4]}}]\n",
        sites="",
        says='carbond.yaml:1: sites[0] "home": "pue.declared" must be a number, not a list',
    ),
]

FALLBACK = [*ITEMS, *ANNUALS, *ROWS]
