"""Attacks on every address of ours at once: who may do what, by which method, and with which token.

The names in capitals are the case ids of the project's list of attacks. What is particular to one feature's input is
attacked beside that feature's other tests.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.crypto import get_random_string
from oscar.core.loading import get_model
from oscar.test.factories import create_product

from tests.identities import IDENTITIES, client_of
from tests.orders import placed
from tests.suggested import make_suggestion
from tests.suggested_ladders import make_ladder_suggestion
from upsell.models import Curation, PriceFloor, Refund
from upsell.testing import make_bump, make_bundle, make_ladder, make_shelf_item, make_upgrade_offer, publish_generation

pytestmark = pytest.mark.django_db

PACKAGE = Path(__file__).resolve().parent.parent / "upsell"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
ALL = "GET HEAD OPTIONS POST PUT PATCH DELETE TRACE"
ALL_BUT_POST = "GET HEAD OPTIONS PUT PATCH DELETE TRACE"
ALL_BUT_READ = "OPTIONS POST PUT PATCH DELETE TRACE"

# Who gets what: a status for each of anonymous, customer, staff (without permissions), viewer, merchant, superuser.
# The admin sends those who are no staff to its log-in page (302); a form that lacks everything is drawn again (200).
MATRIX: dict[str, dict[str, str]] = {
    "admin:upsell_catalogue_search": {ALL: "302 302 403 400 400 400"},
    "admin:upsell_curation_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_curation_add": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_curation_history": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_curation_delete": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_curation_change": {ALL_BUT_POST: "302 302 403 200 200 200", "POST": "302 302 403 403 200 200"},
    "admin:upsell_generation_rebuild": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 302 302"},
    "admin:upsell_generation_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_generation_add": {ALL: "302 302 403 403 403 403"},
    "admin:upsell_generation_history": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_generation_delete": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_generation_change": {ALL_BUT_POST: "302 302 403 200 200 200", "POST": "302 302 403 403 403 403"},
    "admin:upsell_affinity_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_affinity_evidence": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_affinity_decide": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 302 302"},
    "admin:upsell_bundle_search": {ALL: "302 302 403 400 400 400"},
    "admin:upsell_bundle_preview": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 200 200"},
    "admin:upsell_bundle_switch": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 302 302"},
    "admin:upsell_bundle_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_bundle_add": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_bundle_history": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_bundle_delete": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_bundle_change": {ALL_BUT_POST: "302 302 403 200 200 200", "POST": "302 302 403 403 200 200"},
    "admin:upsell_bump_search": {ALL: "302 302 403 400 400 400"},
    "admin:upsell_bump_preview": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 200 200"},
    "admin:upsell_bump_switch": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 302 302"},
    "admin:upsell_bump_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_bump_add": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_bump_history": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_bump_delete": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_bump_change": {ALL_BUT_POST: "302 302 403 200 200 200", "POST": "302 302 403 403 200 200"},
    "admin:upsell_bundlesuggestion_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_bundlesuggestion_adopt": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 302 302"},
    "admin:upsell_bundlesuggestion_dismiss": {
        ALL_BUT_POST: "302 302 403 403 405 405",
        "POST": "302 302 403 403 302 302",
    },
    "admin:upsell_bundlesuggestion_reopen": {
        ALL_BUT_POST: "302 302 403 403 405 405",
        "POST": "302 302 403 403 302 302",
    },
    "admin:upsell_laddersuggestion_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_laddersuggestion_preview": {
        "GET HEAD": "302 302 403 200 200 200",
        ALL_BUT_READ: "302 302 403 405 405 405",
    },
    "admin:upsell_laddersuggestion_adopt": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 302 302"},
    "admin:upsell_laddersuggestion_dismiss": {
        ALL_BUT_POST: "302 302 403 403 405 405",
        "POST": "302 302 403 403 302 302",
    },
    "admin:upsell_laddersuggestion_reopen": {
        ALL_BUT_POST: "302 302 403 403 405 405",
        "POST": "302 302 403 403 302 302",
    },
    "admin:upsell_pricefloor_search": {ALL: "302 302 403 400 400 400"},
    "admin:upsell_pricefloor_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_pricefloor_add": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_pricefloor_history": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_pricefloor_delete": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_pricefloor_change": {ALL_BUT_POST: "302 302 403 200 200 200", "POST": "302 302 403 403 200 200"},
    "admin:upsell_refund_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_refund_add": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_refund_history": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_refund_delete": {ALL: "302 302 403 403 403 403"},
    "admin:upsell_refund_change": {ALL_BUT_POST: "302 302 403 200 200 200", "POST": "302 302 403 403 403 403"},
    "admin:upsell_upgradeoffer_preview": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 200 200"},
    "admin:upsell_upgradeoffer_switch": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 302 302"},
    "admin:upsell_upgradeoffer_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_upgradeoffer_add": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_upgradeoffer_history": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_upgradeoffer_delete": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_upgradeoffer_change": {ALL_BUT_POST: "302 302 403 200 200 200", "POST": "302 302 403 403 200 200"},
    "admin:upsell_ladder_search": {ALL: "302 302 403 400 400 400"},
    "admin:upsell_ladder_preview": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 200 200"},
    "admin:upsell_ladder_switch": {ALL_BUT_POST: "302 302 403 403 405 405", "POST": "302 302 403 403 302 302"},
    "admin:upsell_ladder_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_ladder_add": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_ladder_history": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_ladder_delete": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_ladder_change": {ALL_BUT_POST: "302 302 403 200 200 200", "POST": "302 302 403 403 200 200"},
    "admin:upsell_shelfitem_search": {ALL: "302 302 403 400 400 400"},
    "admin:upsell_shelfitem_preview": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_shelfitem_changelist": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_shelfitem_add": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_shelfitem_history": {ALL: "302 302 403 200 200 200"},
    "admin:upsell_shelfitem_delete": {ALL: "302 302 403 403 200 200"},
    "admin:upsell_shelfitem_change": {ALL_BUT_POST: "302 302 403 200 200 200", "POST": "302 302 403 403 200 200"},
    "upsell:set-add": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "302 302 302 302 302 302"},
    "upsell:set-undo": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "302 302 302 302 302 302"},
    "upsell:set-bundle": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "302 302 302 302 302 302"},
    "upsell:set-units": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "302 302 302 302 302 302"},
    "upsell:tier-swap": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "302 302 302 302 302 302"},
    "upsell:tier-take": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "302 302 302 302 302 302"},
    "upsell:tier-decline": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "302 302 302 302 302 302"},
    "upsell:bump-accept": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "302 302 302 302 302 302"},
    "upsell:bump-decline": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "302 302 302 302 302 302"},
    "upsell:bump-undo-decline": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "302 302 302 302 302 302"},
    "upsell:bundle": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell:overview": {
        "GET HEAD OPTIONS": "302 403 403 200 200 200",
        "POST PUT PATCH DELETE TRACE": "302 403 403 405 405 405",
    },
    "upsell-api:recommendations": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell-api:evidence": {"GET HEAD": "403 403 403 200 200 200", ALL_BUT_READ: "403 403 405 405 405 405"},
    "upsell-api:curation-list": {
        "GET HEAD": "403 403 403 200 200 200",
        "POST": "403 403 403 403 201 201",
        "OPTIONS PUT PATCH DELETE TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:curation-detail": {
        "GET HEAD": "403 403 403 200 200 200",
        "PUT PATCH": "403 403 403 403 200 200",
        "DELETE": "403 403 403 403 204 204",
        "OPTIONS POST TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:generation-list": {
        "GET HEAD": "403 403 403 200 200 200",
        "POST": "403 403 403 403 202 202",
        "OPTIONS PUT PATCH DELETE TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:generation-detail": {"GET HEAD": "403 403 403 200 200 200", ALL_BUT_READ: "403 403 405 405 405 405"},
    "upsell-api:product-bundles": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell-api:basket-savings": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell-api:basket-progress": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell-api:basket-cheaper": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell-api:set-add": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "200 200 200 200 200 200"},
    "upsell-api:bundle-list": {
        "GET HEAD": "403 403 403 200 200 200",
        "POST": "403 403 403 403 201 201",
        "OPTIONS PUT PATCH DELETE TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:bundle-detail": {
        "GET HEAD": "403 403 403 200 200 200",
        "PUT PATCH": "403 403 403 403 200 200",
        "DELETE": "403 403 403 403 204 204",
        "OPTIONS POST TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:bundle-activate": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:bundle-pause": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:bundle-end": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:bundle-duplicate": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 201 201"},
    "upsell-api:bundlesuggestion-list": {
        "GET HEAD": "403 403 403 200 200 200",
        ALL_BUT_READ: "403 403 405 405 405 405",
    },
    "upsell-api:bundlesuggestion-detail": {
        "GET HEAD": "403 403 403 200 200 200",
        ALL_BUT_READ: "403 403 405 405 405 405",
    },
    "upsell-api:bundlesuggestion-adopt": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:bundlesuggestion-dismiss": {
        ALL_BUT_POST: "403 403 405 405 405 405",
        "POST": "403 403 403 403 200 200",
    },
    "upsell-api:bundlesuggestion-reopen": {
        ALL_BUT_POST: "403 403 405 405 405 405",
        "POST": "403 403 403 403 200 200",
    },
    "upsell-api:till": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell-api:till-bumps": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell-api:till-accept": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "409 409 409 409 409 409"},
    "upsell-api:till-decline": {
        "GET HEAD OPTIONS PUT PATCH TRACE": "405 405 405 405 405 405",
        "POST DELETE": "200 200 200 200 200 200",
    },
    "upsell-api:till-undo": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "200 200 200 200 200 200"},
    "upsell-api:till-shelf": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell-api:till-progress": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell-api:bump-list": {
        "GET HEAD": "403 403 403 200 200 200",
        "POST": "403 403 403 403 201 201",
        "OPTIONS PUT PATCH DELETE TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:bump-detail": {
        "GET HEAD": "403 403 403 200 200 200",
        "PUT PATCH": "403 403 403 403 200 200",
        "DELETE": "403 403 403 403 204 204",
        "OPTIONS POST TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:bump-activate": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:bump-pause": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:bump-end": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:bump-duplicate": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 201 201"},
    "upsell-api:bump-replay": {"GET HEAD": "403 403 403 200 200 200", ALL_BUT_READ: "403 403 405 405 405 405"},
    "upsell-api:bump-rule": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 200 200 200"},
    "upsell-api:shelfitem-list": {
        "GET HEAD": "403 403 403 200 200 200",
        "POST": "403 403 403 403 201 201",
        "OPTIONS PUT PATCH DELETE TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:shelfitem-detail": {
        "GET HEAD": "403 403 403 200 200 200",
        "PUT PATCH": "403 403 403 403 200 200",
        "DELETE": "403 403 403 403 204 204",
        "OPTIONS POST TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:pricefloor-list": {
        "GET HEAD": "403 403 403 200 200 200",
        "POST": "403 403 403 403 201 201",
        "OPTIONS PUT PATCH DELETE TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:pricefloor-detail": {
        "GET HEAD": "403 403 403 200 200 200",
        "PUT PATCH": "403 403 403 403 200 200",
        "DELETE": "403 403 403 403 204 204",
        "OPTIONS POST TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:refund-list": {"GET HEAD": "403 403 403 200 200 200", ALL_BUT_READ: "403 403 405 405 405 405"},
    "upsell-api:refund-detail": {"GET HEAD": "403 403 403 200 200 200", ALL_BUT_READ: "403 403 405 405 405 405"},
    "upsell-api:order-refund-answer": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 200 200 200"},
    "upsell-api:order-refunds": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 201 201"},
    "upsell-api:ladder-list": {
        "GET HEAD": "403 403 403 200 200 200",
        "POST": "403 403 403 403 201 201",
        "OPTIONS PUT PATCH DELETE TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:ladder-detail": {
        "GET HEAD": "403 403 403 200 200 200",
        "PUT PATCH": "403 403 403 403 200 200",
        "DELETE": "403 403 403 403 204 204",
        "OPTIONS POST TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:ladder-activate": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:ladder-pause": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:ladder-end": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:ladder-duplicate": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 201 201"},
    "upsell-api:upgradeoffer-list": {
        "GET HEAD": "403 403 403 200 200 200",
        "POST": "403 403 403 403 201 201",
        "OPTIONS PUT PATCH DELETE TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:upgradeoffer-detail": {
        "GET HEAD": "403 403 403 200 200 200",
        "PUT PATCH": "403 403 403 403 200 200",
        "DELETE": "403 403 403 403 204 204",
        "OPTIONS POST TRACE": "403 403 405 405 405 405",
    },
    "upsell-api:upgradeoffer-activate": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:upgradeoffer-pause": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:upgradeoffer-end": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 200 200"},
    "upsell-api:upgradeoffer-duplicate": {ALL_BUT_POST: "403 403 405 405 405 405", "POST": "403 403 403 403 201 201"},
    "upsell-api:laddersuggestion-list": {
        "GET HEAD": "403 403 403 200 200 200",
        ALL_BUT_READ: "403 403 405 405 405 405",
    },
    "upsell-api:laddersuggestion-detail": {
        "GET HEAD": "403 403 403 200 200 200",
        ALL_BUT_READ: "403 403 405 405 405 405",
    },
    "upsell-api:laddersuggestion-adopt": {
        ALL_BUT_POST: "403 403 405 405 405 405",
        "POST": "403 403 403 403 200 200",
    },
    "upsell-api:laddersuggestion-dismiss": {
        ALL_BUT_POST: "403 403 405 405 405 405",
        "POST": "403 403 403 403 200 200",
    },
    "upsell-api:laddersuggestion-reopen": {
        ALL_BUT_POST: "403 403 405 405 405 405",
        "POST": "403 403 403 403 200 200",
    },
    "upsell-api:product-comparison": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell-api:product-upgrade": {"GET HEAD": "200 200 200 200 200 200", ALL_BUT_READ: "405 405 405 405 405 405"},
    "upsell-api:tier-upgrades": {
        "GET HEAD": "200 200 200 200 200 200",
        "OPTIONS PUT PATCH DELETE TRACE": "405 405 405 405 405 405",
        "POST": "410 410 410 410 410 410",  # the offer does not lead to what the body names
    },
    "upsell-api:tier-swap": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "404 404 404 404 404 404"},
    "upsell-api:tier-line-decline": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "404 404 404 404 404 404"},
    "upsell-api:tier-undo": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "200 200 200 200 200 200"},
    "upsell-api:tier-decline": {ALL_BUT_POST: "405 405 405 405 405 405", "POST": "200 200 200 200 200 200"},
    "upsell-api:schema": {"GET HEAD": "403 403 200 200 200 200", ALL_BUT_READ: "403 403 405 405 405 405"},
    "upsell-api:documentation": {"GET HEAD": "403 403 200 200 200 200", ALL_BUT_READ: "403 403 405 405 405 405"},
}
# What a form says that is not the same as saying nothing.
FORMS = {f"admin:upsell_{model}_switch": "act=pause" for model in ("bump", "bundle", "ladder", "upgradeoffer")}
# Anybody may change their own basket.
OPEN = ("upsell:set", "upsell:tier", "upsell:bump", "upsell-api:set", "upsell-api:tier", "upsell-api:till")
# The requests that do something: a superuser gets through, and a viewer does not, unless anybody may.
CHANGING = sorted(
    (name, method)
    for name, methods in MATRIX.items()
    for group, (*_, viewer, _merchant, superuser) in ((group, statuses.split()) for group, statuses in methods.items())
    for method in set(group.split()) - SAFE
    if superuser < "400" and (viewer >= "400" or name.startswith(OPEN)) and (method == "POST" or "api" in name)
)


def routes(resolver: Any = None, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    """Walk all addresses of the shop, and yield ours: by name space, by name in the admin, or by where the view is."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, (*spaces, pattern.namespace) if pattern.namespace else spaces)
            continue
        space, name = ":".join(spaces), pattern.name or ""
        in_admin = space == "admin" and name.startswith("upsell_")
        if space.startswith("upsell") or in_admin or pattern.callback.__module__.startswith("upsell"):
            yield f"{space}:{name}", pattern


