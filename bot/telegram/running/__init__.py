"""The worker process: updates in, answers out, house-keeping, and an orderly end."""
