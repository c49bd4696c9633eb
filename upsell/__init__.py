"""Relevant, honest upselling and cross-selling for django-oscar shops."""

__version__ = "0.1.0"
