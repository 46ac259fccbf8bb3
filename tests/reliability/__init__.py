"""Measuring reliability: load and kills against the stand-in Bot API, with real processes and real tables."""
