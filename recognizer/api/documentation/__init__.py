"""What the OpenAPI schema says about each address, apart from the code that answers."""

from recognizer.api.documentation.accounts import (
    account_delete,
    account_export,
    account_get,
    account_update,
    token_create,
    token_list,
    token_revoke,
)
from recognizer.api.documentation.batches import (
    batch_cancel,
    batch_create,
    batch_delete,
    batch_get,
    batch_list,
    batch_results,
)
from recognizer.api.documentation.datasets import dataset_export
from recognizer.api.documentation.digits import (
    correction_create,
    correction_list,
    correction_undo,
    digit_get,
    digit_image,
)
from recognizer.api.documentation.models import (
    model_version_get,
    model_version_list,
    model_version_promote,
    model_version_rollback,
)
from recognizer.api.documentation.predictions import (
    prediction_create,
    prediction_delete,
    prediction_explanation,
    prediction_get,
    prediction_image,
    prediction_list,
)
from recognizer.api.documentation.reviews import (
    review_claim,
    review_skip,
)
from recognizer.api.documentation.schema import (
    PasswordScheme,
    SessionScheme,
    TokenScheme,
)
from recognizer.api.documentation.training_runs import (
    training_run_cancel,
    training_run_create,
    training_run_get,
    training_run_list,
)
from recognizer.api.documentation.webhooks import (
    webhook_create,
    webhook_delete,
    webhook_delivery_list,
    webhook_get,
    webhook_list,
    webhook_ping,
    webhook_redeliver,
    webhook_renew_secret,
    webhook_update,
)

__all__ = [
    "PasswordScheme",
    "SessionScheme",
    "TokenScheme",
    "account_delete",
    "account_export",
    "account_get",
    "account_update",
    "batch_cancel",
    "batch_create",
    "batch_delete",
    "batch_get",
    "batch_list",
    "batch_results",
    "correction_create",
    "correction_list",
    "correction_undo",
    "dataset_export",
    "digit_get",
    "digit_image",
    "model_version_get",
    "model_version_list",
    "model_version_promote",
    "model_version_rollback",
    "prediction_create",
    "prediction_delete",
    "prediction_explanation",
    "prediction_get",
    "prediction_image",
    "prediction_list",
    "review_claim",
    "review_skip",
    "token_create",
    "token_list",
    "token_revoke",
    "training_run_cancel",
    "training_run_create",
    "training_run_get",
    "training_run_list",
    "webhook_create",
    "webhook_delete",
    "webhook_delivery_list",
    "webhook_get",
    "webhook_list",
    "webhook_ping",
    "webhook_redeliver",
    "webhook_renew_secret",
    "webhook_update",
]
