"""What people upload, bounded before it fills memory or disk; and a disk that is full."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any, NoReturn

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    StopUpload,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest
from django.utils.translation import gettext

log = logging.getLogger(__name__)
EXCEEDED = "promoter.upload_too_large"
NOT_KEPT = "promoter.upload_not_kept"


class BoundedUploadHandler(FileUploadHandler):
    """Stops at FILE_UPLOAD_MAX_BYTES a request: the rest is read and dropped, the form
    arrives without the file, and `was_too_large` says why."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._seen = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._seen += len(raw_data)
        if self._seen > settings.FILE_UPLOAD_MAX_BYTES:
            if self.request is not None:
                self.request.META[EXCEEDED] = True
            raise StopUpload
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        return None


class DiskUploadHandler(TemporaryFileUploadHandler):
    """Keeps what is too large for memory in a temporary file. Where the disk is full the
    form arrives without the file, as above, and `was_not_kept` says why."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().new_file(*args, **kwargs)
        except OSError as error:
            self._stop(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        try:
            return super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self._stop(error)

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        try:
            return super().file_complete(file_size)
        except OSError as error:
            self._stop(error)

    def _stop(self, error: OSError) -> NoReturn:
        log.error("An upload could not be kept: %s", error)
        # Closing writes what is left, which fails once more; Django would do it again.
        if file := self.__dict__.pop("file", None):
            with suppress(OSError):
                file.close()
        if self.request is not None:
            self.request.META[NOT_KEPT] = True
        raise StopUpload


def was_too_large(request: HttpRequest) -> bool:
    return bool(request.META.get(EXCEEDED))


def was_not_kept(request: HttpRequest) -> bool:
    return bool(request.META.get(NOT_KEPT))


def not_kept() -> str:
    """What to say of it."""
    return gettext(
        "The file could not be kept: perhaps the server’s disk is full. Tell the "
        "person who runs this installation, then upload it again."
    )
