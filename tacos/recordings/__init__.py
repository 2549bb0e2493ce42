"""What is recorded, by which rule, and how it is chosen when it is read."""
