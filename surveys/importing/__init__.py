"""What people answered in another tool, out of a CSV file."""
