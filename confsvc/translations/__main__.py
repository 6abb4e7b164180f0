"""`python -m confsvc.translations`: compile the catalogues and list what is missing from them."""

from confsvc.translations.catalogue import compile_catalogues, missing_texts, unused_texts

compile_catalogues()
for key, place in sorted(missing_texts("vi").items(), key=lambda found: found[1]):
    print(f"missing  {place}  {key!r}")
for key in unused_texts("vi"):
    print(f"unused   {key!r}")