@pytest.fixture
def shop(settings: Any) -> dict[str, Any]:
    """A shop with one of everything, and no limit to requests."""
    settings.UPSELL_API_RATES = {"storefront": None, "management": None, "rebuild": None}
    caches["default"].clear()
    product = create_product(title="Camera", price=10, num_in_stock=3)
    older, _live = (publish_generation(engine="test", builder="test:1") for _ in range(2))
    curation = Curation.objects.create(action="bury", product=product)
    bundle, floor = make_bundle(product, percent=10), PriceFloor.objects.create(product=product, percent=50)
    return {
        "product": product,
        "generation": older,
        "curation": curation,
        "bundlesuggestion": make_suggestion(product),
        "laddersuggestion": make_ladder_suggestion(product),
        "refund": Refund.objects.create(
            order=placed(product), amount_incl_tax=1, amount_excl_tax=1, currency="GBP", reference="RMA-1"
        ),
        "bundle": bundle,
        "shelfitem": make_shelf_item(product),
        "bump": make_bump(product, off="1.00"),
        "pricefloor": floor,
        "ladder": make_ladder(product, create_product(title="Better camera", price=20, num_in_stock=3)),
        "upgradeoffer": make_upgrade_offer(
            make_ladder(*(create_product(title=f"Bag {price}", price=price, num_in_stock=3) for price in (30, 40))),
            off="2.00",
        ),
    }


