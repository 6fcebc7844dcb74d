from django.urls import path

from recognizer.api.views import (
    DocsApi,
    PredictionApi,
    PredictionImageApi,
    PredictionListApi,
    SchemaApi,
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
    path("schema/", SchemaApi.as_view(), name="schema"),
    path("docs/", DocsApi.as_view(), name="docs"),
]
