"""The resources of one poll: each is asked for once, and remembered until its end."""

from collections.abc import Iterable, Iterator, Mapping

from yarl import URL

from collectors.redfish.documents import Document, Point, link_of, members_of, path_of, value_at
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

EXPAND = ("ProtocolFeaturesSupported", "ExpandQuery")


class Reader:
    """Follows links, each once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._documents: dict[str, Document] = {}
        self._brought: dict[str, str] = {}
        self._asked = 0
        self.refused: Failure | None = None
        """Why a resource that is there could not be read."""

    @property
    def origin(self) -> URL:
        return self._session.origin

    @property
    def documents(self) -> Mapping[str, Document]:
        """What has come so far, by path."""
        return self._documents

    def brought_by(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return the requests that bring these resources, each once, in order."""
        return tuple(dict.fromkeys(self._brought.get(path, path) for path in paths))

    async def get(self, path: str) -> Document:
        """Return a resource, with all that is expanded in it. Raises Failure."""
        path = path.partition("#")[0]
        if path in self._documents:
            return self._documents[path]
        if self._asked >= MOST:
            raise Unsuited(f"it links to more than {MOST} resources")
        self._asked += 1
        document = await self._session.get(path)
        self._documents[path] = document
        for member, inner in self._expanded(document):
            self._documents.setdefault(member, inner)
            self._brought.setdefault(member, path)
        return document

    async def root(self) -> Document:
        """Return the service root. Raises Failure."""
        return await self.get(ROOT)

    async def follow(self, document: Document, name: str) -> tuple[str, Document] | None:
        """Return what a property links to, with its path; None if there is no such thing to read.

        Raises Failure for what stands in the way of all others too.
        """
        path = link_of(document, name, self.origin)
        return None if path is None else await self.try_get(path)

    async def members(self, document: Document, name: str) -> list[tuple[str, Document]]:
        """Return all that is in the collection a property links to, in one request if it can be.

        Raises Failure for what stands in the way of all others too.
        """
        path = link_of(document, name, self.origin)
        if path is None:
            return []
        found = []
        for member in await self._paths(path):
            one = await self.try_get(member)
            if one is not None:
                found.append(one)
        return found

    async def try_get(self, path: str) -> tuple[str, Document] | None:
        """Return a resource with its path; None if this one cannot be read.

        Raises Failure for what stands in the way of all others too.
        """
        try:
            return path.partition("#")[0], await self.get(path)
        except Missing:
            return None
        except (Malformed, Status) as failure:
            self.refused = failure
            return None

    async def _paths(self, path: str) -> list[str]:
        collection = await self._collection(path)
        paths: list[str] = []
        while collection is not None:
            paths += members_of(collection[1], self.origin)
            collection = await self.follow(collection[1], "Members@odata.nextLink")
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
