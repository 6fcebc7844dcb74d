from django.urls import path

from recognizer.web import labels, models, promotions, reviews, training, views

app_name = "web"

urlpatterns = [
    path("", views.draw, name="draw"),
    path("digits/<int:pk>/label/", labels.correct, name="label"),
    path("digits/<int:pk>/label/undo/", labels.undo, name="label-undo"),
    path("models/", models.versions, name="models"),
    path("models/compare/", models.compare, name="model-compare"),
    path("models/rollback/", promotions.rollback, name="model-rollback"),
    path("models/<int:number>/", models.version, name="model"),
    path("models/<int:number>/cell/", models.cell, name="model-cell"),
    path("models/<int:number>/flips/", models.flips, name="model-flips"),
    path("models/<int:number>/promote/", promotions.promote, name="model-promote"),
    path("upload/", views.upload, name="upload"),
    path("predictions/", views.history, name="history"),
    path("predictions/<uuid:public_id>/", views.result, name="result"),
    path("predictions/<uuid:public_id>/delete/", views.delete, name="delete"),
    path(
        "predictions/<uuid:public_id>/explanation/",
        views.explanation,
        name="explanation",
    ),
    path("predictions/<uuid:public_id>/image/", views.image, name="image"),
    path("predictions/<uuid:public_id>/thumbnail/", views.thumbnail, name="thumbnail"),
    path("review/", reviews.review, name="review"),
    path("review/skip/", reviews.skip, name="review-skip"),
    path("review/undo/", reviews.undo, name="review-undo"),
    path("review/grid/", reviews.grid, name="review-grid"),
    path("review/<int:pk>/", reviews.again, name="review-again"),
    path("training/", training.training, name="training"),
    path("training/start/", training.start, name="training-start"),
    path("training/<int:pk>/progress/", training.progress, name="training-progress"),
    path("training/<int:pk>/cancel/", training.cancel, name="training-cancel"),
    path("training/<int:pk>/promotion/", training.force, name="training-force"),
    path("review/<int:pk>/image/", reviews.image, name="review-image"),
]
