"""The page's files as bytes, plain and compressed once, with the tags by which they are known.

The charts are ECharts 6 as the package nicegui ships it: a module that is served as it is, and
nothing is imported of the package. Packages that ship a chart library were compared in headless
Chromium under the console's Content-Security-Policy, with 50 series of 1,440 points:

    nicegui 3.18   ECharts 6.1   368 kB compressed   loads in 0.15 s   draws in 0.49 s, again 0.27 s
    plotly 7.1     plotly.js 4.1 1,468 kB            1.4 s             0.39 s, again 0.2 s; breaks
                                                                       the policy (inline styles)
    bokeh 3.9      BokehJS       351 kB              0.3 s             has no Sankey diagram
    panel 1.9      ECharts 6.0   the same charts in a package of 30 MB
"""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import files as files_of
from importlib.resources import files
from importlib.resources.abc import Traversable

CHARTS = "nicegui/elements/echart/dist/"
"""Where the package of the charts has them: `index.js`, and the one chunk that it imports."""

KINDS: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One file."""

    body: bytes
    zipped: bytes
    kind: str
    tag: str

    @classmethod
    def of(cls, name: str, body: bytes) -> "Served":
        """Return a file by its name, which says what kind it is."""
        return cls(
            body=body,
            zipped=gzip.compress(body, 9, mtime=0),
            kind=KINDS[name.rpartition(".")[2]],
            tag=f'"{blake2b(body, digest_size=12).hexdigest()}"',
        )


@cache
def all_files() -> Mapping[str, Served]:
    """Return all files by their path below `/page/`."""
    found = {**dict(_own(files(__package__) / "static")), **dict(_charts())}
    return {path: Served.of(path, body) for path, body in found.items()}


def _own(folder: Traversable, below: str = "") -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _own(one, f"{below}{one.name}/")
        elif one.name.rpartition(".")[2] in KINDS:
            yield f"{below}{one.name}", one.read_bytes()


def _charts() -> Iterator[tuple[str, bytes]]:
    """Yield the library, without the part that draws in three dimensions."""
    shipped = {
        path.name: path.locate()
        for path in files_of("nicegui") or ()
        if str(path).startswith(CHARTS) and path.suffix == ".js"
    }
    index = shipped["index.js"].read_text()  # type: ignore[attr-defined] # a path of a file system
    for name, path in shipped.items():
        if name == "index.js" or name in index:
            yield f"charts/{name}", path.read_bytes()  # type: ignore[attr-defined] # as above
