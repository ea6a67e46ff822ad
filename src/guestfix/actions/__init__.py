"""One module a verb that rules may use: content in, content out."""
