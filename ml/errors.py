"""What can go wrong here, each with a code for programs and words for people."""


class MlError(Exception):
    """The root of all errors this package raises on purpose.

    `code` is stable and meant for programs; `str(error)` is a sentence that says
    what happened and what to do next.
    """

    code = "ml_error"


class ImageError(MlError):
    """The bytes a person sent cannot be read as a picture."""

    code = "image_error"


class EmptyImage(ImageError):
    """There are no bytes at all."""

    code = "empty_image"


class UnreadableImage(ImageError):
    """Damaged, cut short, or not a picture."""

    code = "unreadable_image"


class UnsupportedImage(ImageError):
    """A kind of file that is not read here, such as SVG or PDF."""

    code = "unsupported_image"


class ImageTooLarge(ImageError):
    """More pixels than are decoded here."""

    code = "image_too_large"


class ArtifactError(MlError):
    """A model folder is incomplete, damaged or of another kind."""

    code = "artifact_damaged"


class DatasetError(MlError):
    """A data set is missing, cannot be fetched or is not what it claims to be."""

    code = "dataset_error"


class ModelRefused(MlError):
    """A model that somebody brought is no reader of digits, or not safe to open."""

    code = "model_refused"
