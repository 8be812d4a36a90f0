"""Carriers for development: HTTP servers that speak TMF622 v4.0.0 and fail on request."""
