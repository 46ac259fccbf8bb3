"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from bot.http import views

__all__ = ["urlpatterns"]

urlpatterns = [
    path("healthz", views.healthz),
    path("metrics", views.metrics),
    path("telegram/webhook", views.webhook),
]
