"""Files of other tools: each format is read and written here, and nothing else knows it."""
