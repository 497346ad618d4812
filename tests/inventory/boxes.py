"""A small NetBox: two sites, and answers in the shapes of its versions 4 and 3.2."""

from collections.abc import Sequence
from typing import Any

from agent.inventory.netbox.answers import LISTS

Json = dict[str, Any]


def brief(number: int, name: str, **more: object) -> Json:
    """An object as it stands within another one."""
    return {
        "id": number,
        "url": f"http://netbox/api/x/{number}/",
        "display": name,
        "name": name,
    } | more


class Box:
    """What stands in a NetBox. Objects are added, and listed as its API does."""

    def __init__(self) -> None:
        self.lists: dict[str, list[Json]] = {path.removeprefix("dcim/"): [] for path in LISTS}
        self._number = 0

    def _add(self, path: str, **fields: object) -> Json:
        self._number += 1
        common = {"id": self._number, "display": fields["name"], "custom_fields": {}, "tags": []}
        self.lists[path].append(common | fields)
        return self.lists[path][-1]

    def site(self, slug: str, name: str, zone: str | None = None) -> Json:
        return self._add("sites", slug=slug, name=name, time_zone=zone, status=active())

    def device(self, site: Json, role: str, name: str | None, **fields: object) -> Json:
        addresses = {key: fields.pop(key, None) for key in ("primary_ip", "oob_ip")}
        more: Json = {
            key: None if value is None else {"id": 1, "family": {"value": 4}, "address": value}
            for key, value in addresses.items()
        }
        return self._add(
            "devices",
            name=name,
            site=brief(site["id"], site["name"], slug=site["slug"]),
            role=brief(1, role.title(), slug=role),
            device_type={"id": 1, "model": fields.pop("model", "Box 1000"), "slug": "box"},
            status=fields.pop("status", None) or active(),
            **more,
            **{key: fields.pop(key, None) for key in ("rack", "location", "tenant")},
            **fields,
        )

    def port(self, device: Json, name: str) -> Json:
        return self._add("power-ports", name=name, **_part(device))

    def outlet(self, device: Json, name: str, port: Json | None = None) -> Json:
        fed_by = None if port is None else brief(port["id"], port["name"])
        return self._add("power-outlets", name=name, power_port=fed_by, **_part(device))

    def panel(self, site: Json, name: str, **fields: object) -> Json:
        own = brief(site["id"], site["name"], slug=site["slug"])
        return self._add("power-panels", name=name, site=own, **fields)

    def feed(self, panel: Json, name: str, kind: str = "primary") -> Json:
        return self._add(
            "power-feeds",
            name=name,
            power_panel=brief(panel["id"], panel["name"]),
            type={"value": kind, "label": kind.title()},
            site=panel["site"],
            **_uncabled(),
        )

    def cable(self, port: Json, other: Json, *, status: str = "connected") -> Json:
        """Lay a cable from a power port to an outlet or a feed."""
        kinds = (
            "dcim.powerport",
            "dcim.powerfeed" if "power_panel" in other else "dcim.poweroutlet",
        )
        ends = [
            {"object_type": kind, "object_id": one["id"], "object": brief(one["id"], one["name"])}
            for kind, one in zip(kinds, (port, other), strict=True)
        ]
        cable = self._add(
            "cables",
            name="#",
            a_terminations=ends[:1],
            b_terminations=ends[1:],
            status={"value": status, "label": status.title()},
        )
        for one, peer, kind in ((port, other, kinds[1]), (other, port, kinds[0])):
            nested = brief(peer["id"], peer["name"])
            one["cable"] = {"id": cable["id"], "display": "#"}
            one["link_peers"] = one["connected_endpoints"] = [nested]
            one["link_peers_type"] = one["connected_endpoints_type"] = kind
            one["connected_endpoints_reachable"] = status == "connected"
        return cable

    def answers(self) -> dict[str, list[Json]]:
        return {f"dcim/{name}": objects for name, objects in self.lists.items()}


def active() -> Json:
    return {"value": "active", "label": "Active"}


def _part(device: Json) -> Json:
    return {"device": brief(device["id"], device["name"]), "site": device["site"], **_uncabled()}


def _uncabled() -> Json:
    return {
        "cable": None,
        "link_peers": [],
        "link_peers_type": None,
        "connected_endpoints": None,
        "connected_endpoints_type": None,
        "connected_endpoints_reachable": None,
    }


def two_feeds() -> Box:
    """A rack on two feeds behind two UPSs, with three servers, a switch and a meter."""
    box = Box()
    ams = box.site("ams-1", "Amsterdam 1", "Europe/Amsterdam")
    hall = {"location": brief(1, "Hall 2"), "rack": brief(1, "r07"), "tenant": brief(1, "acme")}
    meter = box.device(ams, "power-meter", "main-meter", primary_ip="192.0.2.1/24")
    main = box.panel(ams, "Main board", custom_fields={"ups": "main-meter"})
    upses = [
        box.device(ams, "ups", name, primary_ip=f"192.0.2.{number}/24")
        for number, name in enumerate(("UPS-A", "UPS-B"), 10)
    ]
    panels = [
        box.panel(ams, "Panel UPS-A", custom_fields={"ups": None}),
        box.panel(ams, "PP-B", custom_fields={"ups": [brief(upses[1]["id"], "UPS-B")]}),
    ]
    for ups in upses:
        box.cable(box.port(ups, "in"), box.feed(main, f"to {ups['name']}"))
    outlets = []
    for letter, panel, number in zip("AB", panels, (20, 21), strict=True):
        pdu = box.device(
            ams, "rack-pdu", f"PDU R07/{letter}", primary_ip=f"192.0.2.{number}/24", **hall
        )
        inlet = box.port(pdu, "Inlet")
        box.cable(
            inlet, box.feed(panel, f"R07-{letter}", "primary" if letter == "A" else "redundant")
        )
        outlets.append([box.outlet(pdu, f"Outlet {n:02}", inlet) for n in range(1, 13)])
    for number in (1, 2, 10):
        server = box.device(
            ams, "servers", f"srv-{number}", oob_ip=f"192.0.2.{100 + number}/24", **hall
        )
        for name, side in zip(("PSU1", "PSU2"), outlets, strict=True):
            box.cable(box.port(server, name), side[number])
    switch = box.device(ams, "leaf", "leaf-1", primary_ip="192.0.2.200/24")
    box.cable(box.port(switch, "PSU1"), outlets[0][0])
    assert meter
    return box


def old(objects: Sequence[Json]) -> list[Json]:
    """The same objects as NetBox 3.2 lists them."""
    return [_old(one) for one in objects]


def _old(one: Json) -> Json:
    found = {key: value for key, value in one.items() if not key.endswith("endpoints_reachable")}
    if "role" in found:
        found["device_role"] = found.pop("role")
    if "link_peers" in found:
        peers = found.pop("link_peers")
        found["link_peer"] = peers[0] if peers else None
        found["link_peer_type"] = found.pop("link_peers_type")
        del found["connected_endpoints"], found["connected_endpoints_type"]
        found["connected_endpoint_reachable"] = one["connected_endpoints_reachable"]
    for side in "ab":
        for end in found.pop(f"{side}_terminations", ()):
            found[f"termination_{side}_type"] = end["object_type"]
            found[f"termination_{side}_id"] = end["object_id"]
    return found
