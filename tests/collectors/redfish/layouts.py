"""The trees of the recorded services, and paths in them."""

from typing import Any

from tests.collectors.redfish.conftest import recording

SERVER = "server-power-control"
CHASSIS = "/redfish/v1/Chassis/System.Embedded.1"
OPENBMC = "/redfish/v1/Chassis/chassis"

Tree = dict[str, Any]


def tree_of(name: str) -> Tree:
    tree: Tree = recording(name)["tree"]
    return tree
