"""The addresses that the boxes at the till post to."""

from django.urls import path

from upsell.bumps.views import BumpAcceptView, BumpDeclineView, BumpUndoDeclineView

urlpatterns = [
    path("bumps/accept/", BumpAcceptView.as_view(), name="bump-accept"),
    path("bumps/decline/", BumpDeclineView.as_view(), name="bump-decline"),
    path("bumps/decline/undo/", BumpUndoDeclineView.as_view(), name="bump-undo-decline"),
]
