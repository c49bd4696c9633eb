"""The addresses that widgets post to."""

from django.urls import path

from upsell.recommendations.views import SetAddView, SetUndoView

urlpatterns = [
    path("set/add/", SetAddView.as_view(), name="set-add"),
    path("set/undo/", SetUndoView.as_view(), name="set-undo"),
]
