"""Memory that all processes of this host share and that no file holds: anonymous, made before the workers fork.

Lock: a POSIX record lock on an anonymous memory file. Unlike a semaphore it falls when its holder is killed, so a dead
worker never stops the others; a thread lock beside it keeps the threads of one process apart.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import tempfile
import threading
from collections.abc import Iterator


class SharedMemory:
    """`size` bytes, zero at first; read and write `map` only inside `locked()`."""

    def __init__(self, size: int) -> None:
        self.map = mmap.mmap(-1, size)
        self._lock_file = anonymous_file()
        self._threads = threading.Lock()
        os.register_at_fork(after_in_child=self._fork)

    def _fork(self) -> None:
        self._threads = threading.Lock()  # another thread of the parent may have held it

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among all threads of all processes."""
        with self._threads:
            fcntl.lockf(self._lock_file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._lock_file, fcntl.LOCK_UN)


def anonymous_file() -> int:
    """The descriptor of a file without a name and without content: only locks are taken on it."""
    try:
        return os.memfd_create("survey-app-lock")
    except (AttributeError, OSError):
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
