from django.urls import path

from recognizer.web import labels, reviews, views

app_name = "web"

urlpatterns = [
    path("", views.draw, name="draw"),
    path("digits/<int:pk>/label/", labels.correct, name="label"),
    path("digits/<int:pk>/label/undo/", labels.undo, name="label-undo"),
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
    path("review/<int:pk>/image/", reviews.image, name="review-image"),
]
