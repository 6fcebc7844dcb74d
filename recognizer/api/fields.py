"""The fields of the API that DRF does not have."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.utils import html

from recognizer.answers import LABELS
from recognizer.api.errors import ImageTooLarge
from recognizer.models import CHOSEN_EVENTS

DATA_URL = "data:"
EVENT_CHOICES = [(event.value, event.label) for event in CHOSEN_EVENTS]


class FreelyNamed(serializers.Serializer[Any]):
    """Its fields may be called as attributes of DRF's serializers are, of other types.

    DRF takes them out of the class, so that these attributes stay what they are.
    """

    data: Any
    fields: Any
    label: Any
    parent: Any
    source: Any


class WordField(serializers.ChoiceField):
    """One of some words, and a text at all.

    DRF would write down whatever JSON holds in its place, to compare it and to say it
    back: a list that is nested deeply enough cannot be written down.
    """

    default_error_messages = {"invalid": "Expected a text. Received: {kind}."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid", kind=type(data).__name__)
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """A text at all: DRF would take a number for one."""

    default_error_messages = {"invalid": "Expected a text. Received: {kind}."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid", kind=type(data).__name__)
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """True or false. In JSON nothing else: DRF takes "yes" and 0 for them, too."""

    default_error_messages = {"kind": "Expected true or false. Received: {kind}."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool) and not _is_in_a_form(self):
            self.fail("kind", kind=type(data).__name__)
        return super().to_internal_value(data)


class WholeNumberField(serializers.IntegerField):
    """A whole number. In JSON nothing else: DRF takes "5" for one, too."""

    default_error_messages = {"kind": "Expected a whole number. Received: {kind}."}

    def to_internal_value(self, data: Any) -> int:
        is_number = isinstance(data, (int, float)) and not isinstance(data, bool)
        if not is_number and not _is_in_a_form(self):
            self.fail("kind", kind=type(data).__name__)
        return super().to_internal_value(data)


def _is_in_a_form(field: serializers.Field[Any, Any, Any, Any]) -> bool:
    # There everything is a text.
    return bool(html.is_html_input(getattr(field.root, "initial_data", None)))


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "enum": list(LABELS)},
            {"type": "integer", "minimum": 0, "maximum": 9},
        ]
    }
)
class LabelField(WordField):
    """A word, or a digit as a number."""

    def to_internal_value(self, data: Any) -> Any:
        # True is a number to Python.
        is_number = isinstance(data, int) and not isinstance(data, bool)
        return super().to_internal_value(str(data) if is_number else data)


class KeyField(serializers.RegexField):
    """A name that a client gives its request: printable ASCII."""

    default_error_messages = {
        "invalid": "Expected 1 to 255 printable ASCII characters.",
        "blank": "Expected 1 to 255 printable ASCII characters.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(r"\A[ -~]{1,255}\Z", **options)


class ImageBytesField(serializers.Field[bytes, Any, str, Any]):
    """An image as an uploaded file, as its bytes, as base64, or as a data URL.

    Says nothing about what the bytes hold: reading them is the engine's business.
    """

    default_error_messages = {
        "required": "Send a picture in the field `image`.",
        "null": "Send a picture in the field `image`.",
        "invalid": "Expected a file, base64 text or a data URL. Received: {kind}.",
        "base64": "This is neither base64 nor a base64 data URL. Encode the picture.",
        "empty": "The picture has no bytes. Choose another one.",
    }

    def to_internal_value(self, data: Any) -> bytes:
        if isinstance(data, UploadedFile):
            self._refuse_more_than_the_limit(data.size or 0)
            image = data.read()
        elif isinstance(data, bytes):
            self._refuse_more_than_the_limit(len(data))
            image = data
        elif isinstance(data, str):
            image = self._decode(data)
            self._refuse_more_than_the_limit(len(image))
        else:
            self.fail("invalid", kind=type(data).__name__)
        if not image:
            self.fail("empty")
        return bytes(image)

    def to_representation(self, value: bytes) -> str:
        return base64.b64encode(value).decode("ascii")

    def _decode(self, text: str) -> bytes:
        text = text.lstrip()
        if text[: len(DATA_URL)].lower() == DATA_URL:
            head, _, text = text.partition(",")
            if not head.lower().endswith(";base64"):
                self.fail("base64")
        try:
            # Line breaks are what `base64` prints on a terminal.
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            self.fail("base64")

    def _refuse_more_than_the_limit(self, size: int) -> None:
        if size > settings.MAX_IMAGE_BYTES:
            raise ImageTooLarge(
                f"The picture is larger than {settings.MAX_IMAGE_MB} MB. "
                f"Send a smaller one."
            )


class ImagesField(serializers.Field[list[bytes], Any, list[str], Any]):
    """A list of images; what is wrong with one of them names its place in the list.

    Not DRF's ListField, which reads all of a list before it counts it, and notes down
    every entry that is wrong: of half a million, for ten seconds and in 800 MB.
    """

    default_error_messages = {
        "required": "Send pictures in the field `images`.",
        "null": "Send pictures in the field `images`.",
        "invalid": "Expected a list of pictures. Received: {kind}.",
        "empty": "Send at least one picture.",
        "max_length": "Expected at most {most} pictures. Received: {n}.",
    }

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(**options)
        self.max_length = max_length
        self.image = ImageBytesField()

    def to_internal_value(self, data: Any) -> list[bytes]:
        if not isinstance(data, list):
            self.fail("invalid", kind=type(data).__name__)
        if not data:
            self.fail("empty")
        if len(data) > self.max_length:
            self.fail("max_length", most=self.max_length, n=len(data))
        return [self._image(place, each) for place, each in enumerate(data)]

    def to_representation(self, value: list[bytes]) -> list[str]:
        return [self.image.to_representation(each) for each in value]

    def _image(self, place: int, data: Any) -> bytes:
        try:
            image: bytes = self.image.run_validation(data)
        except serializers.ValidationError as error:
            words = [
                f"Picture {place}, counted from 0: {each}" for each in error.detail
            ]
            raise serializers.ValidationError(words) from error
        return image


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "enum": [name for name, _ in EVENT_CHOICES]},
        "minItems": 1,
    }
)
class EventsField(serializers.Field[list[str], Any, list[str], Any]):
    """Some of the events there are.

    No ListField, for the reason of ImagesField.
    """

    default_error_messages = {
        "invalid": "Expected a list of events: {choices}.",
        "empty": "Name one event at least: {choices}.",
    }

    def get_value(self, dictionary: Mapping[Any, Any]) -> Any:
        # A form has a name as often as it has values.
        if (getlist := getattr(dictionary, "getlist", None)) is not None:
            return getlist(self.field_name) or empty
        return super().get_value(dictionary)

    def to_internal_value(self, data: Any) -> list[str]:
        names = [event.value for event in CHOSEN_EVENTS]
        choices = ", ".join(names)
        if not isinstance(data, list) or any(each not in names for each in data):
            self.fail("invalid", choices=choices)
        if not data:
            self.fail("empty", choices=choices)
        return data

    def to_representation(self, value: list[str]) -> list[str]:
        return value
