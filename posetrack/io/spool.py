"""Buffer records on disk until the file they belong to can be written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import IO

from posetrack.io.atomic import file_named, output_error, temporary_beside


class Spool:
    """Lines of bytes in an unnamed temporary file, of which nothing remains even after a kill.

    It is in the folder of ``path``, where there must be space for the result anyway.

    Raises:
        OutputError: the folder does not exist or cannot be written to, or the disk is full.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        target = file_named(path)
        temporary_beside(target)  # raises if the result could not be written there
        self.count = 0
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile(dir=target.parent)
        except OSError as error:
            raise output_error(path, error) from error

    def add(self, record: bytes) -> None:
        """Append one record, which must not contain a line feed."""
        try:
            self._file.write(record + b"\n")
        except OSError as error:
            raise output_error(self._path, error) from error
        self.count += 1

    def __iter__(self) -> Iterator[bytes]:
        """The records, in order; do not add any while iterating."""
        try:
            self._file.flush()
        except OSError as error:
            raise output_error(self._path, error) from error
        self._file.seek(0)
        for line in self._file:
            yield line[:-1]

    def close(self) -> None:
        """Release the disk space."""
        try:
            self._file.close()
        except OSError as error:  # the final flush did not fit on the disk: the data is discarded anyway
            del error


def write_list(file: IO[bytes], records: Iterator[bytes]) -> None:
    """Write records as a JSON list, one per line."""
    file.write(b"[")
    separator = b"\n"
    for record in records:
        file.write(separator)
        file.write(record)
        separator = b",\n"
    file.write(b"\n]" if separator != b"\n" else b"]")
