"""How things are said: numbers and names in the words that every page, sentence and export shares."""
