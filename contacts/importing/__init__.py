"""A CSV file into contacts: uploaded, its columns settled, taken in chunks."""