def address(name: str, shop: dict[str, Any]) -> str:
    wanted = next(pattern for other, pattern in routes() if other == name).pattern.converters
    kinds = (
        "generation",
        "bundlesuggestion",
        "laddersuggestion",
        "bundle",
        "shelfitem",
        "bump",
        "pricefloor",
        "refund",
        "upgradeoffer",
        "ladder",
    )
    kind = next((kind for kind in kinds if kind in name), "curation")
    row = shop[kind]
    known = {
        "product_id": shop["product"].pk,
        "bundle_id": shop["bundle"].pk,
        "bump_id": shop["bump"].pk,
        "number": shop["refund"].order.number,
        "line_id": 1,
        "name": "nothing",
    }
    return reverse(name, kwargs={key: known.get(key, row.pk) for key in wanted})


def send(client: Client, method: str, name: str, shop: dict[str, Any], **options: Any) -> Any:
    """Send what the address expects, as well as one body can say it."""
    url = address(name, shop)
    if name == "upsell-api:recommendations" and method in SAFE:
        url += "?widget=trending_products"
    if name.startswith("upsell-api:"):
        body = bodies(shop).get(name.removeprefix("upsell-api:"), {})
        if name == "upsell-api:order-refunds":
            options["headers"] = {**options.get("headers", {}), "Idempotency-Key": "once"}
        return client.generic(method, url, json.dumps(body), content_type="application/json", **options)
    form = FORMS.get(name, "")
    return client.generic(method, url, form, content_type="application/x-www-form-urlencoded", **options)


