"""What people send by form."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

# What the file dialogue offers; the engine decides what it can read. A list and not
# "image/*", which would offer SVG.
ACCEPTED = (
    "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/tiff,"
    "image/heic,image/heif,image/avif,.mpo"
)


class PictureForm(forms.Form):
    """One picture, drawn or chosen."""

    image = forms.FileField(
        label="Picture",
        error_messages={
            "required": "There is no picture yet. Draw or choose one, then send it.",
            "missing": "There is no picture yet. Draw or choose one, then send it.",
            "empty": "This file is empty. Choose another one.",
        },
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )

    def clean_image(self) -> bytes:
        file: UploadedFile[bytes] = self.cleaned_data["image"]
        if (file.size or 0) > settings.MAX_IMAGE_BYTES:
            raise ValidationError(
                f"This picture is larger than {settings.MAX_IMAGE_MB} MB. "
                f"Send a smaller one.",
                code="image_too_large",
            )
        return bytes(file.read())

    @property
    def status(self) -> int:
        """The HTTP status that says what is wrong with what was sent."""
        return 413 if self.has_error("image", "image_too_large") else 400
