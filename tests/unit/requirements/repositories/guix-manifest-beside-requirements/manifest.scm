(specifications->manifest '("python-numpy" "guile"))
