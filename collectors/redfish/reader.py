"""The resources of one poll: each is asked for once, and remembered until its end."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from yarl import URL

from collectors.redfish.documents import (
    Document,
    Point,
    link_of,
    members_of,
    path_of,
    text_of,
    value_at,
)
from collectors.redfish.failures import (
    Failure,
    Malformed,
    Missing,
    Silent,
    Status,
    Unsuited,
)
from collectors.redfish.session import ROOT, Session

MOST = 1000
"""Resources that are asked for to learn a layout; a service that links to more has a circle."""

MOST_EXPANDED = 5000
"""Resources that come, those that are expanded in others among them."""

EXPAND = ("ProtocolFeaturesSupported", "ExpandQuery")
MOST_CUTS = 3
"""Polls that may end while one resource is waited for, after which it is done without."""

NEXT = "Members@odata.nextLink"
NO_SERIALS: Mapping[str, str] = {}


class Refusal(NamedTuple):
    """A resource that could not be read, and why."""

    path: str
    failure: Failure


class Reader:
    """Follows links, each once: also where learning goes on in a later poll, until it is done."""

    def __init__(self, session: Session, serials: Mapping[str, str] = NO_SERIALS) -> None:
        """`serials` are those known from before, by the paths of the resources that said them."""
        self._session = session
        self._serials = serials
        self._documents: dict[str, Document] = {}
        self._brought: dict[str, str] = {}
        self._failures: dict[str, Failure] = {}
        self._silent: dict[str, Failure] = {}
        self._asking = ""
        self._cuts: Counter[str] = Counter()
        self.refusals: list[Refusal] = []
        """What is there, by a link or a list, and could not be read; in order, perhaps twice."""
        self.identity: dict[str, str] = {}
        """The serial numbers of the equipment that is read, by path; empty where none is known."""

    @property
    def origin(self) -> URL:
        return self._session.origin

    @property
    def documents(self) -> Mapping[str, Document]:
        """What has come so far, by path."""
        return self._documents

    @property
    def count(self) -> int:
        """How many resources have come."""
        return len(self._documents)

    def brought_by(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return the requests that bring these resources, each once, in order."""
        return tuple(dict.fromkeys(self._brought.get(path, path) for path in paths))

    async def get(self, path: str) -> Document:
        """Return a resource, with all that is expanded in it. Raises Failure."""
        path = path.partition("#")[0]
        if path in self._documents:
            return self._documents[path]
        if path in self._failures:
            raise self._failures[path]
        if len(self._documents) + len(self._failures) - len(self._brought) >= MOST:
            raise Unsuited(f"it links to more than {MOST} resources")
        document = await self._ask(path)
        self._documents[path] = document
        for member, inner in self._expanded(document):
            if member not in self._documents:
                self._documents[member] = inner
                self._brought[member] = path
        if len(self._brought) > MOST_EXPANDED:
            raise Unsuited(f"it has more than {MOST_EXPANDED} resources")
        return document

    async def _ask(self, path: str) -> Document:
        self._asking = path
        try:
            document = await self._session.get(path)
        except Failure as failure:
            self._asking = ""
            if isinstance(failure, Silent):
                self._silent[path] = failure
            elif isinstance(failure, Malformed | Status):
                self._failures[path] = failure
            raise
        # Stays where the time was up in the middle.
        self._asking = ""
        return document

    async def resume(self) -> None:
        """Go on in a later poll. What did not answer in the one before, where all else did, is not
        asked again. Raises Failure if nothing answers any more.
        """
        await self._session.get(ROOT)
        cut, self._asking = self._asking, ""
        self._cuts[cut] += 1
        if cut and self._cuts[cut] >= MOST_CUTS:
            self._silent[cut] = Silent("its answer takes too long")
        self._silent.pop(ROOT, None)
        for path, failure in self._silent.items():
            self._failures[path] = Status(f"{path}: {failure}")
        self._silent.clear()
        self.refusals.clear()

    def serial_of(self, path: str, document: Document) -> str:
        """Return the serial number of a piece of equipment: where it says none now, the one that
        it said before.
        """
        serial = text_of(document, "SerialNumber") or self._serials.get(path, "")
        self.identity[path] = serial
        return serial

    async def root(self) -> Document:
        """Return the service root. Raises Failure."""
        return await self.get(ROOT)

    async def follow(self, document: Document, name: str) -> tuple[str, Document] | None:
        """Return what a property links to, with its path; None if there is no such thing to read.

        Raises Failure for what stands in the way of all others too.
        """
        path = link_of(document, name, self.origin)
        return None if path is None else await self.try_get(path)

    async def members(
        self, document: Document, name: str, *, most: int = MOST_EXPANDED
    ) -> list[tuple[str, Document]]:
        """Return what is in the collection a property links to, in one request if it can be.

        Raises Failure for what stands in the way of all others too.
        """
        path = link_of(document, name, self.origin)
        if path is None:
            return []
        found = []
        for member in (await self._paths(path))[:most]:
            one = await self.try_get(member, listed=True)
            if one is not None:
                found.append(one)
        return found

    async def try_get(self, path: str, *, listed: bool = False) -> tuple[str, Document] | None:
        """Return a resource with its path; None if this one cannot be read.

        One that a collection lists is there, even if the service says that it is not.

        Raises Failure for what stands in the way of all others too.
        """
        try:
            return path.partition("#")[0], await self.get(path)
        except (Malformed, Status) as failure:
            if listed or not isinstance(failure, Missing):
                self.refusals.append(Refusal(path, failure))
            return None

    async def _paths(self, path: str) -> list[str]:
        collection = await self._collection(path)
        paths: list[str] = []
        pages: set[str] = set()
        while collection is not None and collection[0] not in pages:
            pages.add(collection[0])
            paths += members_of(collection[1], self.origin)
            page = link_of(collection[1], NEXT, self.origin)
            collection = None if page is None else await self.try_get(page, listed=True)
        return list(dict.fromkeys(paths))

    async def _collection(self, path: str) -> tuple[str, Document] | None:
        """Return a collection, with its members in it if the service can do that (DSP0266
        section 7.3.1). One that cannot after all is asked without.
        """
        if "?" not in path and value_at(await self.root(), (*EXPAND, "NoLinks")) is True:
            levels = value_at(await self.root(), (*EXPAND, "Levels")) is True
            query = "?$expand=.($levels=1)" if levels else "?$expand=."
            try:
                return path, await self.get(path + query)
            except (Malformed, Silent, Status):
                pass
        return await self.try_get(path)

    def _expanded(self, document: Document) -> Iterator[tuple[str, Document]]:
        members = document.get("Members")
        for member in members if isinstance(members, list) else ():
            path = path_of(member, self.origin)
            if path is not None and isinstance(member, dict) and len(member) > 1:
                yield path, member


def paths_of(points: Iterable[Point]) -> Iterator[str]:
    """Return the resources that points stand in."""
    return (point.path for point in points)
