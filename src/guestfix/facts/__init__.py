"""What is known about a guest: the model, and one collector a concern."""
