"""The ladder, webhooks, routing and the timeline on one canary's page."""
