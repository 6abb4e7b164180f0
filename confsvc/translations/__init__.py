"""Translations: the texts in the code are English, `<locale>/<feature>.po` hold the other languages, feature by feature."""
