"""`confsvc backup` and `confsvc restore`: the database, the mail folder and the key as one file, taken while the server runs."""
