"""The rule model, its loader, the condition language and the example runner."""
