"""Residents and staff on Telegram."""
