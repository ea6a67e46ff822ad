"""The condition language: a small typed grammar over facts, with *unknown* as a third truth value."""
