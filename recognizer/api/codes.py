"""What may go wrong, as programs are told it."""

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """The code of an error, and the status that it comes with.

    Every error is made with one of these, and docs/api.md explains them all: a test
    holds the two together. A code never changes its meaning.
    """

    status: int

    # The status has a default only for `Code("invalid")`, which looks one up.
    def __new__(cls, value: str, status: int = 500) -> Self:
        code = str.__new__(cls, value)
        code._value_ = value
        code.status = status
        return code

    # The request cannot be read, or says what cannot be.
    INVALID = "invalid", 400
    PARSE_ERROR = "parse_error", 400
    BAD_REQUEST = "bad_request", 400
    UNREADABLE_IMAGE = "unreadable_image", 400
    EMPTY_IMAGE = "empty_image", 400
    NO_FILES = "no_files", 400
    UNREADABLE_ARCHIVE = "unreadable_archive", 400
    UNSAFE_ARCHIVE = "unsafe_archive", 400
    ENCRYPTED_ENTRY = "encrypted_entry", 400
    DAMAGED_ENTRY = "damaged_entry", 400

    # Who asks, and what he may.
    NOT_AUTHENTICATED = "not_authenticated", 401
    AUTHENTICATION_FAILED = "authentication_failed", 401
    PERMISSION_DENIED = "permission_denied", 403
    TOKEN_NOT_ALLOWED = "token_not_allowed", 403
    WRONG_PASSWORD = "wrong_password", 403

    # What there is.
    NOT_FOUND = "not_found", 404
    SLASH_MISSING = "slash_missing", 404
    METHOD_NOT_ALLOWED = "method_not_allowed", 405

    # It does not fit what is there.
    LABELLED_MEANWHILE = "labelled_meanwhile", 409
    NOTHING_TO_UNDO = "nothing_to_undo", 409
    IN_PROGRESS = "in_progress", 409
    NOT_ACTIVE = "not_active", 409
    NOTHING_BEFORE = "nothing_before", 409
    WORSE = "worse", 409
    NOTHING_TO_LEARN = "nothing_to_learn", 409
    ALREADY_LEARNT = "already_learnt", 409
    NO_MODEL = "no_model", 409
    NOTHING_TO_EXPORT = "nothing_to_export", 409
    TOO_MANY_TOKENS = "too_many_tokens", 409
    LAST_SUPERUSER = "last_superuser", 409
    TOO_MANY_BATCHES = "too_many_batches", 409
    TOO_MANY_WEBHOOKS = "too_many_webhooks", 409
    WEBHOOK_PAUSED = "webhook_paused", 409
    DELETED = "deleted", 410
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused", 422

    # How it comes, and how much of it.
    LENGTH_REQUIRED = "length_required", 411
    IMAGE_TOO_LARGE = "image_too_large", 413
    TOO_MUCH_AT_ONCE = "too_much_at_once", 413
    BATCH_TOO_LARGE = "batch_too_large", 413
    TOO_MANY_FILES = "too_many_files", 413
    ADDRESS_TOO_LONG = "address_too_long", 414
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415
    UNSUPPORTED_ENCODING = "unsupported_encoding", 415
    UNSUPPORTED_IMAGE = "unsupported_image", 415
    UNSUPPORTED_COMPRESSION = "unsupported_compression", 415
    THROTTLED = "throttled", 429
    HEADERS_TOO_LARGE = "headers_too_large", 431

    # Our fault.
    SERVER_ERROR = "server_error", 500
    ARTIFACT_DAMAGED = "artifact_damaged", 503
    UNAVAILABLE = "unavailable", 503
    STORAGE_FULL = "storage_full", 507
