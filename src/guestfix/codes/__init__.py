"""Every code that guestfix may say, explained: findings of rules, findings of Python, and errors."""
