"""What a spreadsheet would compute."""

# A cell whose text begins like this becomes a formula when the file is opened or the cell is edited.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
