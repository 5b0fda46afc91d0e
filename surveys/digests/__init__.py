"""Mail to the team about its own figures: digests by the day, week or month, and alerts."""
