"""Links from one board to another. They carry the time range and all that was chosen."""

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLinkType


def siblings(tag: str) -> DashboardLink:
    """Return the list of all boards with a tag, at the top of each of them."""
    link = DashboardLink("carbond").type(DashboardLinkType.DASHBOARDS).tags([tag])
    return (
        link.as_dropdown(as_dropdown=False)
        .include_vars(include_vars=True)
        .keep_time(keep_time=True)
    )


def to_board(title: str, uid: str, *carried: str, **chosen: str) -> DashboardLink:
    """Return a link from a value to a board.

    What is `carried` goes there as it was chosen here; what is `chosen` is set to what stands
    beside the value, such as `rack="${__data.fields.rack}"`.
    """
    variables = [f"${{{name}:queryparam}}" for name in ("datasource", *carried)]
    variables += [f"var-{name}={value}" for name, value in chosen.items()]
    url = f"/d/{uid}?{'&'.join(variables)}&${{__url_time_range}}"
    return DashboardLink(title).url(url)
