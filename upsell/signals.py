"""The signals upsell sends, for shops to hear. Inside the app features call each other instead."""

from django.dispatch import Signal

# Sent after a new generation of recommendations went live. Arguments: generation (upsell.models.Generation).
generation_published = Signal()

# Sent after a refund was booked: time to pay it back. Arguments: refund (upsell.models.Refund).
refund_booked = Signal()
