"""Pages over HTTP: health, metrics, the webhook."""
