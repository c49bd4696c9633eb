"""Work for a background worker. Without one, Django's immediate backend does it on the spot.

A task that fails is logged, at level error, by the backend that ran it.
"""

from upsell.core.tasks import task
from upsell.recommendations import services
from upsell.recommendations.models import Generation


@task
def rebuild_recommendations(trigger: str = Generation.Trigger.TASK.value) -> None:
    """Learn from all orders anew."""
    services.rebuild(trigger=Generation.Trigger(trigger))


@task
def learn_order(order_id: int) -> None:
    """Count a placed order in."""
    services.learn_from_order(order_id=order_id)
