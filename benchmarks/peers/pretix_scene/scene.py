"""Run by pretix's own Python: one event with so many paid tickets, a check-in list and a device; prints what a scanner has to know.

python scene.py TICKETS
"""
# mypy: ignore-errors
# ruff: noqa: E402  # Django wants to be set up first

import json
import os
import sys
from datetime import timedelta
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pretix.settings")
django.setup()

from django.utils.timezone import now
from django_scopes import scopes_disabled
from pretix.base.models import CheckinList, Device, Event, Order, OrderPosition, Organizer


def main(tickets: int) -> None:
    organizer = Organizer.objects.create(name="Peer", slug="peer")
    event = Event.objects.create(
        organizer=organizer,
        name="Peer",
        slug="peer",
        currency="EUR",
        date_from=now(),
        date_to=now() + timedelta(hours=6),
        live=True,
        plugins="pretix.plugins.checkinlists",
    )
    item = event.items.create(name="Seat", default_price=Decimal("0.00"), admission=True)
    checkin_list = CheckinList.objects.create(event=event, name="All", all_products=True)
    device = Device.objects.create(organizer=organizer, name="Desk", all_events=True, api_token="x" * 64, initialized=now())
    channel = organizer.sales_channels.get(identifier="web")
    common = {"event": event, "status": Order.STATUS_PAID, "datetime": now(), "expires": now() + timedelta(days=1), "total": Decimal("0.00")}
    orders = [Order(code=f"P{number:06d}", email="peer@example.org", sales_channel=channel, organizer=organizer, **common) for number in range(tickets)]
    free = dict.fromkeys(("price", "tax_rate", "tax_value"), Decimal("0.00"))
    positions = [
        OrderPosition(order=order, item=item, positionid=1, secret=f"secret{number:08d}", pseudonymization_id=f"PEER{number:06d}", organizer=organizer, **free)
        for number, order in enumerate(Order.objects.bulk_create(orders))
    ]
    OrderPosition.objects.bulk_create(positions)
    secrets = [position.secret for position in positions]
    print(json.dumps({"list": checkin_list.pk, "token": device.api_token, "organizer": organizer.slug, "secrets": secrets}))


if __name__ == "__main__":
    with scopes_disabled():
        main(int(sys.argv[1]))