def bodies(shop: dict[str, Any]) -> dict[str, Any]:
    """What the API expects, where that is not nothing."""
    product, line = shop["product"].pk, shop["refund"].order.lines.get().pk
    curation, floor = {"action": "pin", "product": product}, {"percent": "60"}
    bundle = {"kind": "fixed", "name": "Set", "reward": "10", "parts": [{"product": product, "quantity": 2}]}
    back = {"lines": [{"line": line, "units": 1}]}
    upgrade = {"to_tier": shop["upgradeoffer"].to_tier_id, "reward_kind": "off", "reward": "1.00"}
    bump = {"product": product, "reward_kind": "off", "reward": "2.00"}
    return {
        "curation-list": curation,
        "curation-detail": curation,
        "bundle-list": bundle,
        "bundle-detail": {**bundle, "version": shop["bundle"].version},
        "ladder-list": {"name": "Ladder", "tiers": [{"product": product}]},
        "ladder-detail": {
            "name": "Ladder",
            "tiers": [{"product": tier.product_id} for tier in shop["ladder"].tiers.all()],
            "version": shop["ladder"].version,
        },
        "upgradeoffer-list": upgrade,
        "upgradeoffer-detail": {**upgrade, "version": shop["upgradeoffer"].version},
        "tier-upgrades": {"product": product, "offer": shop["upgradeoffer"].pk},
        "tier-swap": {"product": product},
        "tier-line-decline": {"product": product},
        "till-accept": {"product": product},
        "bump-list": bump,
        "bump-detail": {**bump, "version": shop["bump"].version},
        "shelfitem-list": {"product": shop["ladder"].tiers.all()[1].product_id},
        "shelfitem-detail": {"product": product, "weight": 9},
        "pricefloor-list": floor,
        "pricefloor-detail": floor,
        "order-refund-answer": back,
        "order-refunds": {**back, "method": "pro_rata"},
    }


