"""Where in an input something stands, so that a person can go there."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from msgspec import Struct

Step: TypeAlias = str | int
Path: TypeAlias = tuple[Step, ...]


class Location(Struct, frozen=True, order=True):
    """Lines `line` to `end_line` of a file, counted from 1; `path` is relative to where the scan began."""

    path: str
    line: int
    end_line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Places(Protocol):
    """Finds the location of a part of a declaration or document, as late as it is asked for."""

    def at(self, path: Path) -> Location | None:
        """Return where `path` stands, else its nearest enclosing part, else None."""
        ...


class OnePlace(Struct, frozen=True):
    """Places of something that is written in one spot, or nowhere."""

    location: Location | None = None

    def at(self, path: Path) -> Location | None:
        return self.location


class PlaceTable(Struct, frozen=True):
    """Places that were noted while reading: a location for each path that has one of its own."""

    table: dict[Path, Location]

    def at(self, path: Path) -> Location | None:
        for length in range(len(path), -1, -1):
            if (location := self.table.get(path[:length])) is not None:
                return location
        return None


class Fixed(Struct, frozen=True):
    """Answers every path with the place of one part: what is said of a thing that is only mentioned there."""

    places: Places
    path: Path

    def at(self, path: Path) -> Location | None:
        return self.places.at(self.path)


class Within(Struct, frozen=True):
    """The places of one part of a whole, asked for by paths relative to that part."""

    places: Places
    prefix: Path

    def at(self, path: Path) -> Location | None:
        return self.places.at(self.prefix + path)
