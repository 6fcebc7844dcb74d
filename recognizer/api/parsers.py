"""How the body of a request is read."""

from collections.abc import Mapping
from typing import IO, Any

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from recognizer.uploads import UPLOAD, upload_of_archive


class JSONParser(parsers.JSONParser):
    """DRF's, for which JSON that is nested too deeply is no reason to fall over."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error


class PictureParser(parsers.BaseParser):
    """A body that is the picture itself, as `curl --data-binary` sends it."""

    media_type = "image/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, bytes]:
        return {"image": stream.read()}


class ZipParser(parsers.BaseParser):
    """A body that is an archive itself, received into a temporary file."""

    media_type = "application/zip"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> "parsers.DataAndFiles[Any, Any]":
        length = int((parser_context or {})["request"].META["CONTENT_LENGTH"])
        upload = upload_of_archive(stream, content_length=length)
        return parsers.DataAndFiles(QueryDict(), MultiValueDict({UPLOAD: [upload]}))


class WindowsZipParser(ZipParser):
    """The same, as browsers on Windows call it."""

    media_type = "application/x-zip-compressed"
