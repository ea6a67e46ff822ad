"""Facts, plans, journals and findings for people: text, JSON, HTML."""
