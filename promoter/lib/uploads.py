"""A bound on what people upload, before it fills the memory or the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

EXCEEDED = "promoter.upload_too_large"


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


def was_too_large(request: HttpRequest) -> bool:
    return bool(request.META.get(EXCEEDED))
