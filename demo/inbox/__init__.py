"""An inbox for development: an SMTP server that shows emails on a page instead of sending them on."""
