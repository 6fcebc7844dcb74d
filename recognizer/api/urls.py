from django.urls import path

from recognizer.api.accounts import (
    AccountApi,
    AccountExportApi,
    TokenApi,
    TokenListApi,
)
from recognizer.api.batches import (
    BatchApi,
    BatchCancelApi,
    BatchListApi,
    BatchResultsApi,
)
from recognizer.api.corrections import (
    CorrectionListApi,
    CorrectionUndoApi,
    DigitApi,
    DigitImageApi,
)
from recognizer.api.datasets import DatasetApi
from recognizer.api.models import (
    ModelVersionApi,
    ModelVersionListApi,
    ModelVersionPromoteApi,
    ModelVersionRollbackApi,
)
from recognizer.api.reviews import ReviewClaimApi, ReviewSkipApi
from recognizer.api.training_runs import (
    TrainingRunApi,
    TrainingRunCancelApi,
    TrainingRunListApi,
)
from recognizer.api.views import (
    DocsApi,
    PredictionApi,
    PredictionExplanationApi,
    PredictionImageApi,
    PredictionListApi,
    SchemaApi,
)
from recognizer.api.webhooks import (
    DeliveryListApi,
    DeliveryRedeliverApi,
    WebhookApi,
    WebhookListApi,
    WebhookPingApi,
    WebhookSecretApi,
)

app_name = "api"

urlpatterns = [
    path("predictions/", PredictionListApi.as_view(), name="predictions"),
    path("predictions/<uuid:public_id>/", PredictionApi.as_view(), name="prediction"),
    path(
        "predictions/<uuid:public_id>/image/",
        PredictionImageApi.as_view(),
        name="prediction-image",
    ),
    path(
        "predictions/<uuid:public_id>/explanation/",
        PredictionExplanationApi.as_view(),
        name="prediction-explanation",
    ),
    path("batches/", BatchListApi.as_view(), name="batches"),
    path("batches/<uuid:public_id>/", BatchApi.as_view(), name="batch"),
    path(
        "batches/<uuid:public_id>/results/",
        BatchResultsApi.as_view(),
        name="batch-results",
    ),
    path(
        "batches/<uuid:public_id>/cancel/",
        BatchCancelApi.as_view(),
        name="batch-cancel",
    ),
    path("digits/<int:pk>/", DigitApi.as_view(), name="digit"),
    path(
        "digits/<int:pk>/corrections/", CorrectionListApi.as_view(), name="corrections"
    ),
    path(
        "digits/<int:pk>/corrections/undo/",
        CorrectionUndoApi.as_view(),
        name="correction-undo",
    ),
    path("digits/<int:pk>/image/", DigitImageApi.as_view(), name="digit-image"),
    path("reviews/", ReviewClaimApi.as_view(), name="reviews"),
    path("reviews/skip/", ReviewSkipApi.as_view(), name="review-skip"),
    path("training-runs/", TrainingRunListApi.as_view(), name="training-runs"),
    path("training-runs/<int:pk>/", TrainingRunApi.as_view(), name="training-run"),
    path(
        "training-runs/<int:pk>/cancel/",
        TrainingRunCancelApi.as_view(),
        name="training-run-cancel",
    ),
    path("models/", ModelVersionListApi.as_view(), name="models"),
    path("models/rollback/", ModelVersionRollbackApi.as_view(), name="model-rollback"),
    path("models/<int:number>/", ModelVersionApi.as_view(), name="model"),
    path(
        "models/<int:number>/promotion/",
        ModelVersionPromoteApi.as_view(),
        name="model-promotion",
    ),
    path("dataset/", DatasetApi.as_view(), name="dataset"),
    path("tokens/", TokenListApi.as_view(), name="tokens"),
    path("tokens/<uuid:public_id>/", TokenApi.as_view(), name="token"),
    path("account/", AccountApi.as_view(), name="account"),
    path("account/export/", AccountExportApi.as_view(), name="account-export"),
    path("webhooks/", WebhookListApi.as_view(), name="webhooks"),
    path("webhooks/<uuid:public_id>/", WebhookApi.as_view(), name="webhook"),
    path(
        "webhooks/<uuid:public_id>/secret/",
        WebhookSecretApi.as_view(),
        name="webhook-secret",
    ),
    path(
        "webhooks/<uuid:public_id>/ping/", WebhookPingApi.as_view(), name="webhook-ping"
    ),
    path(
        "webhooks/<uuid:public_id>/deliveries/",
        DeliveryListApi.as_view(),
        name="webhook-deliveries",
    ),
    path(
        "webhooks/<uuid:public_id>/deliveries/<uuid:message_id>/redeliver/",
        DeliveryRedeliverApi.as_view(),
        name="webhook-redeliver",
    ),
    path("schema/", SchemaApi.as_view(), name="schema"),
    path("docs/", DocsApi.as_view(), name="docs"),
]
