"""What follows from an answer, and whether it was a person's."""
