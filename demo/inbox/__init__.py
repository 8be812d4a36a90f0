"""The developer's mail inbox: a real SMTP server that delivers to a page instead of to people."""