def contents() -> dict[str, list[Any]]:
    """Read everything that a refused request must leave as it was (oracle O2)."""
    watched = [*apps.get_app_config("upsell").get_models(), get_user_model()]
    watched += [get_model("basket", "Line"), get_model("order", "Order"), get_model("voucher", "Voucher")]
    return {model._meta.label: sorted(map(str, model._default_manager.values_list())) for model in watched}


# --- who may do what --------------------------------------------------------------------------------------------------


def test_every_address_of_ours_is_in_the_matrix() -> None:
    """B01: an address that nobody thought about is red."""
    assert sorted({name for name, _ in routes()}) == sorted(MATRIX)


@pytest.mark.parametrize("name", MATRIX)
def test_everybody_gets_what_the_matrix_says_and_a_refusal_changes_nothing(name: str, shop: dict[str, Any]) -> None:
    """B01, B02, B09, B14, B17, B20, C01, K01: eight methods, six identities."""
    expected = {method: statuses.split() for group, statuses in MATRIX[name].items() for method in group.split()}
    assert set(expected) == set(METHODS)
    clients = [client_of(identity) for identity in IDENTITIES]
    before = contents()
    seen: dict[str, list[str]] = {method: [] for method in METHODS}
    for identity, client in zip(IDENTITIES, clients, strict=True):
        for method in METHODS:
            may_change = identity in {"merchant", "superuser"} or name.startswith(OPEN)
            may_change = may_change and method not in SAFE
            with transaction.atomic():
                status = send(client, method, name, shop).status_code
                transaction.set_rollback(may_change and status < 400)
            seen[method].append(str(status))
        assert contents() == before, f"{identity} changed something at {name}"
    assert seen == expected


def test_the_oracle_sees_a_change(shop: dict[str, Any]) -> None:
    """The control: what the matrix would call a side effect is one to ``contents``."""
    before = contents()
    assert send(client_of("merchant"), "PATCH", "upsell-api:curation-detail", shop).status_code == 200
    assert contents() != before


# --- forged requests --------------------------------------------------------------------------------------------------


def test_there_are_changing_addresses() -> None:
    assert ("upsell:set-add", "POST") in CHANGING
    assert ("upsell-api:curation-list", "POST") in CHANGING
    assert ("upsell-api:set-add", "POST") in CHANGING
    assert ("upsell-api:order-refunds", "POST") in CHANGING
    assert ("admin:upsell_generation_rebuild", "POST") in CHANGING


@pytest.mark.parametrize(("name", "method"), CHANGING)
def test_a_forged_request_changes_nothing_and_a_true_one_is_taken(name: str, method: str, shop: dict[str, Any]) -> None:
    """C02: no CSRF token, a stale one, another session's. C03: sent over https from another site, or from nowhere."""
    client = client_of("superuser", enforce_csrf_checks=True)
    somebody_elses, own = token_of(client_of("customer")), token_of(client)
    before = contents()
    for token in ("", "x" * 32, somebody_elses):
        response = send(client, method, name, shop, headers={"X-CSRFToken": token} if token else {})
        assert response.status_code == 403, token
    for origin in ({}, {"Origin": "https://evil.example"}, {"Referer": "https://evil.example/"}, {"Origin": "null"}):
        response = send(client, method, name, shop, headers={"X-CSRFToken": own, **origin}, secure=True)
        assert response.status_code == 403, origin
    assert contents() == before
    true = {"X-CSRFToken": own, "Origin": "https://testserver"}
    assert send(client, method, name, shop, headers=true, secure=True).status_code < 400


@pytest.mark.parametrize(("name", "method"), [entry for entry in CHANGING if not entry[0].startswith(OPEN)])
def test_a_token_is_no_permission(name: str, method: str, shop: dict[str, Any]) -> None:
    """B15: a good token of a public page opens no door."""
    clients = [client_of(identity, enforce_csrf_checks=True) for identity in IDENTITIES[:4]]
    before = contents()
    for client in clients:
        response = send(client, method, name, shop, headers={"X-CSRFToken": token_of(client)})
        assert response.status_code in {302, 403}
    assert contents() == before


def token_of(client: Client) -> str:
    """Give the client a token, as any page with a form does."""
    client.cookies["csrftoken"] = get_random_string(32)
    return str(client.cookies["csrftoken"].value)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_in_disguise_is_not_believed(header: str, shop: dict[str, Any]) -> None:
    """C06: neither the header nor the field."""
    client, url = client_of("superuser"), address("upsell-api:curation-detail", shop)
    before = contents()
    assert client.get(url, headers={header: "DELETE"}).status_code == 200
    assert (
        client.post(f"{url}?_method=DELETE", '{"_method": "DELETE"}', content_type="application/json").status_code
        == 405
    )
    assert contents() == before


# --- what the code must not hold --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        r"xframe_options_(exempt|sameorigin)",  # C07
        r"csrf_exempt",  # C09: the list of exemptions is empty so far
        r"\b(eval|exec)\(",  # D06
        r"\b(pickle|marshal|yaml\.load)\b",  # D06, J08
        r"\.extra\(",
        r"permission_classes\s*=\s*(\[\]|\(\))",  # B02
    ],
)
def test_no_code_of_ours_opens_a_known_hole(word: str) -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in PACKAGE.rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(word, line)
    ]
    assert not found


def test_every_view_of_the_api_says_who_may_call_it() -> None:
    """B02: by a list of permissions of its own that is not empty, and from our common ground."""
    from upsell.core.api.views import Guarded

    views = [pattern.callback.cls for name, pattern in routes() if name.startswith("upsell-api:")]
    assert len(views) >= 30
    for view in views:
        assert issubclass(view, Guarded), view
        assert vars(view).get("permission_classes"), view


# --- noise ------------------------------------------------------------------------------------------------------------


HEADERS: list[dict[str, str]] = [
    {"Cookie": "; oscar_history=" + "[" * 3000},
    {"Cookie": '; oscar_history=[{"a":1}]; oscar_open_basket=abc; messages=nonsense; csrftoken=x'},
    {"User-Agent": "x" * 8000, "Accept-Language": "zz;q=" + "9" * 3000},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "X-Forwarded-For": "\t, ;" * 500},
]
QUERIES = ["p=a%00b", "q=%ED%A0%80", "q=%FF", "id=99999999999999999999", "o=?&p=-1&limit=-1", "q=" + "x" * 8000]


@pytest.mark.parametrize("name", MATRIX)
def test_noise_is_never_a_server_error(name: str, shop: dict[str, Any]) -> None:
    """D01, H01, H02, J04, N07: in cookies, headers or the query; and no forged host comes back."""
    client, url = client_of("superuser"), address(name, shop)
    for noise in HEADERS:
        session = client.cookies["sessionid"].value
        headers = {name: f"sessionid={session}{value}" if name == "Cookie" else value for name, value in noise.items()}
        response = send(client, "GET", name, shop, headers=headers)
        assert response.status_code < 500, headers
        assert b"evil.example" not in response.content
    for query in QUERIES:
        assert client.get(f"{url}?{query}").status_code < 500, query
